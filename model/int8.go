package model

import (
	"fmt"
	"math"

	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// Int8Layer is a Layer in int8.
type Int8Layer struct {
	Up, Down quant.Weights
	Bias     []float32 // H values padded to whole panels
	// Lateral holds the codes of a Layer's Lateral, in the same places, and
	// LateralScale what the codes of each of the H columns are multiplied by.
	Lateral      []int8
	LateralScale []float32
}

// Int8Params are Params whose weights are codes −127…127, each column of a
// matrix with a scale of its own; see package quant. Biases stay float32.
type Int8Params struct {
	Layers      []Int8Layer
	Readout     quant.Weights
	ReadoutBias []float32
	GenTop      quant.Weights
	Gen         []quant.Weights // as Params.Gen
	// Clip holds, for what each product reads, the value that the largest
	// code, simd.MaxU7, stands for: for n(x), n(z_1) … n(z_L), then for what
	// Gy, G_L … G_1 read. 0 stands for the largest value of the row at hand.
	Clip []float32 // 2L+2 values ≥ 0
}

// Quantise returns m with its weights in int8; it shares the rest with m. The
// scale of a column is its largest magnitude divided by quant.Max.
func (m *Model) Quantise() (*Model, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if m.Int8 != nil {
		return m, nil
	}
	c, q := &m.Config, newInt8Params(&m.Config)
	tensors, slots := m.Params.Tensors(), q.slots()
	for i, t := range tensors {
		slot := slots[i]
		switch t.Kind {
		case VectorTensor:
			*slot.vector = t.Data
		case LateralTensor:
			quantiseLateral(*slot.codes, *slot.scale, t.Data, c.Group)
		default:
			w, err := quant.Quantise(simd.Packed{K: t.Rows, N: t.Cols, Data: t.Data})
			if err != nil {
				return nil, fmt.Errorf("%w: tensor %s: %w", ErrValue, t.Name, err)
			}
			*slot.codes, *slot.scale = w.Data, pad(w.Scale)
		}
	}
	int8s := *m
	int8s.Params, int8s.Int8, int8s.mapped = nil, q, nil
	return &int8s, nil
}

// pad returns v in memory of whole panels.
func pad(v []float32) []float32 {
	padded := simd.NewVector(len(v))[:len(v)]
	copy(padded, v)
	return padded
}

// quantiseLateral is quant.Quantise for the lateral blocks of a layer.
func quantiseLateral(codes []int8, scale, weights []float32, group int) {
	for unit := range scale {
		block, lane := unit/group*group, unit%group
		column := func(visit func(at int)) {
			for i := range group {
				visit((block+i)*simd.PanelWidth + lane)
			}
		}
		var top float64
		column(func(at int) { top = math.Max(top, math.Abs(float64(weights[at]))) })
		scale[unit] = float32(top) / quant.Max
		if scale[unit] == 0 {
			continue
		}
		column(func(at int) { codes[at] = quant.Round(weights[at] / scale[unit]) })
	}
}

// Float32 returns m with float32 weights: m itself if it has them, otherwise
// their restored values, scale times code; the rest is shared with m.
func (m *Model) Float32() *Model {
	if m.Int8 == nil {
		return m
	}
	full, p := *m, NewParams(&m.Config)
	full.Params, full.Int8, full.mapped = p, nil, nil
	for i, t := range p.Tensors() {
		slot := m.Int8.slots()[i]
		switch t.Kind {
		case VectorTensor:
			copy(t.Data, *slot.vector)
		case LateralTensor:
			restoreLateral(t.Data, *slot.codes, *slot.scale, m.Config.Group)
		default:
			w := quant.Weights{PackedI8: simd.PackedI8{K: t.Rows, N: t.Cols, Data: *slot.codes}, Scale: *slot.scale}
			w.Restore(simd.Packed{K: t.Rows, N: t.Cols, Data: t.Data})
		}
	}
	return &full
}

// RestoredLateral returns a layer's lateral weights, laid out as
// Layer.Lateral, in groups of that many units.
func (l *Int8Layer) RestoredLateral(group int) []float32 {
	weights := simd.NewVector(len(l.Lateral))[:len(l.Lateral)]
	restoreLateral(weights, l.Lateral, l.LateralScale, group)
	return weights
}

// StoreLateral quantises the lateral weights of from into p, whose scales they
// get anew.
func (p *Int8Params) StoreLateral(from *Params, group int) {
	for i := range p.Layers {
		l := &p.Layers[i]
		clear(l.Lateral)
		quantiseLateral(l.Lateral, l.LateralScale, from.Layers[i].Lateral, group)
	}
}

func restoreLateral(weights []float32, codes []int8, scale []float32, group int) {
	for at, code := range codes {
		if code != 0 {
			weights[at] = scale[at/simd.PanelWidth/group*group+at%simd.PanelWidth] * float32(code)
		}
	}
}

// int8Slot is where Int8Params keep what Params keep in one tensor.
type int8Slot struct {
	codes  *[]int8    // nil for a vector
	scale  *[]float32 // nil for a vector
	vector *[]float32 // nil for anything else
}

// slots returns where p keeps its tensors, in the order of Params.Tensors.
func (p *Int8Params) slots() []int8Slot {
	var list []int8Slot
	matrix := func(w *quant.Weights) { list = append(list, int8Slot{codes: &w.Data, scale: &w.Scale}) }
	for i := range p.Layers {
		l := &p.Layers[i]
		matrix(&l.Up)
		matrix(&l.Down)
		list = append(list, int8Slot{vector: &l.Bias}, int8Slot{codes: &l.Lateral, scale: &l.LateralScale})
	}
	matrix(&p.Readout)
	list = append(list, int8Slot{vector: &p.ReadoutBias})
	matrix(&p.GenTop)
	for i := len(p.Gen) - 1; i >= 0; i-- {
		matrix(&p.Gen[i])
	}
	return list
}

// int8Shapes returns the int8 parameters of c without any data.
func int8Shapes(c *Config) *Int8Params {
	weights := func(w simd.Packed) quant.Weights {
		return quant.Weights{PackedI8: simd.PackedI8{K: w.K, N: w.N}}
	}
	from := shapes(c)
	p := &Int8Params{Layers: make([]Int8Layer, len(from.Layers)), Readout: weights(from.Readout), GenTop: weights(from.GenTop)}
	for i, l := range from.Layers {
		p.Layers[i].Up, p.Layers[i].Down = weights(l.Up), weights(l.Down)
	}
	for _, w := range from.Gen {
		p.Gen = append(p.Gen, weights(w))
	}
	return p
}

// newInt8Params returns zero parameters of c.
func newInt8Params(c *Config) *Int8Params {
	p := int8Shapes(c)
	for i, t := range shapes(c).Tensors() {
		slot := p.slots()[i]
		if t.Kind == VectorTensor {
			*slot.vector = simd.NewVector(t.Cols)
			continue
		}
		*slot.codes = valuesIn[int8](alignedBytes(linesOf(t, Int8, c.Group, FormatVersion).memory()))
		*slot.scale = simd.NewVector(t.Cols)[:t.Cols]
	}
	p.Clip = simd.NewVector(clips(c))[:clips(c)]
	return p
}

// clone returns a deep copy.
func (p *Int8Params) clone(c *Config) *Int8Params {
	q := newInt8Params(c)
	to := q.slots()
	for i, from := range p.slots() {
		if from.vector != nil {
			copy(*to[i].vector, *from.vector)
			continue
		}
		copy(*to[i].codes, *from.codes)
		copy(*to[i].scale, *from.scale)
	}
	copy(q.Clip, p.Clip)
	return q
}

// clips returns the number of products whose reads have a limit of their own.
func clips(c *Config) int { return 2*len(c.Hidden) + 2 }

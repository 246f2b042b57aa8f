package convert

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// Names of what int8 weights have besides their codes: W1 = W1.scale · codes,
// column by column, and the limits of what the products read.
const (
	scaleSuffix = ".scale"
	clipName    = "clip"
)

// part is where Int8Params keep a tensor: codes and scales, or a vector.
type part struct {
	model.Tensor // shape; no data
	codes        []int8
	scale        []float32
	vector       []float32 // not nil for biases alone
}

// parts lists the parameters of c in the order of model.Params.Tensors.
func parts(c *model.Config, p *model.Int8Params) []part {
	var list []part
	tensors := blank(c).Tensors()
	add := func(x part) {
		x.Tensor = tensors[len(list)]
		list = append(list, x)
	}
	matrix := func(w quant.Weights) { add(part{codes: w.Data, scale: w.Scale}) }
	for _, l := range p.Layers {
		matrix(l.Up)
		matrix(l.Down)
		add(part{vector: l.Bias})
		add(part{codes: l.Lateral, scale: l.LateralScale})
	}
	matrix(p.Readout)
	add(part{vector: p.ReadoutBias})
	matrix(p.GenTop)
	for i := len(p.Gen) - 1; i >= 0; i-- {
		matrix(p.Gen[i])
	}
	return list
}

// columns returns the columns of row i that exist, and where their codes lie.
func (p part) columns(i, group int) (from, to int, index func(j int) int) {
	if p.Kind != model.LateralTensor {
		w := simd.PackedI8{K: p.Rows, N: p.Cols}
		return 0, p.Cols, func(j int) int { return w.Index(i, j) }
	}
	blocks, first := simd.Blocks{Units: p.Cols, Group: group}, i/group*group
	return first, min(first+group, p.Cols), func(j int) int { return blocks.Index(i, j) }
}

// int8Arrays returns the parameters of a model of int8 weights.
func int8Arrays(m *model.Model) []array.Source {
	var list []array.Source
	row := func(name string, v []float32, n int) {
		list = append(list, array.Rows(name, []int{1, n}, func(dst []float32, _ int) { copy(dst, v) }))
	}
	for _, p := range parts(&m.Config, m.Int8) {
		if p.vector != nil {
			row(p.Name, p.vector, p.Cols)
			continue
		}
		list = append(list, array.Codes(p.Name, []int{p.Rows, p.Cols}, func(dst []int8, i int) {
			from, to, index := p.columns(i, m.Config.Group)
			for j := from; j < to; j++ {
				dst[j] = p.codes[index(j)]
			}
		}))
		row(p.Name+scaleSuffix, p.scale, p.Cols)
	}
	row(clipName, m.Int8.Clip, len(m.Int8.Clip))
	return list
}

// newInt8 returns zero parameters of c.
func newInt8(c *model.Config) *model.Int8Params {
	weights := func(w simd.Packed) quant.Weights {
		return quant.Weights{PackedI8: simd.NewPackedI8(w.K, w.N), Scale: simd.NewVector(w.N)[:w.N]}
	}
	from := blank(c)
	p := &model.Int8Params{Readout: weights(from.Readout), ReadoutBias: simd.NewVector(from.Readout.N), GenTop: weights(from.GenTop)}
	for i, l := range from.Layers {
		h := l.Up.N
		p.Layers = append(p.Layers, model.Int8Layer{
			Up: weights(l.Up), Down: weights(l.Down), Bias: simd.NewVector(h),
			Lateral: make([]int8, c.Blocks(i).Len()), LateralScale: simd.NewVector(h)[:h],
		})
	}
	for _, g := range from.Gen {
		p.Gen = append(p.Gen, weights(g))
	}
	n := 2*len(c.Hidden) + 2
	p.Clip = simd.NewVector(n)[:n]
	return p
}

// int8Params makes parameters of int8 codes with their scales. Limits may be
// missing: none of the products then has one.
func (c *Contents) int8Params(config *model.Config, note func(string, ...any)) (*model.Int8Params, error) {
	absent, err := c.ready(config, note, func(t model.Tensor) error {
		if t.Kind == model.VectorTensor {
			return nil
		}
		return c.check(t.Name+scaleSuffix, []int{1, t.Cols}, []int{t.Cols})
	})
	if err != nil {
		return nil, err
	}
	p := newInt8(config)
	if n := len(p.Clip); c.has(clipName) {
		if err := c.check(clipName, []int{1, n}, []int{n}); err != nil {
			return nil, err
		}
		if p.Clip, err = c.take(clipName); err != nil {
			return nil, err
		}
	}
	list := slices.DeleteFunc(parts(config, p), func(p part) bool { return absent(p.Tensor) })
	for _, p := range list {
		if err := c.fillPart(p, config.Group, note); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// fillPart gives p its values.
func (c *Contents) fillPart(p part, group int, note func(string, ...any)) error {
	name, to := p.Name, p.vector
	if p.vector == nil {
		codes, err := c.takeCodes(p.Name)
		if err != nil {
			return err
		}
		if dropped := p.fill(codes, group); dropped > 0 {
			note(droppedNote, p.Name, dropped, group)
		}
		name, to = p.Name+scaleSuffix, p.scale
	}
	v, err := c.take(name)
	copy(to, v)
	return err
}

// fill gives p the codes of its logical shape and returns how many of those
// that are not zero have no place in it.
func (p part) fill(codes []int8, group int) (dropped int) {
	for i := range p.Rows {
		from, to, index := p.columns(i, group)
		for j, code := range codes[i*p.Cols : (i+1)*p.Cols] {
			if j >= from && j < to {
				p.codes[index(j)] = code
			} else if code != 0 {
				dropped++
			}
		}
	}
	return dropped
}

// takeCodes returns the codes of an array that is there, and forgets it.
func (c *Contents) takeCodes(name string) ([]int8, error) {
	a := c.arrays[name]
	delete(c.arrays, name)
	v, err := a.Int8s()
	if err != nil {
		return nil, fmt.Errorf("array %s: %w: W1 has int8 weights, and so must all", name, err)
	}
	return v, nil
}

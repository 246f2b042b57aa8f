package model

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// Layer holds the parameters of hidden layer ℓ of the representation
// circuit: H units, In below (D for the first layer), Above units above (C,
// the label, for the last).
type Layer struct {
	Up   simd.Packed // W_ℓ, In×H
	Down simd.Packed // V_{ℓ+1}, Above×H; in the last layer V, C×H
	Bias []float32   // b_ℓ, H values padded to whole panels
	// Lateral is L_ℓ: only the blocks of Group units on its diagonal. Block g
	// is a Group×Group matrix packed as one panel; rows and columns past H in
	// the last block are zero and never count.
	Lateral []float32
}

// Params holds every learned value of a network. Adam's moments of 32 bits
// have the same type, see Moments.
type Params struct {
	Layers      []Layer
	Readout     simd.Packed   // W, H_L×C
	ReadoutBias []float32     // b, C values padded to whole panels
	GenTop      simd.Packed   // Gy, S×H_L
	Gen         []simd.Packed // Gen[i] is G_{i+1}, H_{i+1}×H_i; Gen[0] is G1, H_1×D
}

// NewParams returns zero parameters for c, which must be valid.
func NewParams(c *Config) *Params {
	p := shapes(c)
	tensors := p.Tensors()
	for i, slot := range p.slots() {
		*slot = simd.NewVector(tensors[i].values(c.Group))
	}
	return p
}

// TensorKind says how a tensor's values are laid out.
type TensorKind uint8

// The kinds of tensors.
const (
	PackedTensor  TensorKind = 1 // Rows×Cols in panels, see simd.Packed
	VectorTensor  TensorKind = 2 // 1×Cols, padded to whole panels
	LateralTensor TensorKind = 3 // Rows×Cols, its diagonal blocks only, see Layer
)

// Tensor names one parameter of a network. Rows and Cols are its logical
// shape in PFF's notation; Data is the memory it lives in, padding included,
// shared with the Params it came from.
type Tensor struct {
	Name       string
	Kind       TensorKind
	Rows, Cols int
	Data       []float32
}

// Tensors lists p's tensors in canonical order under the paper's names: for
// each layer W, V, b, L (the last layer's V, which reads the label, carries
// no number), then the read-out W, b, then Gy and G_L … G1.
func (p *Params) Tensors() []Tensor {
	var list []Tensor
	packed := func(name string, w simd.Packed) {
		list = append(list, Tensor{name, PackedTensor, w.K, w.N, w.Data})
	}
	for i, l := range p.Layers {
		packed(fmt.Sprintf("W%d", i+1), l.Up)
		if i+1 < len(p.Layers) {
			packed(fmt.Sprintf("V%d", i+2), l.Down)
		} else {
			packed("V", l.Down)
		}
		h := l.Up.N
		list = append(list,
			Tensor{fmt.Sprintf("b%d", i+1), VectorTensor, 1, h, l.Bias},
			Tensor{fmt.Sprintf("L%d", i+1), LateralTensor, h, h, l.Lateral})
	}
	packed("W", p.Readout)
	list = append(list, Tensor{"b", VectorTensor, 1, p.Readout.N, p.ReadoutBias})
	packed("Gy", p.GenTop)
	for i := len(p.Gen) - 1; i >= 0; i-- {
		packed(fmt.Sprintf("G%d", i+1), p.Gen[i])
	}
	return list
}

// Clone returns a deep copy.
func (p *Params) Clone() *Params {
	q := *p
	q.Layers, q.Gen = slices.Clone(p.Layers), slices.Clone(p.Gen)
	for _, slot := range q.slots() {
		values := *slot
		*slot = simd.NewVector(len(values))
		copy(*slot, values)
	}
	return &q
}

// Count returns the number of values of t that are parameters, padding left
// out. group is the configuration's.
func (t Tensor) Count(group int) int64 {
	if t.Kind != LateralTensor {
		return int64(t.Rows) * int64(t.Cols)
	}
	whole, rest := int64(t.Rows/group), int64(t.Rows%group)
	return whole*int64(group)*int64(group) + rest*rest
}

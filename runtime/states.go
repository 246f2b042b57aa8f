package runtime

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// states is the activity of the representation circuit for one batch.
//
// The batch has inputs different inputs and rows ≥ inputs rows: row r settles
// under input of[r], rows 0…inputs−1 under the inputs in order. So the
// positive and the negative half of a training batch, or all labels of a
// prediction, share what depends on the input alone.
//
// That is more than n(x)·W1: the rows of an input all start from its start
// state and come apart from the top down, as the label's influence descends one
// layer a step. A layer whose rows have not come apart is kept, and computed,
// once an input.
type states struct {
	inputs, rows int
	fresh        bool  // a start state: next holds n(z_{ℓ-1})·W_ℓ of the layers above the first
	stale        bool  // W1 has learned since xw was computed
	predicts     bool  // the step at hand needs pre for nothing but the next state
	apart        int   // layers, counted from the top, whose rows have come apart
	of           []int // per row: its input

	x  simd.Matrix // inputs×D, scaled inputs
	nx simd.Matrix // inputs×D, n(x)
	xw simd.Matrix // inputs×H_1, n(x)·W1

	z   []simd.Matrix // per layer rows×H_ℓ: the state; inputs rows count where they are not apart
	nz  []simd.Matrix // per layer: n(z)
	pre []simd.Matrix // per layer: pre-activation; after a learning step its gradient d

	joint []bool // per layer: pre has a row an input, though the step takes its rows apart

	class    []int       // per row: its label, see setLabel
	label    simd.Matrix // rows×C, s·y; empty unless learning
	labelled simd.Matrix // min(rows, C)×H_L, b_L + s·y·V: by class, or by row where that is less
	slots    []int       // per row of labelled: its class
	yhat     simd.Matrix // rows×C, read-out probabilities; empty unless learning

	next   []simd.Matrix // per layer: the state after a step, swapped with z
	nnext  []simd.Matrix // per layer: its normalised form, swapped with nz
	logits [][]float32   // per layer, per row: θ − Σz² of the last step
}

// newStates returns room for inputs inputs and rows rows, of which row r
// settles under input r mod inputs. Learning needs targets besides. In int8 the
// normalised states are codes, see reader.
func newStates(m *memory, c *model.Config, inputs, rows int, learning, int8 bool) *states {
	classes, form := len(c.Classes), reader{int8: int8}
	s := &states{
		inputs:   inputs,
		rows:     rows,
		of:       list[int](m, rows),
		x:        m.matrix(inputs, c.Input.Size()),
		nx:       m.matrix(inputs, form.cols(c.Input.Size())),
		xw:       m.matrix(inputs, c.Hidden[0]),
		class:    list[int](m, rows),
		labelled: m.matrix(min(rows, classes), c.Hidden[len(c.Hidden)-1]),
		slots:    list[int](m, min(rows, classes)),
		joint:    list[bool](m, len(c.Hidden)),
	}
	if learning {
		s.label, s.yhat = m.matrix(rows, classes), m.matrix(rows, classes)
	}
	for _, h := range c.Hidden {
		for _, matrices := range []*[]simd.Matrix{&s.z, &s.pre, &s.next} {
			*matrices = append(*matrices, m.matrix(rows, h))
		}
		for _, matrices := range []*[]simd.Matrix{&s.nz, &s.nnext} {
			*matrices = append(*matrices, m.matrix(rows, form.cols(h)))
		}
		s.logits = append(s.logits, list[float32](m, rows))
	}
	s.repeat()
	return s
}

// resize changes the numbers of inputs and rows, which must be within what s was
// made for. What the first of them hold stays.
func (s *states) resize(inputs, rows int) {
	s.inputs, s.rows = inputs, rows
	for _, m := range []*simd.Matrix{&s.x, &s.nx, &s.xw} {
		resize(m, inputs)
	}
	if cap(s.label.Data) > 0 {
		resize(&s.label, rows)
		resize(&s.yhat, rows)
	}
	s.of, s.class = s.of[:rows], s.class[:rows]
	s.slots = s.slots[:min(rows, cap(s.slots))]
	resize(&s.labelled, len(s.slots))
	for l := range s.z {
		for _, m := range []*simd.Matrix{&s.z[l], &s.nz[l], &s.pre[l], &s.next[l], &s.nnext[l]} {
			resize(m, rows)
		}
		s.logits[l] = s.logits[l][:rows]
	}
	s.repeat()
}

// keep moves the start states of some inputs, in rising order, to the front and
// resizes to them and to rows rows.
func (s *states) keep(inputs []int, rows int) {
	for to, from := range inputs {
		if to == from {
			continue
		}
		copy(s.xw.Row(to), s.xw.Row(from))
		for l := range s.z {
			copy(s.next[l].Row(to), s.next[l].Row(from))
			copy(s.z[l].Row(to), s.z[l].Row(from))
			copy(s.nz[l].Row(to), s.nz[l].Row(from))
		}
	}
	s.resize(len(inputs), rows)
}

// resize changes m's number of rows within the memory that it was made with.
func resize(m *simd.Matrix, rows int) {
	m.Rows, m.Data = rows, m.Data[:rows*m.Stride]
}

// repeat makes row r settle under input r mod inputs.
func (s *states) repeat() {
	for r := range s.of {
		s.of[r] = r % s.inputs
	}
}

// setLabel makes class row r's label, times scale.
func (s *states) setLabel(r, class int, scale float32) {
	s.class[r] = class
	if s.label.Rows > 0 {
		row := s.label.Row(r)
		clear(row)
		row[class] = scale
	}
}

// distinct returns how many rows of layer l's states there are: one an input
// until they come apart.
func (s *states) distinct(l int) int {
	if l >= len(s.z)-s.apart {
		return s.rows
	}
	return s.inputs
}

// states returns the distinct rows of layer l's matrix of list, z or nz.
func (s *states) states(list []simd.Matrix, l int) simd.Matrix {
	return list[l].Slice(0, s.distinct(l))
}

// apartAfter returns how many layers are apart after the next step. The top
// one feels the label at once; noise is every row's own.
func (s *states) apartAfter(noisy bool) int {
	if noisy {
		return len(s.z)
	}
	return min(s.apart+1, len(s.z))
}

// spread gives every row of layer l's states what its input has, for those who
// want them all.
func (s *states) spread(l int) {
	for r := s.distinct(l); r < s.rows; r++ {
		copy(s.z[l].Row(r), s.z[l].Row(s.of[r]))
		copy(s.nz[l].Row(r), s.nz[l].Row(s.of[r]))
	}
}

// copyRows fills dst from the first rows of src. The strides may differ.
func copyRows(dst, src simd.Matrix) {
	for r := range dst.Rows {
		copy(dst.Row(r), src.Row(r))
	}
}

// advance makes the states after a step the current ones.
func (s *states) advance(noisy bool) {
	for l := range s.z {
		s.z[l], s.next[l] = s.next[l], s.z[l]
		s.nz[l], s.nnext[l] = s.nnext[l], s.nz[l]
	}
	s.apart, s.fresh = s.apartAfter(noisy), false
}

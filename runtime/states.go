package runtime

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// states is the activity of the representation circuit for one batch.
//
// The batch has inputs different inputs and rows ≥ inputs rows: row r settles
// under input r mod inputs. So the positive and the negative half of a
// training batch, or all labels of a prediction, share what depends on the
// input alone.
type states struct {
	inputs, rows int

	x  simd.Matrix // inputs×D, scaled inputs
	nx simd.Matrix // inputs×D, n(x)
	xw simd.Matrix // inputs×H_1, n(x)·W1

	z   []simd.Matrix // per layer rows×H_ℓ: the state
	nz  []simd.Matrix // per layer: n(z)
	pre []simd.Matrix // per layer: pre-activation; after a learning step its gradient d

	label simd.Matrix // rows×C, s·y
	yhat  simd.Matrix // rows×C, read-out probabilities

	next   []simd.Matrix // per layer: the state after a step, swapped with z
	nnext  []simd.Matrix // per layer: its normalised form, swapped with nz
	logits [][]float32   // per layer, per row: θ − Σz² of the last step
}

func newStates(c *model.Config, inputs, rows int) *states {
	s := &states{
		inputs: inputs,
		rows:   rows,
		x:      simd.NewMatrix(inputs, c.Input.Size()),
		nx:     simd.NewMatrix(inputs, c.Input.Size()),
		xw:     simd.NewMatrix(inputs, c.Hidden[0]),
		label:  simd.NewMatrix(rows, len(c.Classes)),
		yhat:   simd.NewMatrix(rows, len(c.Classes)),
	}
	for _, h := range c.Hidden {
		for _, list := range []*[]simd.Matrix{&s.z, &s.nz, &s.pre, &s.next, &s.nnext} {
			*list = append(*list, simd.NewMatrix(rows, h))
		}
		s.logits = append(s.logits, make([]float32, rows))
	}
	return s
}

// sized returns a view of the first inputs and rows, which must be within
// what s was made for.
func (s *states) sized(inputs, rows int) *states {
	v := &states{
		inputs: inputs,
		rows:   rows,
		x:      s.x.Slice(0, inputs),
		nx:     s.nx.Slice(0, inputs),
		xw:     s.xw.Slice(0, inputs),
		label:  s.label.Slice(0, rows),
		yhat:   s.yhat.Slice(0, rows),
		z:      sliceAll(s.z, rows),
		nz:     sliceAll(s.nz, rows),
		pre:    sliceAll(s.pre, rows),
		next:   sliceAll(s.next, rows),
		nnext:  sliceAll(s.nnext, rows),
		logits: make([][]float32, len(s.logits)),
	}
	for i, l := range s.logits {
		v.logits[i] = l[:rows]
	}
	return v
}

func sliceAll(list []simd.Matrix, rows int) []simd.Matrix {
	out := make([]simd.Matrix, len(list))
	for i, m := range list {
		out[i] = m.Slice(0, rows)
	}
	return out
}

// setLabel makes row r's label the one-hot row of class, times scale.
func (s *states) setLabel(r, class int, scale float32) {
	row := s.label.Row(r)
	clear(row)
	row[class] = scale
}

// spread copies the states of the first inputs rows, the start states, to the
// other rows of the same inputs.
func (s *states) spread() {
	for l := range s.z {
		for from := s.inputs; from < s.rows; from += s.inputs {
			to := min(from+s.inputs, s.rows)
			copyRows(s.z[l].Slice(from, to), s.z[l])
			copyRows(s.nz[l].Slice(from, to), s.nz[l])
		}
	}
}

// copyRows fills dst from the first rows of src. The strides may differ.
func copyRows(dst, src simd.Matrix) {
	for r := range dst.Rows {
		copy(dst.Row(r), src.Row(r))
	}
}

// advance makes the states after a step the current ones.
func (s *states) advance() {
	for l := range s.z {
		s.z[l], s.next[l] = s.next[l], s.z[l]
		s.nz[l], s.nnext[l] = s.nnext[l], s.nz[l]
	}
}

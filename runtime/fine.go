package runtime

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// fine is what a trainer has of a network that learns in int8. Its codes and
// scales are those of the model, which the engine predicts with; residuals keep
// what is less than a code. Biases and lateral weights learn in float32.
//
// A gradient Σ_rows n(z)ᵀ·d is an exact sum of products of codes: those of n(z)
// that the forward product read, and those of d, 8 bits with one step for all.
type fine struct {
	up, down []simd.FineI8
	readout  simd.FineI8
	top      simd.FineI8   // Gy
	gen      []simd.FineI8 // as model.Params.Gen

	// predicted holds what the generative circuit has just predicted of each
	// layer's states but the top one's; empty unless that learns.
	predicted []simd.Matrix

	// Scratch.
	turned []uint8     // codes of n(z), transposed
	scaled simd.Matrix // d, each row in steps of its codes of n(z)
	steps  []float32   // of the rows' codes
	peaks  []float32   // of the rows of scaled

	prepare prepareTask
}

// prepareTask writes each row of d times its step to scaled, its largest magnitude
// to peaks, and the codes n(z), unless there are none, transposed to turned.
type prepareTask struct {
	turned, codes simd.MatrixU7
	scaled, d     simd.Matrix
	steps, peaks  []float32
}

func (t *prepareTask) Part(i, n int) {
	if t.codes.Rows > 0 {
		simd.TransposeU7(t.turned, t.codes, i, n)
	}
	lo, hi := simd.Share(t.d.Rows, i, n)
	for r := lo; r < hi; r++ {
		row := t.scaled.PaddedRow(r)
		simd.ScaleF32(row, t.d.PaddedRow(r), t.steps[r])
		t.peaks[r] = simd.MaxAbsF32(row)
	}
}

// newFine makes the weights of m, which has its own memory, learn, from residuals
// r or, without, from zero.
func newFine(m *model.Model, r *model.Residuals) *fine {
	f := &fine{}
	for i := range m.Int8.Layers {
		l := &m.Int8.Layers[i]
		up, down := fineOf(&l.Up), fineOf(&l.Down)
		if r != nil {
			up.Residual, down.Residual = r.Layers[i].Up, r.Layers[i].Down
		}
		f.up, f.down = append(f.up, up), append(f.down, down)
	}
	f.readout, f.top = fineOf(&m.Int8.Readout), fineOf(&m.Int8.GenTop)
	for i := range m.Int8.Gen {
		f.gen = append(f.gen, fineOf(&m.Int8.Gen[i]))
	}
	if r != nil {
		f.readout.Residual, f.top.Residual = r.Readout, r.GenTop
		for i := range f.gen {
			f.gen[i].Residual = r.Gen[i]
		}
	}
	return f
}

// fineOf returns w with residuals of zero. They share codes and scales.
func fineOf(w *quant.Weights) simd.FineI8 {
	f := simd.NewFineI8(w.K, w.N)
	copy(f.Scale, w.Scale)
	f.PackedI8, w.Scale = w.PackedI8, f.Scale[:w.N]
	return f
}

// residuals returns what a checkpoint keeps of f, and of the lateral weights.
func (f *fine) residuals(p *model.Params) *model.Residuals {
	r := &model.Residuals{Readout: f.readout.Residual, GenTop: f.top.Residual}
	for i := range f.gen {
		r.Gen = append(r.Gen, f.gen[i].Residual)
	}
	for i := range f.up {
		r.Layers = append(r.Layers, model.LayerResiduals{Up: f.up[i].Residual, Down: f.down[i].Residual, Lateral: p.Layers[i].Lateral})
	}
	return r
}

// reserve makes the scratch memory for batches of up to rows rows, of which the
// generative circuit learns from so many, or none.
func (f *fine) reserve(m *memory, c *model.Config, rows, imagined int) {
	widest := max(len(c.Classes), slices.Max(c.Hidden))
	deepest := max(widest, c.Input.Size())
	if imagined > 0 {
		rows, widest, deepest = max(rows, imagined), deepest, max(deepest, c.Latents)
		for _, h := range c.Hidden[:len(c.Hidden)-1] {
			f.predicted = append(f.predicted, m.matrix(imagined, h))
		}
	}
	f.turned = list[uint8](m, deepest*simd.NewMatrixU7(1, rows).Stride)
	f.scaled = m.matrix(rows, widest)
	f.steps, f.peaks = list[float32](m, rows), list[float32](m, rows)
}

// updateFine changes w by its gradient nᵀ·d, where n holds n(z) in codes.
func (t *Trainer) updateFine(w *simd.FineI8, m *simd.Moments, n, d simd.Matrix, s move) {
	at, steps := simd.PaddedLen(w.K)/4, t.fine.steps[:n.Rows]
	for r := range steps {
		steps[r] = n.Row(r)[at]
	}
	t.stepFine(w, m, codesOf(n, w.K), d, s)
}

// updateFromLabels changes the weights that read s·y, whose codes are one where
// the label is, by their gradient (s·y)ᵀ·d.
func (t *Trainer) updateFromLabels(w *simd.FineI8, m *simd.Moments, d simd.Matrix, s move) {
	turned := t.turned(w.K, d.Rows)
	clear(turned.Data)
	for r, class := range t.s.class[:d.Rows] {
		t.fine.steps[r] = t.model.Config.LabelScale
		turned.Row(class)[r] = 1
	}
	t.stepFine(w, m, simd.MatrixU7{}, d, s)
	restoreFine(t.params.Layers[len(t.params.Layers)-1].Down, w)
}

// restoreFine writes what the codes of w stand for to dst.
func restoreFine(dst simd.Packed, w *simd.FineI8) {
	q := quant.Weights{PackedI8: w.PackedI8, Scale: w.Scale[:w.N]}
	q.Restore(dst)
}

// turned returns scratch memory for the transpose of rows×k codes.
func (t *Trainer) turned(k, rows int) simd.MatrixU7 {
	stride := (rows + 63) / 64 * 64
	return simd.MatrixU7{Rows: k, Cols: rows, Stride: stride, Data: t.fine.turned[:k*stride]}
}

// stepFine changes w by the product of codes, transposed, in fine.steps, with d.
// Without codes it is that of what is in fine.turned.
func (t *Trainer) stepFine(w *simd.FineI8, m *simd.Moments, codes simd.MatrixU7, d simd.Matrix, s move) {
	f := t.fine
	scaled := f.scaled
	scaled.Rows, scaled.Cols, scaled.Stride = d.Rows, d.Cols, simd.Stride(d.Cols)
	f.prepare = prepareTask{t.turned(w.K, d.Rows), codes, scaled, d, f.steps, f.peaks[:d.Rows]}
	t.pool.Run(&f.prepare, d.Rows*(d.Cols+w.K)*elementCost/2)
	t.pool.UpdateFineI8(w, m, f.prepare.turned, scaled, slices.Max(f.prepare.peaks), s.adam, s.key)
}

// learnRepresentationFine is learnRepresentation in int8.
func (t *Trainer) learnRepresentationFine(s move, noisy bool) {
	after := t.s.apartAfter(noisy)
	t.s.stale = false
	for l := range t.fine.up {
		if t.goal.contrast > 0 && l < len(t.s.z)-after {
			continue
		}
		t.s.stale = t.s.stale || l == 0
		e := t.errorOf(l, after)
		m := &t.moments.Layers[l]
		below := t.s.nx
		if l > 0 {
			below = t.s.states(t.s.nz, l-1)
		}
		t.updateFine(&t.fine.up[l], &m.Up, below, e.of(below), s)
		if l+1 < len(t.s.nz) {
			above := t.s.states(t.s.nz, l+1)
			t.updateFine(&t.fine.down[l], &m.Down, above, e.of(above), s)
		} else {
			t.updateFromLabels(&t.fine.down[l], &m.Down, e.all, t.fromLabel(s))
		}
		t.updateBias(t.params.Layers[l].Bias, &m.Bias, nil, e.all, s)
		own := t.s.states(t.s.z, l)
		t.updateLateral(l, own, e.of(own), s)
	}
}

// nonFinite returns the name of a tensor with a value that is not finite, or
// nothing. In int8 that shows in the scales.
func (t *Trainer) nonFinite() string {
	if t.fine != nil {
		for l := range t.fine.up {
			if firstNonFinite(t.fine.up[l].Scale) >= 0 || firstNonFinite(t.fine.down[l].Scale) >= 0 {
				return fmt.Sprintf("a weight of layer %d", l+1)
			}
		}
		if firstNonFinite(t.fine.readout.Scale) >= 0 {
			return "W"
		}
		for i := range t.fine.gen {
			if firstNonFinite(t.fine.gen[i].Scale) >= 0 || firstNonFinite(t.fine.top.Scale) >= 0 {
				return "a generative weight"
			}
		}
	}
	return nonFiniteTensor(t.params)
}

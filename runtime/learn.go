package runtime

import (
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// losses are the losses of one round.
type losses struct {
	goodness   float64 // mean over rows, summed over layers
	readout    float64
	generative float64 // mean over rows, summed over layers
}

// given holds noise and places to watch that a replay dictates; nil while
// training.
type given struct {
	dynamics   []noise
	generative []noise
	image      *simd.Matrix // receives x̂
}

// round runs one dynamics step and its updates of the representation circuit,
// then, if the generative circuit is driven, its step and updates.
func (t *Trainer) round(scale float64, g *given) losses {
	var out losses
	t.refresh()
	if t.s.stale {
		t.multiply(t.s.xw, t.s.nx, &t.w.up[0], false)
	}
	eps := t.roundNoise(forDynamics, t.set.Noise)
	if g != nil {
		eps = g.dynamics
	}
	noisy := !silent(eps)
	t.labelBias(t.s)
	t.preactivate(t.s, noisy)
	t.step(t.s, eps, &t.goal)
	for l := range t.s.logits {
		out.goodness += t.goal.mean(t.s.logits[l])
	}
	t.clock.Rounds++
	s := t.move(clockRounds, t.clock.Rounds, scale)
	if t.set.ReadoutDriven {
		t.clock.Readout++
		last := len(t.s.nz) - 1
		t.s.spread(last)
		top := t.s.nz[last]
		t.readout(t.s.yhat, top)
		out.readout = t.learnReadout(t.s.yhat, t.s.label, top, float64(t.model.Config.LabelScale), s)
	}
	if t.fine != nil {
		t.learnRepresentationFine(s, noisy)
	} else {
		t.learnRepresentation(s, noisy)
	}
	t.s.advance(noisy)
	if t.set.Generative && t.set.GeneratorDriven {
		for l := range t.s.z {
			t.s.spread(l)
		}
		out.generative = t.learnGenerativeDriven(scale, g)
	}
	return out
}

// learnRepresentation applies the updates of every layer from d = s.pre and
// the states before the step:
//
//	ΔW_ℓ = n(z_{ℓ-1})ᵀ·d_ℓ, ΔV = n(z_{ℓ+1})ᵀ·d_ℓ or (s·y)ᵀ·d_L, Δb_ℓ = Σ_rows d_ℓ, ΔL_ℓ
//
// Where the rows of an input share one operand of a product, the other is
// summed over them first. Where they share the layer itself, its contrast is
// nought and the layer rests.
func (t *Trainer) learnRepresentation(s move, noisy bool) {
	after := t.s.apartAfter(noisy)
	t.s.stale = false
	for l := range t.params.Layers {
		if t.goal.contrast > 0 && l < len(t.s.z)-after {
			continue
		}
		t.s.stale = t.s.stale || l == 0
		w, m, rec := t.layer(l)
		e := t.errorOf(l, after)
		below := t.s.nx
		if l > 0 {
			below = t.s.states(t.s.nz, l-1)
		}
		t.update(w.Up, &m.Up, rec.Up, below, e.of(below), s, t.set.Decay)
		above, downward := t.s.label, t.fromLabel(s)
		if l+1 < len(t.s.nz) {
			above, downward = t.s.states(t.s.nz, l+1), s
		}
		t.update(w.Down, &m.Down, rec.Down, above, e.of(above), downward, t.set.Decay)
		t.updateBias(w.Bias, &m.Bias, rec.Bias, e.all, s)
		own := t.s.states(t.s.z, l)
		t.updateLateral(l, own, e.of(own), s)
	}
}

// layerError is d_ℓ, row by row and summed over the rows of each input.
type layerError struct{ all, folded simd.Matrix }

// errorOf returns layer l's error after a step that leaves that many layers apart.
func (t *Trainer) errorOf(l, after int) layerError {
	e := layerError{all: t.s.pre[l], folded: t.s.pre[l].Slice(0, t.s.inputs)}
	if l < len(t.s.z)-after {
		e.all = e.folded // the step has summed it
	} else if t.s.inputs < t.s.rows && (l == 0 || t.s.distinct(l-1) == t.s.inputs) {
		e.folded = t.fold(e.all)
	}
	return e
}

// of returns the error that belongs to the rows of operand.
func (e *layerError) of(operand simd.Matrix) simd.Matrix {
	if operand.Rows == e.all.Rows {
		return e.all
	}
	return e.folded
}

// layer returns layer l's parameters, moments and, while replaying, where its
// gradients go.
func (t *Trainer) layer(l int) (w *model.Layer, m *model.LayerMoments, rec *model.Layer) {
	return &t.params.Layers[l], &t.moments.Layers[l], &t.record.Layers[l]
}

// fold sums d over the rows that share an input.
func (t *Trainer) fold(d simd.Matrix) simd.Matrix {
	folded := t.folded
	folded.Rows, folded.Cols, folded.Stride = t.s.inputs, d.Cols, d.Stride
	t.foldRows = foldTask{folded, d}
	t.pool.Run(&t.foldRows, d.Rows*d.Cols)
	return folded
}

type foldTask struct{ dst, d simd.Matrix }

func (t *foldTask) Part(i, n int) {
	lo, hi := simd.Share(t.dst.Rows, i, n)
	for r := lo; r < hi; r++ {
		dst := t.dst.PaddedRow(r)
		copy(dst, t.d.PaddedRow(r))
		for from := r + t.dst.Rows; from < t.d.Rows; from += t.dst.Rows {
			simd.AxpyF32(dst, t.d.PaddedRow(from), 1)
		}
	}
}

// decayFactor returns λ/‖W‖_F.
func decayFactor(w simd.Packed, lambda float64) float32 {
	if lambda == 0 {
		return 0
	}
	sum := sumSquares(w)
	if sum == 0 {
		return 0
	}
	return float32(lambda / math.Sqrt(sum))
}

// sumSquares returns ‖W‖²_F.
func sumSquares(w simd.Packed) (sum float64) {
	for j := range w.Panels() {
		sum += float64(simd.SumSquaresF32(w.Panel(j)))
	}
	return sum
}

// learnReadout updates W and b from the probabilities yhat of the normalised
// top states and targets whose rows sum to weight: the gradient of the
// cross-entropy with the targets, over the positive rows only, divided by
// their number. It returns that loss.
func (t *Trainer) learnReadout(yhat, targets, top simd.Matrix, weight float64, s move) float64 {
	positives := 0
	for r := range yhat.Rows {
		if t.goal.positive[r] {
			positives++
		}
	}
	loss := 0.0
	d := t.misread.Slice(0, yhat.Rows)
	scale := float32(1 / float64(positives))
	for r := range yhat.Rows {
		row, p, y := d.Row(r), yhat.Row(r), targets.Row(r)
		clear(row)
		if !t.goal.positive[r] {
			continue
		}
		for c := range row {
			row[c] = (float32(weight)*p[c] - y[c]) * scale
			if y[c] != 0 {
				loss -= float64(y[c]) * math.Log(math.Max(float64(p[c]), 1e-30)) / float64(positives)
			}
		}
	}
	w, m := t.params, t.moments
	if t.fine != nil {
		t.updateFine(&t.fine.readout, &m.Readout, top, d, s)
	} else {
		t.update(w.Readout, &m.Readout, t.record.Readout, top, d, s, t.set.Decay)
	}
	t.updateBias(w.ReadoutBias, &m.ReadoutBias, t.record.ReadoutBias, d, s)
	return loss
}

// learnReadoutFromStart updates the read-out from the label-free start states
// of the real samples and returns the plain cross-entropy. Its gradient is s
// times that of the plain one, as the reference's is; Adam's steps hardly
// depend on such a factor.
func (t *Trainer) learnReadoutFromStart(scale float64) float64 {
	t.clock.Readout++
	n, weight := t.s.inputs, float64(t.model.Config.LabelScale)
	loss := t.learnReadout(t.s.yhat.Slice(0, n), t.s.label.Slice(0, n), t.s.nz[len(t.s.nz)-1].Slice(0, n),
		weight, t.move(clockReadout, t.clock.Readout, scale*t.set.ReadoutRate))
	return loss / weight
}

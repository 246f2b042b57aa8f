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
// then, if the generative circuit is driven, its step and updates. stale says
// that W1 changed since s.xw was computed.
func (t *Trainer) round(stale bool, scale float64, g *given) losses {
	var out losses
	t.refresh()
	if stale {
		t.pool.GemmF32(t.s.xw, t.s.nx, t.model.Params.Layers[0].Up)
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
		for r, logit := range t.s.logits[l] {
			out.goodness += t.goal.loss(logit, r) / float64(t.s.rows)
		}
	}
	t.clock.Rounds++
	adam := t.set.Adam.Step(t.clock.Rounds, scale)
	if t.set.ReadoutDriven {
		t.clock.Readout++
		last := len(t.s.nz) - 1
		t.s.spread(last)
		top := t.s.nz[last]
		t.readout(t.s.yhat, top)
		out.readout = t.learnReadout(t.s.yhat, t.s.label, top, float64(t.model.Config.LabelScale), adam)
	}
	t.learnRepresentation(adam, noisy)
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
// summed over them first.
func (t *Trainer) learnRepresentation(adam simd.AdamStep, noisy bool) {
	after := t.s.apartAfter(noisy)
	for l := range t.model.Params.Layers {
		w, m, v, rec := t.layer(l)
		e := layerError{all: t.s.pre[l], folded: t.s.pre[l].Slice(0, t.s.inputs)}
		if l < len(t.s.z)-after {
			e.all = e.folded // the step has summed it
		} else if t.s.inputs < t.s.rows && (l == 0 || t.s.distinct(l-1) == t.s.inputs) {
			e.folded = t.fold(e.all)
		}
		below := t.s.nx
		if l > 0 {
			below = t.s.states(t.s.nz, l-1)
		}
		t.update(w.Up, m.Up, v.Up, rec.Up, below, e.of(below), adam, t.set.Decay)
		above := t.s.label
		if l+1 < len(t.s.nz) {
			above = t.s.states(t.s.nz, l+1)
		}
		t.update(w.Down, m.Down, v.Down, rec.Down, above, e.of(above), adam, t.set.Decay)
		t.updateBias(w.Bias, m.Bias, v.Bias, rec.Bias, e.all, adam)
		own := t.s.states(t.s.z, l)
		t.updateLateral(l, own, e.of(own), adam)
	}
}

// layerError is d_ℓ, row by row and summed over the rows of each input.
type layerError struct{ all, folded simd.Matrix }

// of returns the error that belongs to the rows of operand.
func (e *layerError) of(operand simd.Matrix) simd.Matrix {
	if operand.Rows == e.all.Rows {
		return e.all
	}
	return e.folded
}

// layer returns layer l's parameters, moments and, while replaying, where its
// gradients go.
func (t *Trainer) layer(l int) (w, m, v, rec *model.Layer) {
	return &t.model.Params.Layers[l], &t.first.Layers[l], &t.second.Layers[l], &t.record.Layers[l]
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

// update learns weights from the gradient aᵀ·d + λ·W/‖W‖_F, which it leaves
// in rec while replaying.
func (t *Trainer) update(w, m, v, rec simd.Packed, a, d simd.Matrix, adam simd.AdamStep, lambda float64) {
	decay := decayFactor(w, lambda)
	if rec.K == 0 {
		t.pool.UpdateF32(w, m, v, a, d, adam.WithDecay(decay))
		return
	}
	t.pool.GemmTF32(rec, a, d)
	simd.AxpyF32(rec.Data, w.Data, decay)
	simd.AdamF32(w.Data, m.Data, v.Data, rec.Data, adam)
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

func (t *Trainer) updateBias(b, m, v, rec []float32, d simd.Matrix, adam simd.AdamStep) {
	sums := t.sums[:len(b)]
	t.pool.ColumnUpdateF32(b, m, v, sums, d, adam)
	copy(rec, sums)
}

func (t *Trainer) updateLateral(l int, z, d simd.Matrix, adam simd.AdamStep) {
	w, m, v, rec := t.layer(l)
	grad := t.lateral[:len(w.Lateral)]
	t.pool.CompetitionGradientF32(grad, w.Lateral, z, d, t.model.Config.Blocks(l))
	copy(rec.Lateral, grad)
	simd.AdamF32(w.Lateral, m.Lateral, v.Lateral, grad, adam)
}

// learnReadout updates W and b from the probabilities yhat of the normalised
// top states and targets whose rows sum to weight: the gradient of the
// cross-entropy with the targets, over the positive rows only, divided by
// their number. It returns that loss.
func (t *Trainer) learnReadout(yhat, targets, top simd.Matrix, weight float64, adam simd.AdamStep) float64 {
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
	w, m, v := t.model.Params, t.first, t.second
	t.update(w.Readout, m.Readout, v.Readout, t.record.Readout, top, d, adam, t.set.Decay)
	t.updateBias(w.ReadoutBias, m.ReadoutBias, v.ReadoutBias, t.record.ReadoutBias, d, adam)
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
		weight, t.set.Adam.Step(t.clock.Readout, scale*t.set.ReadoutRate))
	return loss / weight
}

package runtime

import (
	"github.com/pffedge/pffedge/simd"
)

// learnGenerativeDriven is the reference's generative step, right after a
// representation step: all rows, one move of the latent, one update.
func (t *Trainer) learnGenerativeDriven(scale float64, g *given) float64 {
	t.clock.Top++
	t.clock.Down++
	var eps []noise
	var seen *simd.Matrix
	if g != nil {
		eps, seen = g.generative, g.image
	} else {
		// The clock has already counted this round's representation step.
		eps = t.roundNoise(forGenerative, t.set.GenNoise)
	}
	top := t.s.z[len(t.s.z)-1]
	loss := t.learnTop(top, t.genMove(clockTop, t.clock.Top, scale))
	return loss + t.learnDown(t.s.rows, eps, t.genMove(clockDown, t.clock.Down, scale), seen)
}

// generates tells whether the time to learn from start states has come. A
// longer run does not take it back.
func (t *Trainer) generates() bool { return t.clock.Down > 0 || t.done >= t.set.GenerativeFrom }

// learnGenerativeFromStart learns from the label-free start states of the
// real samples: the latents are inferred move by move, and Gy learns at the last
// moves; the weights below learn once.
func (t *Trainer) learnGenerativeFromStart(scale float64) float64 {
	t.followTop()
	n, l := t.s.inputs, t.model.Config.Latent
	t.g.startLatent(l.Start)
	var top float64
	idle := 0 // moves without learning
	if t.set.TopUpdates > 0 {
		idle = max(l.Moves-t.set.TopUpdates, 0)
	}
	states := t.s.z[len(t.s.z)-1].Slice(0, n)
	t.inferLatent(t.g, states, idle)
	for range l.Moves - idle {
		t.clock.Top++
		top = t.learnTop(states, t.genMove(clockTop, t.clock.Top, scale))
	}
	t.clock.Down++
	s := t.genMove(clockDown, t.clock.Down, scale)
	return top + t.learnDown(n, t.roundNoise(forGenerative, t.set.GenNoise), s, nil)
}

// followTop sets the latents' rate by Settings.LatentStep.
func (t *Trainer) followTop() {
	c := &t.model.Config
	if t.set.LatentStep == 0 || c.Latent.BatchMean {
		return
	}
	start := float64(c.Latent.Start) * float64(c.Latents)
	rate := float32(t.set.LatentStep * start * start / sumSquares(t.params.GenTop))
	if rate-rate == 0 { // finite
		c.Latent.Rate = rate
	}
}

// learnTop predicts the top states from the latents, updates Gy from the
// error and moves the latents. It returns the loss before both.
func (t *Trainer) learnTop(top simd.Matrix, s move) float64 {
	loss := t.predictTop(t.g, top, 1/float32(top.Rows))
	// The error goes back through Gy as it was when it predicted.
	t.pool.GemmNTF32(t.g.ez, t.g.top, t.params.GenTop)
	if t.fine != nil {
		t.updateFine(&t.fine.top, &t.moments.GenTop, t.g.ug, t.g.top, s)
		restoreFine(t.params.GenTop, &t.fine.top)
	} else {
		t.update(t.params.GenTop, &t.moments.GenTop, t.record.GenTop, t.g.ug, t.g.top, s, t.set.GenDecay)
	}
	l := t.model.Config.Latent
	if !l.BatchMean { // the error is that of the mean; a row's own is rows times as large
		l.Rate *= float32(top.Rows)
	}
	t.moveLatent(t.g, l.Rate)
	return loss
}

// learnDown updates G_L … G_1, each from its own error in predicting the layer
// below from the layer's noisy state, over the first rows rows: the real one,
// or, descending, for every other row the one that G_{ℓ+1} has just predicted.
// eps[i] is added to the states of layer i+1. It returns the sum of the losses.
func (t *Trainer) learnDown(rows int, eps []noise, s move, seen *simd.Matrix) float64 {
	var loss float64
	descends, top := t.set.GeneratorDescends, len(t.s.z)-1
	for i := top; i >= 0; i-- {
		z, target, watch, act := t.s.z[i].Slice(0, rows), t.s.x, seen, outputOf(i)
		if i > 0 {
			target, watch = t.s.z[i-1].Slice(0, rows), nil
		}
		if descends && i > 0 { // where the next layer reads what this one predicts
			watch = t.predictedOf(i-1, rows)
		}
		if descends && act == clip01 {
			act = openClip01
		}
		w := &t.w.gen[i]
		if descends && i < top {
			t.exciteMixed(t.g.u[i], z, *t.predictedOf(i, rows), eps[i], t.clock.Down, w)
		} else {
			t.exciteOf(exciteTask{u: t.g.u[i], z: z, noise: eps[i], reader: w.reader()})
		}
		t.multiply(t.g.out[i], t.g.u[i], w, false)
		loss += t.compare(t.g.out[i], target, act, 1/float32(rows), t.g.losses, watch)
		if t.fine != nil {
			t.updateFine(&t.fine.gen[i], &t.moments.Gen[i], t.g.u[i], t.g.out[i], s)
		} else {
			t.update(t.params.Gen[i], &t.moments.Gen[i], t.record.Gen[i], t.g.u[i], t.g.out[i], s, t.set.GenDecay)
		}
	}
	return loss
}

// predictedOf returns where the prediction of layer i's states goes, for so many
// rows: what reads it, or in int8, where that are codes, a matrix of its own.
func (t *Trainer) predictedOf(i, rows int) *simd.Matrix {
	if t.fine == nil {
		return &t.g.u[i]
	}
	resize(&t.fine.predicted[i], rows)
	return &t.fine.predicted[i]
}

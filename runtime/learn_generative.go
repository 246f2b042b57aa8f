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

// learnGenerativeFromStart learns from the label-free start states of the
// real samples: the latents are inferred move by move, and Gy learns at each
// move; the weights below learn once.
func (t *Trainer) learnGenerativeFromStart(scale float64) float64 {
	n, l := t.s.inputs, t.model.Config.Latent
	t.g.startLatent(l.Start)
	var top float64
	for range l.Moves {
		t.clock.Top++
		top = t.learnTop(t.s.z[len(t.s.z)-1].Slice(0, n), t.genMove(clockTop, t.clock.Top, scale))
	}
	t.clock.Down++
	s := t.genMove(clockDown, t.clock.Down, scale)
	return top + t.learnDown(n, t.roundNoise(forGenerative, t.set.GenNoise), s, nil)
}

// learnTop predicts the top states from the latents, updates Gy from the
// error and moves the latents. It returns the loss before both.
func (t *Trainer) learnTop(top simd.Matrix, s move) float64 {
	loss := t.predictTop(t.g, top, 1/float32(top.Rows))
	// The error goes back through Gy as it was when it predicted.
	t.pool.GemmNTF32(t.g.ez, t.g.top, t.model.Params.GenTop)
	t.update(t.model.Params.GenTop, &t.moments.GenTop, t.record.GenTop, t.g.ug, t.g.top, s, t.set.GenDecay)
	l := t.model.Config.Latent
	if !l.BatchMean { // the error is that of the mean; a row's own is rows times as large
		l.Rate *= float32(top.Rows)
	}
	t.moveLatent(t.g, l.Rate)
	return loss
}

// learnDown updates G_L … G_1, each from its own error in predicting the layer
// below from the layer's noisy state, over the first rows rows. eps[i] is added
// to the states of layer i+1. It returns the sum of the losses.
func (t *Trainer) learnDown(rows int, eps []noise, s move, seen *simd.Matrix) float64 {
	var loss float64
	for i := len(t.s.z) - 1; i >= 0; i-- {
		z, target, watch := t.s.z[i].Slice(0, rows), t.s.x, seen
		if i > 0 {
			target, watch = t.s.z[i-1].Slice(0, rows), nil
		}
		w := t.model.Params.Gen[i]
		t.excite(t.g.u[i], z, eps[i])
		t.pool.GemmF32(t.g.out[i], t.g.u[i], w)
		loss += t.compare(t.g.out[i], target, outputOf(i), 1/float32(rows), t.g.losses, watch)
		t.update(w, &t.moments.Gen[i], t.record.Gen[i], t.g.u[i], t.g.out[i], s, t.set.GenDecay)
	}
	return loss
}

package runtime

import (
	"fmt"
	"strings"

	"github.com/pffedge/pffedge/simd"
)

// Optimizer says how gradients change parameters.
type Optimizer string

// The optimisers.
const (
	Adam Optimizer = "adam" // Settings.Adam and GenAdam
	SGD  Optimizer = "sgd"  // Settings.SGDRate and GenSGDRate; remembers nothing
)

// Optimizers lists the optimisers' names.
func Optimizers() []string { return []string{string(Adam), string(SGD)} }

// MomentBits returns how many bits one of Adam's moments has, or 0 for an
// optimiser without moments.
func (s *Settings) MomentBits() int {
	switch {
	case s.Int8:
		return 8
	case s.Optimizer == SGD:
		return 0
	case s.Moments == 0:
		return 32
	}
	return s.Moments
}

// move holds the constants of one optimiser step, for either optimiser.
type move struct {
	adam simd.AdamStep
	sgd  simd.SGDStep
	key  uint64 // of the random rounding of moments
}

// The clocks that number the optimisers' steps.
const (
	clockRounds uint64 = iota
	clockReadout
	clockTop
	clockDown
)

// move returns step n, the first is 1, of a clock of the representation
// circuit.
func (t *Trainer) move(clock uint64, n int, scale float64) move {
	return t.newStep(t.set.Adam, t.set.SGDRate, clock, n, scale)
}

// genMove is move for the generative circuit.
func (t *Trainer) genMove(clock uint64, n int, scale float64) move {
	return t.newStep(t.set.GenAdam, t.set.GenSGDRate, clock, n, scale)
}

func (t *Trainer) newStep(adam simd.Adam, rate float64, clock uint64, n int, scale float64) move {
	return move{
		adam: adam.Step(n, scale),
		sgd:  simd.SGDStep{Rate: float32(rate * scale), Clip: float32(adam.Clip)},
		key:  simd.Mix(t.set.Seed, forMoments, clock, uint64(n)),
	}
}

// fromLabel returns s for the weights that read the label: with y scaled by s,
// what they add to a layer moves s² times as far as what weights that read n(z)
// add, whose rows have length 1. Adam's steps do not depend on that.
func (t *Trainer) fromLabel(s move) move {
	s.sgd.Rate /= t.model.Config.LabelScale * t.model.Config.LabelScale
	return s
}

// update learns weights from the gradient aᵀ·d + λ·W/‖W‖_F, which it leaves
// in rec while replaying.
func (t *Trainer) update(w simd.Packed, m *simd.Moments, rec simd.Packed, a, d simd.Matrix, s move, lambda float64) {
	decay := decayFactor(w, lambda)
	switch {
	case rec.K > 0:
		t.pool.GemmTF32(rec, a, d)
		simd.AxpyF32(rec.Data, w.Data, decay)
		t.apply(w.Data, m, rec.Data, s)
	case t.set.Optimizer == SGD:
		s.sgd.Decay = decay
		t.pool.UpdateSGDF32(w, a, d, s.sgd)
	default:
		t.pool.UpdateMomentsF32(w, m, a, d, s.adam.WithDecay(decay), s.key)
	}
}

// apply changes the values w by their gradient.
func (t *Trainer) apply(w []float32, m *simd.Moments, gradient []float32, s move) {
	if t.set.Optimizer == SGD {
		simd.SGDF32(w, gradient, s.sgd)
		return
	}
	simd.AdamMomentsF32(w, m, gradient, s.adam, s.key)
}

func (t *Trainer) updateBias(b []float32, m *simd.Moments, rec []float32, d simd.Matrix, s move) {
	sums := t.sums[:len(b)]
	t.pool.ColumnSumsF32(sums, d)
	t.apply(b, m, sums, s)
	copy(rec, sums)
}

func (t *Trainer) updateLateral(l int, z, d simd.Matrix, s move) {
	w, m, rec := t.layer(l)
	grad := t.lateral[:len(w.Lateral)]
	t.pool.CompetitionGradientF32(grad, w.Lateral, z, d, t.model.Config.Blocks(l))
	copy(rec.Lateral, grad)
	t.apply(w.Lateral, &m.Lateral, grad, s)
}

// mostLean bounds the clip of gradients whose moments have fewer than 32 bits:
// codes of 8 bits end there, see simd.AdamMomentsF32.
const mostLean = 1

func (s *Settings) validateOptimizer() error {
	switch {
	case s.Int8 && (s.Optimizer == SGD || s.Moments != 0 && s.Moments != 8):
		return fmt.Errorf("%w: learning in int8 takes adam with moments of 8 bits", ErrSettings)
	case s.Int8 && (s.GeneratorDriven && s.Generative || s.ReadoutDriven || s.Decay != 0 || s.GenDecay != 0 || s.GenNoise != 0):
		return fmt.Errorf("%w: learning in int8 goes without driven states, decay and noise in the generative circuit", ErrSettings)
	case s.Optimizer != "" && s.Optimizer != Adam && s.Optimizer != SGD:
		return fmt.Errorf("%w: no optimizer %q, there are %s", ErrSettings, s.Optimizer, strings.Join(Optimizers(), " and "))
	case s.Moments != 0 && !simd.MomentBits(s.Moments):
		return fmt.Errorf("%w: moments of %d bits, want 32, 16 or 8", ErrSettings, s.Moments)
	case s.Optimizer == SGD && s.Moments != 0:
		return fmt.Errorf("%w: moments of %d bits for sgd, which has none", ErrSettings, s.Moments)
	case s.Optimizer == SGD && !(s.SGDRate > 0 && (s.GenSGDRate > 0 || !s.Generative)):
		return fmt.Errorf("%w: sgd rates %v and %v, want > 0", ErrSettings, s.SGDRate, s.GenSGDRate)
	case s.MomentBits() < 32 && s.Optimizer != SGD && !(max(s.Adam.Clip, s.GenAdam.Clip) <= mostLean):
		return fmt.Errorf("%w: a clip of %v, want at most %d for moments of fewer than 32 bits", ErrSettings, max(s.Adam.Clip, s.GenAdam.Clip), mostLean)
	}
	return nil
}

package runtime

import (
	"math/rand/v2"
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// The purposes that random numbers are drawn for; each has streams of its own.
const (
	forOrder uint64 = iota + 1
	forNegatives
	forDynamics
	forGenerative
	forMixture
	forSynthesis
	forMoments
	forShift
	forMask
	forRehearsal
)

// epochOrder returns the order in which an epoch visits n samples, in memory's
// place if that is large enough.
func epochOrder(memory []int, seed uint64, epoch, n int) []int {
	order := slices.Grow(memory[:0], n)[:n]
	for i := range order {
		order[i] = i
	}
	r := rand.New(rand.NewPCG(seed, simd.Mix(forOrder, uint64(epoch))))
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// negative draws a wrong label for row r of the batch at hand, or returns the one
// that is demanded of it.
func (t *Trainer) negative(r int) int {
	if r < len(t.demanded) && t.demanded[r] >= 0 {
		return t.demanded[r]
	}
	key := simd.Mix(t.set.Seed, forNegatives, uint64(t.epoch), uint64(t.batch), uint64(r))
	u := float64(key>>11) / (1 << 53) // uniform in [0, 1)
	if t.set.HardNegatives {
		return drawOther(t.s.yhat.Row(r), t.labels[r], u)
	}
	wrong := int(u * float64(len(t.model.Config.Classes)-1))
	if wrong >= t.labels[r] {
		wrong++
	}
	return wrong
}

// drawOther returns the class ≠ label at quantile u of belief, normalised over
// the classes ≠ label.
func drawOther(belief []float32, label int, u float64) int {
	var total float64
	for c, p := range belief {
		if c != label {
			total += float64(p)
		}
	}
	last := 0
	for c, p := range belief {
		if c == label {
			continue
		}
		last = c
		share := float64(p) / total
		if !(total > 0) { // no belief in any other class: all are alike
			share = 1 / float64(len(belief)-1)
		}
		if u -= share; u < 0 {
			break
		}
	}
	return last
}

// roundNoise fills eps with one circuit's noise for the round that the clock
// shows, a stream for each layer.
func (t *Trainer) roundNoise(purpose uint64, scale float64) []noise {
	for l := range t.eps {
		t.eps[l] = noise{scale: float32(scale), key: simd.Mix(t.set.Seed, purpose, uint64(t.clock.Rounds), uint64(l))}
	}
	return t.eps
}

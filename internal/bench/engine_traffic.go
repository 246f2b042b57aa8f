package bench

import (
	"math"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// bytesOfUpdate is what a step moves for a weight: it reads and writes the
// weight, in float32, and its two moments, if the optimiser has any. Weights
// whose gradient is zero move too, by their moments.
func bytesOfUpdate(set *runtime.Settings) float64 {
	return 2 * (4 + 2*float64(set.MomentBits())/8)
}

// UpdateBytes returns how many bytes the updates of a training batch move,
// weights and moments, padding left out: the least that a batch of one sample
// must wait for. A layer that does not rest is updated every round, the
// read-out and the generative circuit as often as LearnWork says.
func UpdateBytes(c *model.Config, set *runtime.Settings) float64 {
	rounds, readouts, tops, downs := float64(c.Rounds), 1.0, topUpdates(c, set), 1.0
	if set.ReadoutDriven {
		readouts = rounds
	}
	if set.GeneratorDriven {
		tops, downs = rounds, rounds
	}
	steps := readouts * readoutWeights(c)
	for k := range c.Rounds {
		for l := 1; l <= len(c.Hidden); l++ {
			if !roundSharing(c, set).rests(l, k) {
				steps += layerWeights(c, l)
			}
		}
	}
	if set.Generative {
		steps += tops*latentWeights(c) + downs*descendingWeights(c)
	}
	return bytesOfUpdate(set) * steps
}

// learntWeights counts the weights that a batch updates at least once.
func learntWeights(c *model.Config, set *runtime.Settings) float64 {
	total := representationWeights(c) + readoutWeights(c)
	if set.Generative {
		total += latentWeights(c) + descendingWeights(c)
	}
	return total
}

// representationWeights counts W_ℓ, V_ℓ, V, b_ℓ and L_ℓ.
func representationWeights(c *model.Config) (total float64) {
	for l := 1; l <= len(c.Hidden); l++ {
		total += layerWeights(c, l)
	}
	return total
}

// layerWeights counts those of layer l.
func layerWeights(c *model.Config, l int) float64 {
	above := float64(len(c.Classes))
	if l < len(c.Hidden) {
		above = size(c, l+1)
	}
	return (size(c, l-1)+above+1)*size(c, l) + laterals(c, l)
}

// readoutWeights counts W and b.
func readoutWeights(c *model.Config) float64 {
	return (size(c, len(c.Hidden)) + 1) * float64(len(c.Classes))
}

// latentWeights counts Gy.
func latentWeights(c *model.Config) float64 { return float64(c.Latents) * size(c, len(c.Hidden)) }

// descendingWeights counts G_L … G_1.
func descendingWeights(c *model.Config) float64 { return startWork(c, 1) }

// stream reads and writes memory from front to back, as an update does that
// computes nothing: what bounds learning one sample at a time.
type stream struct {
	values []float32
	passes int // in one go, so that threads that wake up late do not lower the rate
}

// leastFar is how much memory, at least, counts as more than the caches hold
// (64 MiB), and how much a stream over less goes through in one go.
const leastFar = 64 << 20 / 4

// farValues returns how many values are four times what the caches hold.
func farValues() float64 { return max(4*float64(machine.Look().Caches.L3)/4, leastFar) }

// streamValues returns how many float32 values so many bytes are, but at most what is more than the caches hold: where they fit into a cache,
// the stream does too.
func streamValues(bytes float64) float64 {
	return min(bytes/4, farValues())
}

// newStream returns a stream over so many values.
func newStream(values float64) *stream {
	s := &stream{values: simd.NewVector(int(values))}
	s.passes = max(leastFar/len(s.values), 1)
	for i := range s.values {
		s.values[i] = 1 // its pages exist from now on
	}
	return s
}

// streamBlock is how much of the memory one call of a kernel goes through.
const streamBlock = 4096

// Part reads and writes a share of the memory.
func (s *stream) Part(i, n int) {
	lo, hi := simd.Share(len(s.values), i, n)
	for range s.passes {
		for at := lo; at < hi; at += streamBlock {
			part := s.values[at:min(at+streamBlock, hi)]
			simd.ScaleF32(part, part, 1)
		}
	}
}

// rate returns how many bytes a second it moves, reading and writing.
func (s *stream) rate(pool *simd.Pool) float64 {
	return rate(2*4*float64(s.passes)*float64(len(s.values)), func() { pool.Run(s, math.MaxInt) })
}

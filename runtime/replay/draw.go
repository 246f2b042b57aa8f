package replay

import (
	"math/bits"

	"github.com/pffedge/pffedge/simd"
)

// Draws says how samples are drawn.
type Draws int

const (
	// Balanced draws the same number of samples from every class that has any;
	// where that does not come out even, chance decides which have one more.
	Balanced Draws = iota
	// Uniform draws every sample with the same chance.
	Uniform
)

// Draw fills dst with numbers of samples to learn from and returns it; an empty
// memory returns none. The same step draws the same. No sample comes twice as
// long as there are others to draw: from its class if draws are balanced.
func (m *Memory) Draw(dst []int, draws Draws, step uint64) []int {
	if m.Len() == 0 {
		return dst[:0]
	}
	if draws == Uniform {
		drawFrom(dst, 0, m.Len(), simd.Mix(m.opt.Seed, forDraw, step))
		return dst
	}
	order := m.shuffledClasses(step)
	each, more := len(dst)/len(order), len(dst)%len(order)
	at := 0
	for i, label := range order {
		n := each
		if i < more {
			n++
		}
		c := &m.classes[label]
		drawFrom(dst[at:at+n], int(c.first), int(c.count), simd.Mix(m.opt.Seed, forDraw, step, uint64(label)))
		at += n
	}
	return dst
}

// shuffledClasses returns the classes that have samples in a random order.
func (m *Memory) shuffledClasses(step uint64) []uint32 {
	order := m.order[:0]
	for label := range m.classes {
		if m.classes[label].count > 0 {
			order = append(order, uint32(label))
		}
	}
	for i := len(order) - 1; i > 0; i-- {
		j := below(simd.Mix(m.opt.Seed, forClasses, step, uint64(i)), i+1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// drawFrom fills dst with numbers among the count from first on. It parts them,
// as a ring, into len(dst) stretches that differ by one at most, from a random
// point on, and takes one number of each. So every number has the same chance.
func drawFrom(dst []int, first, count int, key uint64) {
	turn := below(key, count)
	n := uint64(len(dst))
	for j := range dst {
		lo := int(uint64(j) * uint64(count) / n)
		hi := int(uint64(j+1) * uint64(count) / n)
		at := lo + below(simd.Mix(key, uint64(j)), max(hi-lo, 1))
		dst[j] = first + (turn+at)%count
	}
}

// below turns a random key into a number in 0…n−1.
func below(key uint64, n int) int {
	hi, _ := bits.Mul64(key, uint64(n))
	return int(hi)
}

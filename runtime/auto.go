package runtime

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

// ruledOut is how many times less likely than its favourite the read-out must
// call a label for Auto to leave it out. On MNIST (2 × 500 units, preset fast)
// the label that goodness chooses is hardly ever left out, see bench.
const ruledOut = 1000

// candidates are the labels of some samples that Auto settles under, a row
// each. Rows are ordered by label, so that those of neighbouring samples lie
// next to each other.
type candidates struct {
	open   []int // the samples with more than one label left
	sample []int // per row: its sample, as a place in open
	class  []int // per row: its label
}

func newCandidates(m *memory, inputs, classes int) candidates {
	return candidates{list[int](m, inputs)[:0], list[int](m, inputs*classes)[:0], list[int](m, inputs*classes)[:0]}
}

// choose lists the labels that the read-out's probabilities p cannot rule out,
// of samples where it leaves more than one.
func (c *candidates) choose(p simd.Matrix) {
	c.open, c.sample, c.class = c.open[:0], c.sample[:0], c.class[:0]
	for r := range p.Rows {
		if contested(p.Row(r)) {
			c.open = append(c.open, r)
		}
	}
	for class := range p.Cols {
		for i, r := range c.open {
			if possible(p.Row(r), class) {
				c.sample, c.class = append(c.sample, i), append(c.class, class)
			}
		}
	}
}

// possible tells whether probabilities p leave label class possible.
func possible(p []float32, class int) bool { return p[class]*ruledOut >= p[argMax(p)] }

// contested tells whether p leaves more than one label possible.
func contested(p []float32) bool {
	n := 0
	for class := range p {
		if possible(p, class) {
			n++
		}
	}
	return n > 1
}

// autoChunk predicts the samples lo…hi by their read-out and lets goodness
// decide between the labels that are left: it shares out anew what the read-out
// gave them together.
func (s *Session) autoChunk(dst, x simd.Matrix, lo, hi int) {
	s.readoutChunk(dst, x, lo, hi)
	c := &s.candidates
	c.choose(dst)
	if len(c.open) == 0 {
		return
	}
	v := s.settled // holds the start states that the read-out saw
	v.keep(c.open, len(c.sample))
	copy(v.of, c.sample)
	for r, class := range c.class {
		v.setLabel(r, class, s.model.Config.LabelScale)
	}
	surprise := s.surprise[:len(c.sample)]
	clear(surprise)
	s.settleLabels(v, func(r int, logit float32) { surprise[r] += logit })
	for i, r := range c.open {
		c.shareOut(dst.Row(r), i, surprise)
	}
}

// shareOut gives the candidates of the i-th open sample the sum of their
// probabilities p in proportion to e^surprise.
func (c *candidates) shareOut(p []float32, i int, surprise []float32) {
	top, mass, sum := math.Inf(-1), 0.0, 0.0
	for r, sample := range c.sample {
		if sample == i {
			top, mass = math.Max(top, float64(surprise[r])), mass+float64(p[c.class[r]])
		}
	}
	for r, sample := range c.sample {
		if sample == i {
			sum += math.Exp(float64(surprise[r]) - top)
		}
	}
	for r, sample := range c.sample {
		if sample == i {
			p[c.class[r]] = float32(mass * math.Exp(float64(surprise[r])-top) / sum)
		}
	}
}

package runtime

import (
	"cmp"
	"math"
	"slices"
)

// choose settles what the rounds learn: which samples, and against which wrong
// labels.
func (t *Trainer) choose() {
	samples := t.hardest()
	n, scale := len(samples), t.model.Config.LabelScale
	for to, from := range samples {
		t.wrong[to], t.labels[to] = t.negative(from), t.labels[from]
		if to != from {
			copy(t.s.nx.Row(to), t.s.nx.Row(from))
		}
	}
	t.s.keep(samples, 2*n)
	t.resize(n, 2*n)
	for r := range n {
		t.s.setLabel(r, t.labels[r], scale)
		t.s.setLabel(n+r, t.wrong[r], scale)
	}
}

// hardest returns the samples of the batch, in order, that the rounds learn as
// Settings.Hardest asks: a sample that the read-out is sure of has next to
// nothing left to contrast.
func (t *Trainer) hardest() []int {
	samples := t.ranked[:t.s.inputs]
	for r := range samples {
		samples[r] = r
	}
	if m := t.set.RoundSamples(len(samples)); m < len(samples) {
		slices.SortFunc(samples, func(a, b int) int {
			return cmp.Or(cmp.Compare(t.certainty(a), t.certainty(b)), a-b)
		})
		samples = samples[:m]
		slices.Sort(samples)
	}
	return samples
}

// RoundSamples returns how many of a batch of n samples the rounds learn.
func (s *Settings) RoundSamples(n int) int {
	if s.Hardest == 0 || s.ReadoutDriven || s.GeneratorDriven {
		return n
	}
	return min(int(math.Ceil(s.Hardest*float64(n))), n)
}

// certainty is the read-out's belief in the label of sample r.
func (t *Trainer) certainty(r int) float32 { return t.s.yhat.Row(r)[t.labels[r]] }

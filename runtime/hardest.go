package runtime

import (
	"cmp"
	"math"
	"slices"
)

// concentrate leaves only the hardest samples of the batch to the rounds, as
// Settings.Hardest asks: a sample that the read-out is sure of has next to
// nothing left to contrast.
func (t *Trainer) concentrate() {
	n := t.s.inputs
	m := t.set.hardestOf(n)
	if m == n {
		return
	}
	order := t.ranked[:n]
	for r := range order {
		order[r] = r
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(t.certainty(a), t.certainty(b)), a-b)
	})
	t.keep(order[:m])
}

// hardestOf returns how many of n samples the rounds learn.
func (s *Settings) hardestOf(n int) int {
	if s.Hardest == 0 || s.ReadoutDriven || s.GeneratorDriven {
		return n
	}
	return min(int(math.Ceil(s.Hardest*float64(n))), n)
}

// certainty is the read-out's belief in the label of sample r.
func (t *Trainer) certainty(r int) float32 { return t.s.yhat.Row(r)[t.labels[r]] }

// keep reduces the batch to some of its samples, which it puts in rising order.
func (t *Trainer) keep(samples []int) {
	slices.Sort(samples)
	for to, from := range samples {
		t.labels[to], t.wrong[to] = t.labels[from], t.wrong[from]
		copy(t.s.nx.Row(to), t.s.nx.Row(from))
	}
	t.s.keep(samples, len(samples))
	t.resize(len(samples))
}

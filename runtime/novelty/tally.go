package novelty

import "math"

// A histogram covers statistics from lowest to highest in bins of equal width;
// those beyond count in the bins at its ends.
const (
	lowest, highest = -8, 24
	overallBins     = 256
	classBins       = 64
)

// tally counts samples of a kind: one class, or all.
type tally struct {
	n    int // the sum of bins
	m    [kinds]moments
	bins []uint32
}

// place returns the bin of statistic v among n, and how far into it v lies, 0…1.
func place(v float64, n int) (bin int, into float64) {
	at := (v - lowest) * float64(n) / (highest - lowest)
	if !(at > 0) {
		return 0, 0
	}
	bin = int(math.Min(at, float64(n-1)))
	return bin, math.Min(at-float64(bin), 1)
}

// add counts a sample with statistic v. At memory samples it first forgets half.
func (t *tally) add(s *Signal, v float64, memory int) {
	if t.n >= memory {
		t.halve()
	}
	t.n++
	for k, q := range s.values() {
		t.m[k].add(q, t.n)
	}
	bin, _ := place(v, len(t.bins))
	t.bins[bin]++
}

// halve halves the weight of all that was counted, rounding down; of minMemory
// samples much is left in so few bins.
func (t *tally) halve() {
	before := t.n
	t.n = 0
	for i, c := range t.bins {
		t.bins[i] = c / 2
		t.n += int(c / 2)
	}
	share := float64(t.n) / float64(before)
	for k := range t.m {
		t.m[k].squares *= share
	}
}

// rank returns the share of samples with a statistic below v, of one sample more
// than were counted: the new one itself. Within a bin samples lie evenly.
func (t *tally) rank(v float64) float64 {
	bin, into := place(v, len(t.bins))
	below := 0.0
	for _, c := range t.bins[:bin] {
		below += float64(c)
	}
	return (below + float64(into*float64(t.bins[bin]))) / float64(t.n+1)
}

func (t *tally) moments(k Kind) Moments { return Moments{t.n, t.m[k].mean, t.m[k].std(t.n)} }

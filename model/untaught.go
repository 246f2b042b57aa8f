package model

import (
	"math"

	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// untaught gives the last class of m, whose values are zero, a start from which it
// takes nothing from the others and can still be taught:
//
//	W[·][new] = mean_c W[·][c]    b[new] = mean_c b[c] − ln 2
//	V[new][·] = mean_c V[c][·] + sd_c V[c][·], at most max_c V[c][·]
//
// A logit of the read-out that is the others' mean, less ln 2, is never the largest,
// and its class has at most 1/(2C+1) of the probability (Jensen's inequality), far
// less where the read-out is sure.
//
// The label whose top layer stays calmest wins, so a new one must excite. A row of
// zeros, or the mean, which is calmer than the rows are on average, takes samples from
// the others: of a network of 2×200 that knew nine MNIST digits, goodness on them fell
// from 97.38 to 97.23 and 96.95 %. Half a standard deviation above the mean kept that,
// and that of four other shapes of the same preset, but not of one of the reference's
// (79.1, then 74.1 %). A whole one kept all. Logs of a learning store depend on these
// bits: they may not change.
func (m *Model) untaught() {
	if m.Int8 != nil {
		m.Int8.untaught()
		return
	}
	v, w := m.Params.Layers[len(m.Config.Hidden)-1].Down, m.Params.Readout
	for h := range v.N {
		v.Set(v.K-1, h, exciting(v.K-1, func(c int) float32 { return v.At(c, h) }))
	}
	for h := range w.K {
		w.Set(h, w.N-1, float32(mean(w.N-1, func(c int) float32 { return w.At(h, c) })))
	}
	untaughtBias(m.Params.ReadoutBias, w.N-1)
}

// untaught is Model.untaught in int8: the codes of V share a column's scale, and the
// new column of W gets its own.
func (p *Int8Params) untaught() {
	v, w := &p.Layers[len(p.Layers)-1].Down, &p.Readout
	for h := range v.N {
		top := exciting(v.K-1, func(c int) float32 { return float32(v.Data[v.Index(c, h)]) })
		v.Data[v.Index(v.K-1, h)] = quant.Round(top)
	}
	column := simd.NewPacked(w.K, 1)
	for h := range w.K {
		column.Set(h, 0, float32(mean(w.N-1, func(c int) float32 { return w.At(h, c) })))
	}
	w.Scale[w.N-1] = simd.MaxAbsF32(column.Data) / quant.Max
	if scale := w.Scale[w.N-1]; scale > 0 {
		for h := range w.K {
			w.Data[w.Index(h, w.N-1)] = quant.Round(column.At(h, 0) / scale)
		}
	}
	untaughtBias(p.ReadoutBias, w.N-1)
}

// untaughtBias sets the bias behind n of them, see Model.untaught.
func untaughtBias(b []float32, n int) {
	b[n] = float32(mean(n, func(c int) float32 { return b[c] }) - math.Ln2)
}

// exciting returns what a new label adds to a unit to which n labels add such values,
// see Model.untaught. The conversions keep the compiler from fusing multiply and add.
func exciting(n int, at func(c int) float32) float32 {
	centre, top := mean(n, at), at(0)
	var sum float64
	for c := range n {
		apart := float64(at(c)) - centre
		sum += float64(apart * apart)
		top = max(top, at(c))
	}
	return min(float32(centre+math.Sqrt(sum/float64(n))), top)
}

// mean returns the mean of n values.
func mean(n int, at func(i int) float32) float64 {
	var sum float64
	for i := range n {
		sum += float64(at(i))
	}
	return sum / float64(n)
}

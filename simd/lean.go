package simd

import (
	"fmt"
	"unsafe"
)

// AdamMomentsF32 applies one Adam step to the weights w with gradient g and
// moments of any width, all of equal length. The weights move by the moments
// before these are rounded. key names the random bits of the rounding, and
// should come from Mix; moments of 32 bits need none.
func AdamMomentsF32(w []float32, m *Moments, g []float32, step AdamStep, key uint64) {
	m.check("AdamMomentsF32", len(w))
	m.check("AdamMomentsF32", len(g))
	if m.Bits == 32 {
		AdamF32(w, m.First, m.Second, g, step)
		return
	}
	start := m.start(key, &step)
	for from := 0; from < len(w); from += longestRow {
		n := min(longestRow, len(w)-from)
		m.adam(w[from:from+n], g[from:from+n], from, start, &step)
	}
}

// UpdateMomentsF32 is UpdateF32 with moments of any width, see AdamMomentsF32.
//
// Shapes: a M×K, d M×N; w K×N, m as many values as w.
func (p *Pool) UpdateMomentsF32(w Packed, m *Moments, a, d Matrix, step AdamStep, key uint64) {
	checkGemmT("UpdateMomentsF32", w, a, d)
	m.check("UpdateMomentsF32", len(w.Data))
	if m.Bits == 32 {
		p.UpdateF32(w, Packed{K: w.K, N: w.N, Data: m.First}, Packed{K: w.K, N: w.N, Data: m.Second}, a, d, step)
		return
	}
	p.runGradient(gradientTask{w: w, lean: m, start: m.start(key, &step), a: a, d: d, adam: step, end: stepLean})
}

// ColumnUpdateMomentsF32 is ColumnUpdateF32 with moments of any width.
func (p *Pool) ColumnUpdateMomentsF32(w []float32, m *Moments, scratch []float32, d Matrix, step AdamStep, key uint64) {
	m.check("ColumnUpdateMomentsF32", len(w))
	m.check("ColumnUpdateMomentsF32", len(scratch))
	p.ColumnSumsF32(scratch, d)
	AdamMomentsF32(w, m, scratch, step, key)
}

// most8 bounds the clip of gradients whose moments have 8 bits, see
// momentCode.
const most8 = 1

// start returns where the random bits of a step begin, see adam16Generic.
func (m *Moments) start(key uint64, step *AdamStep) uint32 {
	if m.Bits == 8 && !(step.Clip <= most8) {
		panic(fmt.Sprintf("simd: moments of 8 bits with a clip of %v, want at most %d", step.Clip, most8))
	}
	return uint32(Mix(key, m.Stream))
}

// lines returns where weights w and the moments from number from on begin, see
// weightsAhead. Moments of 16 or 8 bits take less room than is fetched in
// advance, and a second panel's lie nearer than its weights: what follows them
// is fetched with them.
func (m *Moments) lines(w []float32, from int) [3]*float32 {
	if m.Bits == 16 {
		return [3]*float32{&w[0], (*float32)(unsafe.Pointer(&m.First16[from])), (*float32)(unsafe.Pointer(&m.Second16[from]))}
	}
	return [3]*float32{&w[0], (*float32)(unsafe.Pointer(&m.First8[from])), (*float32)(unsafe.Pointer(&m.Second8[from]))}
}

// adam applies a step to weights w with gradients g, to which the moments of
// 16 or 8 bits from number from on belong.
func (m *Moments) adam(w, g []float32, from int, start uint32, c *AdamStep) {
	n, to := whole(len(w)), from+len(w)
	rest := start + uint32(from+n)*hashStep
	start += uint32(from) * hashStep
	switch m.Bits {
	case 16:
		first, second := m.First16[from:to], m.Second16[from:to]
		if n > 0 {
			adam16(w[:n], first[:n], second[:n], g[:n], start, c)
		}
		adam16Generic(w[n:], first[n:], second[n:], g[n:], rest, c)
	case 8:
		first, second := m.First8[from:to], m.Second8[from:to]
		if n > 0 {
			adam8(w[:n], first[:n], second[:n], g[:n], start, c)
		}
		adam8Generic(w[n:], first[n:], second[n:], g[n:], rest, c)
	}
}

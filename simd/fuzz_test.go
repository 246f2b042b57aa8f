package simd

import (
	"fmt"
	"math"
	"testing"
)

// FuzzGemm compares the active implementation with the pure Go one in all
// three directions of a product. The seed draws the operands, spread over
// that many powers of two, and special's bits are planted in one place.
func FuzzGemm(f *testing.F) {
	for i, x := range []shape{{1, 1, 1}, {1, 30, 70}, {6, 16, 16}, {13, 27, 67}, {0, 5, 5}, {7, 64, 130}, {2, 255, 3}} {
		for k, special := range []uint32{0, 0x7f800000, 0xff800000, 0x7fc00000, 1, 0x80000000} {
			f.Add(uint64(i*10+k), uint8(x.m), uint8(x.k), uint8(x.n), uint8(25*k), special)
		}
	}
	f.Fuzz(func(t *testing.T, seed uint64, m, k, n, spread uint8, special uint32) {
		x := shape{int(m) % 20, int(k)%255 + 1, int(n)%140 + 1}
		g := fuzzOperands{newSource(seed), int(spread)%150 + 1, math.Float32frombits(special)}
		compareFuzzed(t, x, g)
	})
}

// fuzzOperands draws values ±[1, 2)·2^e with |e| below half of spread: no sum
// of 255 products overflows, but products and values may fall below 2⁻¹²⁶.
type fuzzOperands struct {
	source
	spread  int
	special float32
}

func (g fuzzOperands) fill(x []float32) {
	for i := range x {
		e := g.IntN(g.spread) - g.spread/2 - 15 // up to 2⁵⁹, down to 2⁻⁹⁰
		x[i] = float32(math.Ldexp(1+g.Float64(), e))
		if g.Uint32()&1 != 0 {
			x[i] = -x[i]
		}
	}
}

// matrix returns an activation with the special value in one place.
func (g fuzzOperands) matrix(rows, cols int) Matrix {
	m := NewMatrix(rows, cols)
	for r := range rows {
		g.fill(m.Row(r))
	}
	if rows > 0 {
		m.Row(g.IntN(rows))[g.IntN(cols)] = g.special
	}
	return m
}

func (g fuzzOperands) packed(k, n int) Packed {
	values := make([]float32, k*n)
	g.fill(values)
	p := NewPacked(k, n)
	p.Pack(values)
	return p
}

func compareFuzzed(t *testing.T, x shape, g fuzzOperands) {
	p := newTestPool(t, 1)
	a, d, b := g.matrix(x.m, x.k), g.matrix(x.m, x.n), g.packed(x.k, x.n)
	best := active
	run := func(isa ISA) (sum, back Matrix, gradient Packed) {
		use(t, isa)
		sum, back, gradient = d.clone(), NewMatrix(x.m, x.k), NewPacked(x.k, x.n)
		p.GemmAddF32(sum, a, b)
		p.GemmNTF32(back, d, b)
		p.GemmTF32(gradient, a, d)
		return sum, back, gradient
	}
	wantSum, wantBack, wantGradient := run(Generic)
	gotSum, gotBack, gotGradient := run(best)
	use(t, best)
	compareElements(t, x.m, x.n, "GemmAddF32", wantSum.Row, gotSum.Row, plus(d, gemmOracle(a, b)))
	compareElements(t, x.m, x.k, "GemmNTF32", wantBack.Row, gotBack.Row, gemmNTOracle(d, b))
	compareElements(t, x.k, x.n, "GemmTF32", wantGradient.row, gotGradient.row, gemmTOracle(a, d))
}

func (p Packed) row(k int) []float32 {
	values := make([]float32, p.N)
	for n := range values {
		values[n] = p.At(k, n)
	}
	return values
}

// compareElements holds both implementations to the bound, and wants NaN and
// infinities in the same places as in float64, where nothing overflows.
func compareElements(t *testing.T, rows, cols int, name string, want, got func(r int) []float32, oracle func(r, c int) dot) {
	t.Helper()
	for r := range rows {
		w, g := want(r), got(r)
		for c := range cols {
			d := oracle(r, c)
			what := fmt.Sprintf("%s: [%d][%d]: generic %v, %s %v, float64 %v", name, r, c, w[c], active, g[c], d.sum)
			if d.overflows() {
				continue
			}
			if class(float64(w[c])) != class(d.sum) || class(float64(g[c])) != class(d.sum) {
				t.Fatal(what)
			}
			if class(d.sum) == 0 {
				d.check(t, w[c], "%s", what)
				d.check(t, g[c], "%s", what)
			}
		}
	}
}

// overflows reports whether a special value that is finite but large may take
// some order of the sum beyond float32.
func (d dot) overflows() bool {
	return !math.IsInf(d.magnitude, 0) && d.magnitude > math.MaxFloat32/2
}

// class tells finite numbers (0), infinities (1, 2) and NaN (3) apart.
func class(x float64) int {
	switch {
	case math.IsNaN(x):
		return 3
	case math.IsInf(x, -1):
		return 2
	case math.IsInf(x, 1):
		return 1
	}
	return 0
}

package simd

import (
	"fmt"
	"math"
	"testing"
)

const (
	roundoff  = 1.0 / (1 << 24) // float32's unit roundoff
	underflow = 0x1p-149        // float32's smallest value: bounds what an underflowing product loses
)

// gamma bounds the relative error of n roundings in succession: Higham,
// Accuracy and Stability of Numerical Algorithms, lemma 3.1.
func gamma(n int) float64 {
	return float64(n) * roundoff / (1 - float64(n)*roundoff)
}

// dot is a sum of products in float64, which holds each product of two
// float32 values exactly.
type dot struct {
	sum, magnitude float64 // Σxy, Σ|xy|
	terms          int
}

func (d *dot) add(x, y float32) {
	product := float64(x) * float64(y)
	d.sum += product
	d.magnitude += math.Abs(product)
	d.terms++
}

// bound returns how far a float32 evaluation may lie from the sum. In
// whatever order, fused or not, no product takes part in more roundings than
// there are terms: |error| ≤ γ_n·Σ|xy|. One more covers the float64 sum's own
// error, 2⁻²⁹ of that.
func (d dot) bound() float64 {
	return gamma(d.terms+1)*d.magnitude + float64(d.terms)*underflow
}

// check fails the test unless got is within the bound; a NaN is not.
func (d dot) check(t testing.TB, got float32, format string, args ...any) {
	if !(math.Abs(float64(got)-d.sum) <= d.bound()) {
		t.Helper()
		t.Fatalf("%s: %v, want %v ± %.2g", fmt.Sprintf(format, args...), got, d.sum, d.bound())
	}
}

// checkMatrix compares every element of got with want's, and the padding with
// zero.
func checkMatrix(t testing.TB, got Matrix, want func(r, c int) dot, format string, args ...any) {
	t.Helper()
	what := fmt.Sprintf(format, args...)
	for r := range got.Rows {
		for c, v := range got.Row(r) {
			want(r, c).check(t, v, "%s: [%d][%d]", what, r, c)
		}
	}
	requireMatrixPadding(t, got, "%s", what)
}

func checkPacked(t testing.TB, got Packed, want func(k, n int) dot, format string, args ...any) {
	t.Helper()
	what := fmt.Sprintf(format, args...)
	for k := range got.K {
		for n := range got.N {
			want(k, n).check(t, got.At(k, n), "%s: [%d][%d]", what, k, n)
		}
	}
	requirePackedPadding(t, got, "%s", what)
}

// The products, as plain loops.

func gemmOracle(a Matrix, b Packed) func(r, n int) dot {
	return func(r, n int) (d dot) {
		for k, x := range a.Row(r) {
			d.add(x, b.At(k, n))
		}
		return d
	}
}

func gemmTOracle(a, d Matrix) func(k, n int) dot {
	return func(k, n int) (s dot) {
		for r := range a.Rows {
			s.add(a.Row(r)[k], d.Row(r)[n])
		}
		return s
	}
}

func gemmNTOracle(a Matrix, b Packed) func(r, k int) dot {
	return func(r, k int) (d dot) {
		for n, x := range a.Row(r) {
			d.add(x, b.At(k, n))
		}
		return d
	}
}

func blockOracle(z Matrix, values []float32, b Blocks) func(r, col int) dot {
	return func(r, col int) (d dot) {
		from := col / b.Group * b.Group
		for row := from; row < min(from+b.Group, b.Units); row++ {
			d.add(z.Row(r)[row], values[b.Index(row, col)])
		}
		return d
	}
}

// plus adds what dst held before to an oracle's sums.
func plus(before Matrix, products func(r, c int) dot) func(r, c int) dot {
	return func(r, c int) dot {
		d := products(r, c)
		d.add(before.Row(r)[c], 1)
		return d
	}
}

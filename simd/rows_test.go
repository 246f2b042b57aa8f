package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// rowLens are lengths around one and two blocks of sixteen.
var rowLens = []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 35, 500}

// eachRow runs body on fenced rows x, y, z of every length, and a fenced dst.
// These tests hold the functions to their formulas, and every implementation
// to the pure Go one's bits is held by TestRowKernels and TestRowWrappers.
func eachRow(t *testing.T, seed uint64, body func(t *testing.T, what string, dst, x, y, z []float32)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(seed)
		for _, n := range rowLens {
			rows := [4][]float32{f.floats(n), f.floats(n), f.floats(n), f.floats(n)}
			fillWith(rows[0], nan32())
			for _, x := range rows[1:] {
				s.fill(x)
			}
			body(t, fmt.Sprintf("n=%d", n), rows[0], rows[1], rows[2], rows[3])
			f.release("n=%d", n)
		}
	})
}

func TestSumSquares(t *testing.T) {
	eachRow(t, 80, func(t *testing.T, what string, _, x, _, _ []float32) {
		var want dot
		for _, v := range x {
			want.add(v, v)
		}
		want.check(t, SumSquaresF32(x), "%s", what)
	})
}

// TestSumSquaresOrder pins the order of the sum, on which the bits of every
// normalised activation depend: element i goes to sum i mod 16, and the sums
// meet i with i+8, then with i+4, i+2 and i+1.
func TestSumSquaresOrder(t *testing.T) {
	s := newSource(81)
	for n := range 100 {
		x := s.vector(n)
		var sums [16]float32
		for i, v := range x {
			sums[i%16] += float32(v * v)
		}
		at := func(i int) float32 { return (sums[i] + sums[i+8]) + (sums[i+4] + sums[i+12]) }
		require.Equal(t, (at(0)+at(2))+(at(1)+at(3)), SumSquaresF32(x), "n=%d", n)
	}
}

func TestNormalize(t *testing.T) {
	eachRow(t, 82, func(t *testing.T, what string, dst, x, _, _ []float32) {
		var squares dot
		for _, v := range x {
			squares.add(v, v)
		}
		sum := NormalizeF32(dst, x)
		require.Equal(t, SumSquaresF32(x), sum, what)
		factor := 1 / (math.Sqrt(squares.sum) + 1e-8)
		for i, v := range x {
			want := float64(v) * factor
			// A root halves the sum's relative error; the factor and the product round once each.
			near(t, fmt.Sprintf("%s: value %d", what, i), want, dst[i], (gamma(len(x)+1)/2+gamma(3))*math.Abs(want))
		}
		inPlace := slices.Clone(x)
		NormalizeF32(inPlace, inPlace)
		requireBits(t, dst, inPlace, "%s in place", what)
	})
}

func TestNormalizeEdges(t *testing.T) {
	zero := make([]float32, 9)
	require.Zero(t, NormalizeF32(zero, zero))
	requireZeros(t, zero, "a zero row")
	require.Equal(t, float32(1e8), InverseNormF32(0))
	require.Equal(t, float32(0.25), InverseNormF32(16))
	require.Zero(t, InverseNormF32(inf32(1)))

	tiny := []float32{0x1p-80, 0} // its square vanishes: only ε is left to divide by
	NormalizeF32(tiny, tiny)
	near(t, "tiny", 0x1p-80*1e8, tiny[0], gamma(2)*0x1p-80*1e8)

	bad := []float32{1, nan32()}
	NormalizeF32(bad, bad)
	require.True(t, bad[0] != bad[0] && bad[1] != bad[1], "a NaN spreads over its row: %v", bad)
}

func TestScaleAndAxpy(t *testing.T) {
	eachRow(t, 83, func(t *testing.T, what string, dst, x, y, _ []float32) {
		ScaleF32(dst, x, -1.7)
		sum := slices.Clone(y)
		AxpyF32(sum, x, -1.7)
		for i, v := range x {
			var scaled dot
			scaled.add(-1.7, v)
			scaled.check(t, dst[i], "%s: ScaleF32, value %d", what, i)
			scaled.add(y[i], 1)
			scaled.check(t, sum[i], "%s: AxpyF32, value %d", what, i)
		}
		inPlace := slices.Clone(x)
		ScaleF32(inPlace, inPlace, -1.7)
		requireBits(t, dst, inPlace, "%s: ScaleF32 in place", what)
	})
}

func TestRelu(t *testing.T) {
	eachRow(t, 84, func(t *testing.T, what string, dst, x, bias, _ []float32) {
		ReluF32(dst, x)
		for i, v := range x {
			require.Equal(t, float32(math.Max(float64(v), 0)), dst[i], what)
		}
		inPlace := slices.Clone(x)
		ReluF32(inPlace, inPlace)
		requireBits(t, dst, inPlace, "%s: ReluF32 in place", what)

		BiasReluF32(dst, x, bias)
		for i, v := range x {
			require.Equal(t, max(v+bias[i], 0), dst[i], what)
		}
	})
	edges := []float32{inf32(1), inf32(-1), nan32(), float32(math.Copysign(0, -1)), -math.SmallestNonzeroFloat32}
	ReluF32(edges, edges)
	require.Equal(t, []float32{inf32(1), 0}, edges[:2])
	require.True(t, edges[2] != edges[2], "NaN stays NaN")
	requireBits(t, []float32{0, 0}, edges[3:], "no −0")
}

func TestStep(t *testing.T) {
	const leak = 0.3
	eachRow(t, 85, func(t *testing.T, what string, dst, pre, bias, z []float32) {
		StepF32(dst, pre, bias, z, leak)
		for i := range dst {
			active := math.Max(float64(pre[i])+float64(bias[i]), 0)
			fresh, kept := (1-float64(float32(leak)))*active, float64(float32(leak))*float64(z[i])
			// 1−leak, pre+bias, two products and their sum; the sum pre+bias may cancel,
			// but its own rounding is relative to its result.
			near(t, fmt.Sprintf("%s: value %d", what, i), fresh+kept, dst[i], gamma(4)*(math.Abs(fresh)+math.Abs(kept)))
		}
		overZ, overPre := slices.Clone(z), slices.Clone(pre)
		StepF32(overZ, pre, bias, overZ, leak)
		requireBits(t, dst, overZ, "%s: dst is z", what)
		StepF32(overPre, overPre, bias, z, leak)
		requireBits(t, dst, overPre, "%s: dst is pre", what)
	})
}

func TestSoftmax(t *testing.T) {
	eachRow(t, 86, func(t *testing.T, what string, dst, x, bias, _ []float32) {
		ScaleF32(x, x, 20)
		SoftmaxF32(dst, x, bias)
		checkSoftmax(t, what, dst, x, bias)
		inPlace := slices.Clone(x)
		SoftmaxF32(inPlace, inPlace, bias)
		requireBits(t, dst, inPlace, "%s in place", what)
	})
}

// checkSoftmax bounds dst[i] = exp(a_i − top)/Σ. The argument, a sum of two
// then a difference, is off by at most u(2|a| + |top|) + u·|a − top|, and an
// absolute error of an exponent is a relative one of the result; the
// exponential and the quotient round once each, the sum n times, and the
// sum's terms err in their exponents as well.
func checkSoftmax(t *testing.T, what string, dst, x, bias []float32) {
	t.Helper()
	top, largest := math.Inf(-1), 0.0
	for i := range x {
		a := float64(x[i]) + float64(bias[i])
		top, largest = math.Max(top, a), math.Max(largest, math.Abs(a))
	}
	var sum, total float64
	for i := range x {
		sum += math.Exp(float64(x[i]) + float64(bias[i]) - top)
	}
	exponent := 6 * largest * roundoff
	for i := range x {
		want := math.Exp(float64(x[i])+float64(bias[i])-top) / sum
		near(t, fmt.Sprintf("%s: value %d", what, i), want, dst[i], (2*exponent+gamma(len(x)+3))*want+underflow)
		total += float64(dst[i])
	}
	if len(x) > 0 {
		require.InDelta(t, 1, total, gamma(len(x)+3), what)
	}
}

func TestSoftmaxEdges(t *testing.T) {
	zero := make([]float32, 3)
	out := make([]float32, 3)
	SoftmaxF32(out, []float32{math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32}, zero)
	require.Equal(t, []float32{0.5, 0, 0.5}, out, "no finite input overflows")
	SoftmaxF32(out, []float32{inf32(-1), 0, inf32(-1)}, zero)
	require.Equal(t, []float32{0, 1, 0}, out)
	SoftmaxF32(out, []float32{1, nan32(), 1}, zero)
	require.True(t, out[0] != out[0] && out[1] != out[1] && out[2] != out[2], "a NaN spreads: %v", out)
	SoftmaxF32(out[:1], []float32{-123}, zero)
	require.Equal(t, float32(1), out[0])
}

// TestLongerInputsAreCut covers a bias that brings its padding along.
func TestLongerInputsAreCut(t *testing.T) {
	s := newSource(87)
	x, bias, short, long := s.vector(10), s.vector(16), make([]float32, 10), make([]float32, 10)
	BiasReluF32(short, x, bias[:10])
	BiasReluF32(long, x, bias)
	requireBits(t, short, long, "BiasReluF32")
	StepF32(short, x, bias[:10], x, 0.3)
	StepF32(long, x, bias, x, 0.3)
	requireBits(t, short, long, "StepF32")
	SoftmaxF32(short, x, bias[:10])
	SoftmaxF32(long, x, bias)
	requireBits(t, short, long, "SoftmaxF32")
}

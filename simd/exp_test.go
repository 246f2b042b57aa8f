package simd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// exps returns e^x for values x ≤ 0, a multiple of 16 of them.
func exps(x []float32) []float32 {
	var sums lanes
	dst := make([]float32, len(x))
	expF32(&sums, dst, x, 0)
	return dst
}

// eachNegative visits float32 values from 0 down to lowest, in blocks: every
// stride-th of them, and across each boundary of a block as well.
func eachNegative(lowest float32, stride uint32, visit func(x []float32)) {
	x := make([]float32, 64*PanelWidth)
	first, last := math.Float32bits(float32(math.Copysign(0, -1))), math.Float32bits(lowest)
	for b := first; b <= last; {
		for i := range x {
			x[i] = math.Float32frombits(min(b+uint32(i)*stride, last))
		}
		visit(x)
		b += uint32(len(x)-1) * stride
	}
}

func expStride() uint32 {
	if thorough() {
		return 9973
	}
	return 999_983
}

// TestExpError bounds the error against float64 over all that does not
// underflow, in units of the last place of the exact result.
func TestExpError(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		worst, where := 0.0, float32(0)
		eachNegative(expLowest, expStride(), func(x []float32) {
			for i, got := range exps(x) {
				exact := math.Exp(float64(x[i]))
				_, e := math.Frexp(exact)
				if err := math.Abs(float64(got)-exact) / math.Ldexp(1, e-24); !(err <= worst) {
					worst, where = err, x[i]
				}
			}
		})
		t.Logf("largest error %.3f units at %v", worst, where)
		require.LessOrEqual(t, worst, 2.0, "at %v", where)
	})
}

// TestExpFalls: e^x never rises by more than a unit in the last place as x
// falls from one value to a neighbour.
func TestExpFalls(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, from := range []float32{0, -1e-7, -0.1, -0.34657, -0.34658, -1.0397, -17, -60.99, -86.6, -87.29} {
			x := make([]float32, 1024*PanelWidth)
			for i := range x {
				x[i] = from
				from = math.Nextafter32(from, -100)
			}
			y := exps(x)
			for i := range y[1:] {
				if !(y[i+1] <= math.Nextafter32(y[i], 2)) {
					t.Fatalf("e^%v is %v, e^%v is %v", x[i], y[i], x[i+1], y[i+1])
				}
			}
		}
	})
}

func TestExpEdges(t *testing.T) {
	below := math.Nextafter32(expLowest, -100)
	x := []float32{
		0, float32(math.Copysign(0, -1)), expLowest, below, -88, -103.9, -104, -1000,
		-math.MaxFloat32, inf32(-1), nan32(), -math.SmallestNonzeroFloat32, -0x1p-126, -0x1p-25, -0x1p-40, -1e30,
	}
	eachISA(t, func(t *testing.T) {
		y := exps(x)
		requireBits(t, []float32{1, 1}, y[:2], "e^0")
		require.Greater(t, y[2], float32(0x1p-126), "no result is denormal")
		requireBits(t, make([]float32, 7), y[3:10], "below the lowest")
		require.True(t, y[10] != y[10], "NaN")
		requireBits(t, []float32{1, 1, 1, 1}, y[11:15], "too small to count")
		requireBits(t, []float32{0}, y[15:], "far below the lowest")

		nans := make([]float32, PanelWidth)
		fillWith(nans, nan32())
		for i, v := range exps(nans) {
			require.True(t, v != v, "NaN at %d", i)
		}
	})
}

// TestExpShifts: the shift is taken off before anything else.
func TestExpShifts(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		const shift = 3.7
		s := newSource(210)
		x, less, y := s.vector(48), make([]float32, 48), make([]float32, 48)
		for i, v := range x {
			less[i] = v - shift
		}
		var sums lanes
		expF32(&sums, y, x, shift)
		requireBits(t, exps(less), y, "shifted")
		require.InDelta(t, y[3]+y[19]+y[35], sums[3], 1e-6, "sums")
	})
}

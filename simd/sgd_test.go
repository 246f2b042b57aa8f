package simd

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// rounded returns a float64 result as float32. The product, sum or difference
// of two float32 values, rounded to float64 and then to float32, is the
// correctly rounded one: float64 has more than twice the digits.
func rounded(x float64) float64 { return float64(float32(x)) }

// sgdOracle is one step in float64, rounded after each operation.
func sgdOracle(w, g float32, c SGDStep) float32 {
	clip := float64(c.Clip)
	grad := rounded(float64(g) + rounded(float64(c.Decay)*float64(w)))
	grad = math.Min(math.Max(grad, -clip), clip)
	return float32(float64(w) - rounded(float64(c.Rate)*grad))
}

func TestSGD(t *testing.T) {
	steps := []SGDStep{{Rate: 0.1, Clip: 0.5}, {Rate: 0.01, Clip: 0.25, Decay: 0.1}, {Rate: -1, Clip: inf32(1), Decay: -0.5}, {Rate: 1}}
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(32)
		for n := range 4*PanelWidth + 4 {
			for _, step := range steps {
				w, g, want := f.floats(n), f.floats(n), make([]float32, n)
				s.fill(w)
				s.fill(g)
				for i := range want {
					want[i] = sgdOracle(w[i], g[i], step)
				}
				SGDF32(w, g, step)
				requireBits(t, want, w, "n=%d, %+v", n, step)
			}
			f.release("n=%d", n)
		}
	})
}

// TestSGDKeepsNaN: a gradient that is NaN must not pass for a clipped one.
func TestSGDKeepsNaN(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		w, g := make([]float32, PanelWidth), make([]float32, PanelWidth)
		g[3], g[4], g[5] = nan32(), inf32(1), inf32(-1)
		SGDF32(w, g, SGDStep{Rate: 1, Clip: 0.5})
		require.True(t, w[3] != w[3])
		require.Equal(t, []float32{-0.5, 0.5}, w[4:6])
	})
}

func TestSGDLearns(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		const n = 35
		w, g := newSource(33).vector(n), make([]float32, n)
		for range 200 {
			ScaleF32(g, w, 2)
			SGDF32(w, g, SGDStep{Rate: 0.1, Clip: 1})
		}
		for i, x := range w {
			require.InDelta(t, 0, x, 1e-6, "weight %d", i)
		}
	})
}

func TestSGDRefusesOtherLengths(t *testing.T) {
	for _, n := range []int{0, 15, 17} {
		w := make([]float32, 16)
		require.PanicsWithValue(t, fmt.Sprintf("simd: SGDF32: 16 weights, %d gradients", n), func() {
			SGDF32(w, make([]float32, n), SGDStep{Rate: 1, Clip: 1})
		})
		requireZeros(t, w, "weights")
	}
}

// TestSGDStepLayout pins what the assembly assumes of SGDStep.
func TestSGDStepLayout(t *testing.T) {
	var s SGDStep
	require.Equal(t, []uintptr{0, 4, 8}, []uintptr{unsafe.Offsetof(s.Rate), unsafe.Offsetof(s.Clip), unsafe.Offsetof(s.Decay)})
	require.EqualValues(t, 12, unsafe.Sizeof(s))
}

package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var testStep = Adam{Rate: 2.5e-4, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 0.5}.Step(3, 1).WithDecay(0.01)

func TestAdamConstants(t *testing.T) {
	s := Adam{Rate: 1, Beta1: 0.5, Beta2: 0.75, Epsilon: 1e-7, Clip: 2}.Step(2, 0.25)
	require.Equal(t, AdamStep{
		Rate:  float32(0.25 * math.Sqrt(1-0.5625) / (1 - 0.25)),
		Beta1: 0.5, OneMinusBeta1: 0.5, Beta2: 0.75, OneMinusBeta2: 0.25, Epsilon: 1e-7, Clip: 2,
	}, s)
	require.Equal(t, float32(0.001), Adam{Beta2: 0.999}.Step(1, 1).OneMinusBeta2, "the difference is taken in float64")
	require.Equal(t, float32(0.1), Adam{Beta1: 0.9}.Step(1, 1).OneMinusBeta1)
	require.Equal(t, float32(3), s.WithDecay(3).Decay)
	require.Zero(t, s.Decay, "WithDecay changed its receiver")
}

// TestAdam bounds the step. The weights' bound starts from the moments that
// the kernel stored, so that every line of the formula is held to its own
// roundings.
func TestAdam(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(30)
		for n := range 4*8 + 4 {
			w, m, v, g := f.floats(n), f.floats(n), f.floats(n), f.floats(n)
			s.fill(w)
			s.fill(m)
			s.fill(v)
			s.fill(g)
			for i := range v {
				v[i] *= v[i]
			}
			w0, m0, v0, g0 := slices.Clone(w), slices.Clone(m), slices.Clone(v), slices.Clone(g)
			AdamF32(w, m, v, g, testStep)
			requireBits(t, g0, g, "n=%d: gradients", n)
			for i := range n {
				checkAdam(t, fmt.Sprintf("n=%d, value %d", n, i), testStep, [4]float32{w0[i], m0[i], v0[i], g0[i]}, w[i], m[i], v[i])
			}
			f.release("n=%d", n)
		}
	})
}

func checkAdam(t *testing.T, what string, c AdamStep, before [4]float32, w, m, v float32) {
	t.Helper()
	w0, m0, v0, g0 := float64(before[0]), float64(before[1]), float64(before[2]), float64(before[3])
	decay, clip := float64(c.Decay)*w0, float64(c.Clip)
	grad := math.Min(math.Max(g0+decay, -clip), clip)
	gradError := gamma(2) * (math.Abs(g0) + math.Abs(decay)) // clipping does not enlarge it

	keep, gain := float64(c.Beta1)*m0, float64(c.OneMinusBeta1)*grad
	near(t, what+": m", keep+gain, m, gamma(3)*(math.Abs(keep)+math.Abs(gain))+float64(c.OneMinusBeta1)*gradError)

	keep, gain = float64(c.Beta2)*v0, float64(c.OneMinusBeta2)*grad*grad
	near(t, what+": v", keep+gain, v, gamma(4)*(math.Abs(keep)+gain)+float64(c.OneMinusBeta2)*(2*math.Abs(grad)+gradError)*gradError)

	move := float64(c.Rate) * float64(m) / (math.Sqrt(float64(v)) + float64(c.Epsilon))
	near(t, what+": w", w0-move, w, gamma(5)*math.Abs(move)+roundoff*math.Abs(w0-move))
}

func near(t *testing.T, what string, want float64, got float32, bound float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= bound) {
		t.Fatalf("%s is %v, want %v ± %.2g", what, got, want, bound)
	}
}

// awkward are values at the edges of float32.
var awkward = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, math.MaxFloat32, -math.MaxFloat32,
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, 0x1.fffffcp-127, -0x1p-130,
	1e-20, -1e-20, 1e20, inf32(1), inf32(-1), nan32(),
}

// TestAdamLearns asserts the direction: a few steps lower a parabola.
func TestAdamLearns(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		const n = 11
		opt := Adam{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}
		w, m, v, g := newSource(31).vector(n), make([]float32, n), make([]float32, n), make([]float32, n)
		for step := 1; step <= 200; step++ {
			ScaleF32(g, w, 2)
			AdamF32(w, m, v, g, opt.Step(step, 1))
		}
		for i, x := range w {
			require.InDelta(t, 0, x, 0.02, "weight %d", i)
		}
	})
}

// TestFadedMomentsBecomeZero, not denormal, and still move no weight.
func TestFadedMomentsBecomeZero(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		w, m, v, g := make([]float32, 40), make([]float32, 40), make([]float32, 40), make([]float32, 40)
		for i := range w {
			w[i], m[i], v[i] = float32(i+1), float32(1-2*(i%2)), 1
		}
		for step := 1; step <= 2000; step++ {
			AdamF32(w, m, v, g, testAdamStep.WithDecay(0))
			for i := range m {
				require.True(t, m[i] == 0 || max(m[i], -m[i]) >= 0x1p-100, "step %d: m is %v", step, m[i])
			}
		}
		requireZeros(t, m, "first moments")
		require.Greater(t, v[0], float32(0.1), "second moments take longer")
	})
}

package quant

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// random returns a K×N matrix whose columns have very different sizes.
func random(k, n int) simd.Packed {
	r := rand.New(rand.NewPCG(uint64(k), uint64(n)))
	p := simd.NewPacked(k, n)
	for i := range k {
		for j := range n {
			p.Set(i, j, float32(r.NormFloat64()*math.Pow(10, float64(j%7-3))))
		}
	}
	return p
}

var shapes = [][2]int{{1, 1}, {3, 15}, {4, 16}, {5, 17}, {64, 33}, {101, 48}}

func TestQuantiseKeepsWithinHalfAStep(t *testing.T) {
	for _, s := range shapes {
		p := random(s[0], s[1])
		w, err := Quantise(p)
		require.NoError(t, err)
		restored := simd.NewPacked(p.K, p.N)
		w.Restore(restored)
		for n := range p.N {
			var top float64
			for k := range p.K {
				v := float64(p.At(k, n))
				top = math.Max(top, math.Abs(v))
				// Half a step, and the rounding of one division and one product.
				require.InDelta(t, v, float64(restored.At(k, n)), float64(w.Scale[n])*0.5+math.Abs(v)*1e-6, "%v, row %d, column %d", s, k, n)
			}
			require.InEpsilon(t, top/Max, float64(w.Scale[n]), 1e-6)
		}
	}
}

func TestQuantiseUsesTheWholeRangeAndPadsWithZero(t *testing.T) {
	for _, s := range shapes {
		w, err := Quantise(random(s[0], s[1]))
		require.NoError(t, err)
		live := make([]bool, len(w.Data))
		for n := range w.N {
			var top int
			for k := range w.K {
				i := w.Index(k, n)
				require.False(t, live[i], "two weights share place %d", i)
				live[i] = true
				top = max(top, int(math.Abs(float64(w.Data[i]))))
			}
			require.Equal(t, Max, top)
		}
		for i, v := range w.Data {
			if !live[i] {
				require.Zero(t, v)
			}
		}
	}
}

func TestRoundTiesToEvenWithinRange(t *testing.T) {
	for v, want := range map[float32]int8{
		0.5: 0, 1.5: 2, -0.5: 0, -1.5: -2, 2.5: 2, 126.5: 126, 127.4: 127, 300: 127, -300: -127,
	} {
		require.Equal(t, want, Round(v), "%v", v)
	}
}

func TestSNR(t *testing.T) {
	p := random(200, 40)
	w, err := Quantise(p)
	require.NoError(t, err)
	// A normal column whose peak is near three deviations keeps about
	// 20·log10(127·√12/3) ≈ 43 dB.
	require.InDelta(t, 43, w.SNR(p), 3)

	exact := simd.NewPacked(3, 2)
	exact.Pack([]float32{127, -2, 4, 127, 0, 64})
	w, err = Quantise(exact)
	require.NoError(t, err)
	require.True(t, math.IsInf(w.SNR(exact), 1))
}

func TestAwkwardWeights(t *testing.T) {
	zero, err := Quantise(simd.NewPacked(5, 3))
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0, 0}, zero.Scale)

	tiny := simd.NewPacked(1, 1)
	tiny.Set(0, 0, math.SmallestNonzeroFloat32)
	w, err := Quantise(tiny)
	require.NoError(t, err)
	require.Zero(t, w.At(0, 0))

	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		p := simd.NewPacked(2, 2)
		p.Set(1, 0, bad)
		_, err := Quantise(p)
		require.ErrorIs(t, err, ErrNotFinite)
		require.ErrorContains(t, err, "row 1, column 0")
	}
}

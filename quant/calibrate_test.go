package quant

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// tailed returns values like those of n(z): many small ones, few large ones.
func tailed(n int) []float32 {
	r, v := rand.New(rand.NewPCG(1, 2)), make([]float32, n)
	for i := range v {
		v[i] = float32(min(r.ExpFloat64()*0.03, 1))
	}
	v[n/2] = 0.9
	return v
}

func TestLimits(t *testing.T) {
	var h Histogram
	values := tailed(100000)
	h.Add(values)
	h.Add([]float32{0, -1, float32(math.NaN())}) // none of them counts
	limit := func(how Calibration) float64 {
		v, err := h.Limit(how)
		require.NoError(t, err)
		return float64(v)
	}
	require.Zero(t, limit(PerRow))
	require.InDelta(t, 0.9, limit(MinMax), 1e-7)
	above := 0
	for _, v := range values {
		if float64(v) > limit(Percentile) {
			above++
		}
	}
	require.LessOrEqual(t, above, len(values)/10000)
	require.Greater(t, above, 0)

	// The least error of the codes themselves is where the histogram says, or next
	// to it.
	off := func(limit float64) (sum float64) {
		codes, step := make([]uint8, len(values)), float32(limit/simd.MaxU7)
		simd.QuantizeU7(codes, values, 1/step)
		for i, v := range values {
			sum += math.Pow(float64(v)-float64(step)*float64(codes[i]), 2)
		}
		return sum
	}
	least := off(limit(LeastError))
	for k := 1; k <= 100; k++ {
		require.Less(t, least, 1.02*off(0.9*float64(k)/100))
	}
	require.Less(t, least, off(limit(MinMax)))
}

func TestLimitsOfNothing(t *testing.T) {
	for _, how := range Calibrations() {
		limit, err := new(Histogram).Limit(how)
		require.NoError(t, err)
		require.Zero(t, limit)
		again, err := ParseCalibration(string(how))
		require.NoError(t, err)
		require.Equal(t, how, again)
	}
	_, err := ParseCalibration("guess")
	require.ErrorIs(t, err, ErrCalibration)
	require.ErrorContains(t, err, "minmax")
	_, err = new(Histogram).Limit("guess")
	require.ErrorIs(t, err, ErrCalibration)
}

// TestValuesBeyondOne, which rounding can make of a row with a single value, count
// as the largest; so do those beyond reason.
func TestValuesBeyondOne(t *testing.T) {
	var h Histogram
	h.Add([]float32{1.0000001, float32(math.Inf(1))})
	require.EqualValues(t, 2, h.counts[bins-1])
}

func TestError(t *testing.T) {
	var e Error
	e.Add([]float32{3, 4}, []float32{3, 4})
	require.True(t, math.IsInf(e.SNR(), 1))
	e.Add([]float32{0, 5}, []float32{0.5, 5})
	require.InDelta(t, 10*math.Log10(50/0.25), e.SNR(), 1e-9)
}

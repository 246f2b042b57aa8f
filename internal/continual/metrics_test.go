package continual

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFigures by hand: three tasks, the first forgotten most.
func TestFigures(t *testing.T) {
	rows := [][]float64{{0.9, 0.2}, {0.95, 0.8, 0.3}, {0.5, 0.6, 1}}
	f := figuresOf(rows, rows[2])
	require.InDelta(t, (0.5+0.6+1)/3, f.ACC, 1e-12)
	require.InDelta(t, ((0.5-0.9)+(0.6-0.8))/2, *f.BWT, 1e-12)
	require.InDelta(t, ((0.95-0.5)+(0.8-0.6))/2, *f.Forgetting, 1e-12, "from when it was known best, not first")
	require.InDelta(t, ((0.2-0.1)+(0.3-0.1))/2, *transfer(rows, 0.1), 1e-12)

	slept := figuresOf(rows, []float64{0.9, 0.9, 0.9})
	require.InDelta(t, 0.9, slept.ACC, 1e-12)
	require.InDelta(t, 0.05, *slept.BWT, 1e-12)
	require.InDelta(t, (0.05-0.1)/2, *slept.Forgetting, 1e-12, "sleep can give back more than was lost")
}

// TestFiguresOfLittle: what needs two tasks is not there for one, nor for mixed ones.
func TestFiguresOfLittle(t *testing.T) {
	for _, f := range []Figures{figuresOf([][]float64{{0.7}}, []float64{0.7}), figuresOf(nil, []float64{0.6, 0.8})} {
		require.InDelta(t, 0.7, f.ACC, 1e-12)
		require.Nil(t, f.BWT)
		require.Nil(t, f.Forgetting)
	}
	require.Nil(t, transfer([][]float64{{0.9}, {0.8, 0.7}}, 0.1), "nothing was measured before it was learned")
	require.Nil(t, transfer(nil, 0.1))
}

func TestSpread(t *testing.T) {
	require.Nil(t, spreadOf(nil))
	require.Equal(t, &Spread{Mean: 3}, spreadOf([]float64{3}))
	s := spreadOf([]float64{1, 2, 6})
	require.InDelta(t, 3, s.Mean, 1e-12)
	require.InDelta(t, math.Sqrt((4+1+9)/2.), s.SD, 1e-12)
}

func TestQuantile(t *testing.T) {
	require.Zero(t, quantile(nil, 0.5))
	require.EqualValues(t, 7, quantile([]float64{7}, 0.95))
	list := []float64{1, 2, 3, 4, 5}
	require.EqualValues(t, 3, quantile(list, 0.5))
	require.InDelta(t, 4.8, quantile(list, 0.95), 1e-12)
}

package runtime

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// digits are the rows of int8Inputs with a label each.
type digits struct {
	x     simd.Matrix
	label int
}

func (d digits) Len() int { return d.x.Rows }
func (d digits) Sample(dst []float32, i int) int {
	copy(dst, d.x.Row(i))
	return d.label
}

// TestObserve shows all that is read, normalised, of as many samples as asked for.
func TestObserve(t *testing.T) {
	_, m := int8Model(t, []int{64, 40}, false)
	s, x := int8Session(t, m, 2), int8Inputs(500) // more than one batch
	widths := []int{196, 64, 40, m.Config.Latents, 40, 64}
	rows := make([]int, len(widths))
	require.NoError(t, s.Observe(context.Background(), digits{x, 1}, 450, func(read int, seen simd.Matrix) {
		require.Equal(t, widths[read], seen.Cols, "%d", read)
		rows[read] += seen.Rows
		for r := range seen.Rows {
			require.InDelta(t, 1, simd.SumSquaresF32(seen.PaddedRow(r)), 1.00001, "%d", read) // or 0
		}
	}))
	for read, n := range rows {
		require.GreaterOrEqual(t, n, 450, "%d", read)
	}
	again, err := s.Surprise(context.Background(), x)
	require.NoError(t, err)
	require.Equal(t, 500, again.Rows, "the session goes on as if nothing had been")

	q, _ := int8Model(t, []int{64, 40}, false)
	never := func(int, simd.Matrix) { t.Error("something was shown") }
	require.ErrorIs(t, int8Session(t, q, 1).Observe(context.Background(), digits{x, 1}, 1, never), ErrInt8)
	require.ErrorIs(t, s.Observe(context.Background(), digits{x, -1}, 1, never), ErrSample)
	ended, end := context.WithCancel(context.Background())
	end()
	require.ErrorIs(t, s.Observe(ended, digits{x, 1}, 1, never), context.Canceled)
}

// TestCalibrate: limits are of what is read, and the network takes them.
func TestCalibrate(t *testing.T) {
	q, m := int8Model(t, []int{64, 40}, false)
	s, x := int8Session(t, m, 1), int8Inputs(40)
	n := make([]float32, 196)
	var top float32
	for r := range x.Rows {
		simd.NormalizeF32(n, x.Row(r))
		for _, v := range n {
			top = max(top, v)
		}
	}
	limits := map[quant.Calibration][]float32{}
	for _, how := range quant.Calibrations() {
		var err error
		limits[how], err = s.Calibrate(context.Background(), digits{x, 1}, 1000, how)
		require.NoError(t, err)
		q.Int8.Clip = limits[how]
		require.NoError(t, q.Validate())
	}
	require.Equal(t, top, limits[quant.MinMax][0])
	require.Equal(t, make([]float32, 6), limits[quant.PerRow])
	for i, v := range limits[quant.MinMax] {
		require.Greater(t, v, float32(0))
		require.LessOrEqual(t, limits[quant.Percentile][i], v)
		require.LessOrEqual(t, limits[quant.LeastError][i], v)
	}
	_, err := s.Calibrate(context.Background(), digits{x, 1}, 5, "guess")
	require.ErrorIs(t, err, quant.ErrCalibration)
}

// TestInt8OfManyInputs: more inputs than 32 bits can sum up.
func TestInt8OfManyInputs(t *testing.T) {
	_, c := fast()
	c.Input, c.Hidden, c.Classes, c.Latents = model.Image(400, 400), []int{5}, []string{"a", "b"}, 3
	m, err := model.New(c, 1)
	require.NoError(t, err)
	q, err := m.Quantise()
	require.NoError(t, err)
	x := simd.NewMatrix(1, 400*400)
	for i := range x.Row(0) {
		x.Row(0)[i] = float32(i%13) / 12
	}
	want, err := int8Session(t, m, 1).Predict(context.Background(), x, Readout)
	require.NoError(t, err)
	got, err := int8Session(t, q, 1).Predict(context.Background(), x, Readout)
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Row(0), got.Row(0), 0.02)
}

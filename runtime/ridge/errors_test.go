package ridge

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

func TestOptions(t *testing.T) {
	nan := math.NaN()
	for _, opt := range []Options{
		{}, {Features: 64}, {Inputs: -1, Features: 64}, {Inputs: MaxInputs + 1, Features: 64}, {Inputs: 1, Features: 63},
		{Inputs: 1, Features: MaxFeatures + 1}, {Inputs: MaxInputs, Features: MaxFeatures}, {Inputs: math.MaxInt, Features: math.MaxInt},
		{Inputs: 9, Features: 64, Width: 2}, {Inputs: 9, Features: 64, Width: -3}, {Inputs: 9, Features: 64, Width: 18}, {Inputs: 1, Features: 64, Lambda: -1}, {Inputs: 1, Features: 64, Lambda: nan}, {Inputs: 1, Features: 64, Lambda: math.Inf(1)}, {Inputs: 1, Features: 64, Lambda: 1e-4},
	} {
		_, err := New(opt)
		require.ErrorIs(t, err, ErrOptions, "%+v", opt)
	}
	opt := newTest(t, Options{Inputs: 1, Features: 64, Seed: 5}).Options()
	require.Equal(t, Options{Inputs: 1, Features: 64, Seed: 5, Lambda: DefaultLambda}, opt)
}

// bad returns samples that nothing may accept.
func bad(inputs int) map[string][]float32 {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := map[string][]float32{"none": nil, "short": make([]float32, inputs-1), "long": make([]float32, inputs+1)}
	for name, v := range map[string]float32{"NaN": nan, "Inf": inf, "−Inf": -inf, "negative": -0.01, "large": 1.01} {
		x[name] = make([]float32, inputs)
		x[name][inputs-1] = v
	}
	return x
}

// TestBadSamplesChangeNothing, alone and at the end of a batch.
func TestBadSamplesChangeNothing(t *testing.T) {
	s := clouds(200, 20, 3, 1)
	c := solve(t, filled(t, small, s))
	want, behind, scores := encoded(t, c), c.Behind(), make([]float32, 3)
	for name, x := range bad(20) {
		require.ErrorIs(t, c.Add(x, 0), ErrSample, name)
		require.ErrorIs(t, c.Remove(x, 0), ErrSample, name)
		require.ErrorIs(t, c.Relabel(x, 0, 1), ErrSample, name)
		_, err := c.Predict(scores, x)
		require.ErrorIs(t, err, ErrSample, name)
		if len(x) == 20 {
			batch := clouds(101, 20, 3, 1)
			copy(batch.x.Row(100), x)
			require.ErrorIs(t, c.AddBatch(batch.x, batch.labels), ErrSample, name)
			require.ErrorIs(t, c.RemoveBatch(batch.x, batch.labels), ErrSample, name)
		}
	}
	x := s.x.Row(0)
	for _, label := range []int{-2, model.MaxClasses, math.MinInt, math.MaxInt} {
		require.ErrorIs(t, c.Add(x, label), ErrSample)
		require.ErrorIs(t, c.Remove(x, label), ErrSample)
		require.ErrorIs(t, c.Relabel(x, 0, label), ErrSample)
		require.ErrorIs(t, c.RemoveClass(label), ErrSample)
		require.Zero(t, c.Count(label))
	}
	require.Equal(t, want, encoded(t, c))
	require.Equal(t, behind, c.Behind())
}

// TestBadBatches: matrices that are none.
func TestBadBatches(t *testing.T) {
	c, one := newTest(t, small), make([]float32, 32)
	for _, x := range []simd.Matrix{
		{}, {Rows: -1, Cols: 20, Stride: 32, Data: one}, {Rows: 2, Cols: 20, Stride: 32, Data: one}, {Rows: 1, Cols: 20, Stride: 16, Data: one},
		{Rows: 1, Cols: -1, Stride: 32, Data: one}, {Rows: 1, Cols: 20, Stride: 32}, {Rows: 1, Cols: 19, Stride: 32, Data: one}, {Rows: 1, Cols: 20, Stride: math.MaxInt, Data: one},
	} {
		require.ErrorIs(t, c.AddBatch(x, []int{0}), ErrSample, "%+v", x)
	}
	require.NoError(t, c.AddBatch(simd.Matrix{}, nil))
	require.Zero(t, c.Samples())
}

// TestWhatIsAbsentCannotBeRemoved, and a batch with such a sample is not, either.
func TestWhatIsAbsentCannotBeRemoved(t *testing.T) {
	s := clouds(150, 20, 2, 2)
	x := s.x.Row(0)
	c := newTest(t, small)
	require.ErrorIs(t, c.Remove(x, 0), ErrAbsent)
	require.ErrorIs(t, c.Remove(x, Unlabelled), ErrAbsent)
	require.NoError(t, c.Add(x, 0))
	require.ErrorIs(t, c.Remove(x, 1), ErrAbsent)
	require.ErrorIs(t, c.Remove(x, Unlabelled), ErrAbsent)
	require.ErrorIs(t, c.Remove(s.x.Row(1), 0), ErrAbsent)
	require.ErrorIs(t, c.Relabel(s.x.Row(1), 0, 1), ErrAbsent)
	require.ErrorIs(t, c.Relabel(x, 1, 0), ErrAbsent)

	require.NoError(t, c.Remove(x, 0))
	s.some(1, 150).add(t, c)
	solve(t, c)
	want, before := encoded(t, c), c.weights
	more := s.some(1, 150)
	more.labels = append(more.labels[:148:148], 7)
	require.ErrorIs(t, c.RemoveBatch(more.x, more.labels), ErrAbsent)
	require.Equal(t, want, encoded(t, c))
	require.Equal(t, before, c.weights)
	require.Zero(t, c.Behind())
}

// TestFull: what would leave 32 bits is refused, in a batch all of it.
func TestFull(t *testing.T) {
	s := clouds(100, 20, 2, 3)
	c := filled(t, small, s)
	want, last := encoded(t, c), small.Features-1
	c.diagonal[last] = maxSum - constant*constant*70
	before := c.diagonal[last]
	require.ErrorIs(t, c.AddBatch(s.x, s.labels), ErrFull)
	require.Equal(t, before, c.diagonal[last])
	require.Equal(t, want, encoded(t, c))
	s.some(0, 70).add(t, c)
	require.ErrorIs(t, c.Add(s.x.Row(0), 0), ErrFull)
}

// TestPredictNeedsASolution and room.
func TestPredictNeedsASolution(t *testing.T) {
	s := clouds(10, 20, 2, 4)
	c := newTest(t, small)
	_, err := c.Predict(nil, s.x.Row(0))
	require.ErrorIs(t, err, ErrUnsolved)
	_, err = solve(t, c).Predict(nil, s.x.Row(0))
	require.ErrorIs(t, err, ErrUnsolved)
	c = filled(t, small, s)
	_, err = c.Predict(make([]float32, 2), s.x.Row(0))
	require.ErrorIs(t, err, ErrUnsolved)
	_, err = solve(t, c).Predict(make([]float32, 3), s.x.Row(0))
	require.ErrorIs(t, err, ErrSample)
}

// TestWrongRemovals that could not be seen are noticed by Solve, which leaves the
// solution as it was.
func TestWrongRemovals(t *testing.T) {
	s := clouds(400, 20, 3, 5)
	c := solve(t, filled(t, small, s.some(0, 200)))
	before := c.weights
	for i := range 200 {
		if err := c.Remove(s.x.Row(200+i), s.labels[200+i]); err != nil {
			require.ErrorIs(t, err, ErrAbsent)
		}
	}
	require.ErrorIs(t, c.Solve(context.Background()), ErrIndefinite)
	require.Equal(t, before, c.weights)
	require.Equal(t, encoded(t, c), encoded(t, decoded(t, encoded(t, c))))
}

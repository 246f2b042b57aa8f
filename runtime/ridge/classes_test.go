package ridge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// of returns the samples whose label is one of labels, or none of them.
func (s samples) of(in bool, labels ...int) samples {
	part := clouds(0, s.x.Cols, 1, 0)
	for i, label := range s.labels {
		found := false
		for _, l := range labels {
			found = found || l == label
		}
		if found == in {
			part.x.Data = append(part.x.Data, s.x.Data[i*s.x.Stride:(i+1)*s.x.Stride]...)
			part.labels = append(part.labels, label)
			part.x.Rows++
		}
	}
	part.x.Stride = s.x.Stride
	return part
}

// withLabel returns the samples with another label.
func (s samples) withLabel(label int) samples {
	s.labels = make([]int, len(s.labels))
	for i := range s.labels {
		s.labels[i] = label
	}
	return s
}

// TestClassesComeOneAfterTheOther, and none is forgotten.
func TestClassesComeOneAfterTheOther(t *testing.T) {
	s, fresh := clouds(600, 20, 5, 1), clouds(200, 20, 5, 2)
	c := newTest(t, small)
	for label := range 5 {
		s.of(true, label).add(t, c)
		require.Equal(t, label+1, c.Classes())
		_, accuracy := fresh.of(true, label).scores(t, solve(t, c))
		require.Greater(t, accuracy, 0.9)
	}
	_, accuracy := fresh.scores(t, c)
	require.Greater(t, accuracy, 0.95)
	require.Equal(t, encoded(t, filled(t, small, s)), encoded(t, c))
}

// TestANewClassScoresNothing until it is solved for.
func TestANewClassScoresNothing(t *testing.T) {
	s := clouds(100, 20, 4, 3)
	c := solve(t, filled(t, small, s.of(true, 0, 1)))
	s.of(true, 3).add(t, c)
	scores := make([]float32, 4)
	_, err := c.Predict(scores, s.x.Row(0))
	require.NoError(t, err)
	require.Zero(t, scores[2])
	require.Zero(t, scores[3])
}

// TestAClassGoesWithItsSamples: what is left is as if it had never been.
func TestAClassGoesWithItsSamples(t *testing.T) {
	s := clouds(300, 20, 5, 4)
	for _, label := range []int{2, 4} {
		want := encoded(t, filled(t, small, s.of(false, label)))
		c := filled(t, small, s)
		s.of(true, label).remove(t, c)
		require.Equal(t, want, encoded(t, c))

		c = solve(t, filled(t, small, s))
		require.NoError(t, c.RemoveClass(label))
		require.Zero(t, c.Count(label))
		require.EqualValues(t, 300, c.Samples())
		s.of(true, label).withLabel(Unlabelled).remove(t, c)
		require.Equal(t, want, encoded(t, c))
	}
}

// TestARemovedClassIsNotPredicted, from that moment on and after Solve.
func TestARemovedClassIsNotPredicted(t *testing.T) {
	s := clouds(300, 20, 4, 5)
	c := solve(t, filled(t, small, s))
	require.NoError(t, c.RemoveClass(1))
	require.Equal(t, 4, c.Classes())
	scores := make([]float32, 4)
	for range 2 {
		for i := range s.labels {
			got, err := c.Predict(scores, s.x.Row(i))
			require.NoError(t, err)
			require.NotEqual(t, 1, got)
			require.Zero(t, scores[1])
		}
		solve(t, c)
	}
	require.ErrorIs(t, c.RemoveClass(1), ErrSample)
	require.ErrorIs(t, c.RemoveClass(4), ErrSample)
	require.NoError(t, c.RemoveClass(3))
	require.Equal(t, 3, c.Classes())
	_, accuracy := s.of(true, 0, 2).scores(t, c)
	require.Greater(t, accuracy, 0.95)
}

// TestRelabel is removing and adding.
func TestRelabel(t *testing.T) {
	s := clouds(100, 20, 3, 6)
	c, want := filled(t, small, s), filled(t, small, s)
	for i := range 20 {
		into := i%5 - 1
		require.NoError(t, c.Relabel(s.x.Row(i), s.labels[i], into))
		require.NoError(t, want.Remove(s.x.Row(i), s.labels[i]))
		require.NoError(t, want.Add(s.x.Row(i), into))
	}
	require.Equal(t, encoded(t, want), encoded(t, c))
	require.EqualValues(t, 4, c.unlabelled())
}

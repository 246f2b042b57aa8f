package ridge

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOrderDoesNotMatter to the bit: one by one in any order, in batches of any
// size, with solutions in between.
func TestOrderDoesNotMatter(t *testing.T) {
	s := clouds(230, 20, 4, 1)
	one := solve(t, filled(t, small, s))
	want, scores := encoded(t, one), one.weights
	for seed := range uint64(4) {
		c := newTest(t, small)
		s.shuffled(t, c, seed)
		require.Equal(t, want, encoded(t, c))
		require.Equal(t, scores, solve(t, c).weights)
	}
	for _, n := range []int{1, 7, 63, 64, 65, 200} {
		c := newTest(t, small)
		for lo := 0; lo < 230; lo += n {
			s.some(lo, min(lo+n, 230)).add(t, c)
			if n > 7 {
				solve(t, c)
			}
		}
		require.Equal(t, want, encoded(t, c))
		require.Equal(t, scores, solve(t, c).weights)
	}
}

// TestRemovingUndoesAdding to the bit, whatever came in between.
func TestRemovingUndoesAdding(t *testing.T) {
	s := clouds(300, 20, 5, 2)
	c := filled(t, small, s.some(0, 100))
	want := encoded(t, c)
	s.some(100, 300).add(t, c)
	require.NotEqual(t, want, encoded(t, c))
	for _, i := range random(1).Perm(200) {
		require.NoError(t, c.Remove(s.x.Row(100+i), s.labels[100+i]))
	}
	require.Equal(t, want, encoded(t, c))
	s.some(0, 100).remove(t, c)
	require.Equal(t, encoded(t, newTest(t, small)), encoded(t, c))
	require.Zero(t, c.Classes())
	require.Zero(t, c.Samples())
}

// TestMerge: two classifiers that are merged have learnt the samples of both.
func TestMerge(t *testing.T) {
	s := clouds(200, 20, 6, 3)
	want := encoded(t, filled(t, small, s))
	a, b := filled(t, small, s.some(0, 77)), filled(t, small, s.some(77, 200))
	before := encoded(t, b)
	require.NoError(t, a.Merge(b))
	require.Equal(t, want, encoded(t, a))
	require.Equal(t, before, encoded(t, b))
	require.EqualValues(t, 200, a.Behind())

	empty := newTest(t, small)
	require.NoError(t, empty.Merge(a))
	require.Equal(t, want, encoded(t, empty))
	require.NoError(t, empty.Merge(empty), "all samples twice")
	s.add(t, a)
	require.Equal(t, encoded(t, a), encoded(t, empty))
}

// TestMergeRefuses what has other features.
func TestMergeRefuses(t *testing.T) {
	s := clouds(10, 20, 2, 4)
	c := filled(t, small, s)
	want := encoded(t, c)
	for _, change := range []func(*Options){
		func(o *Options) { o.Seed++ }, func(o *Options) { o.Inputs++ }, func(o *Options) { o.Features++ }, func(o *Options) { o.Width = 10 },
	} {
		opt := small
		change(&opt)
		require.ErrorIs(t, c.Merge(newTest(t, opt)), ErrMismatch)
	}
	other := small
	other.Lambda = 7
	require.NoError(t, c.Merge(newTest(t, other)))
	full := decoded(t, want)
	full.diagonal[5] = maxSum
	require.ErrorIs(t, c.Merge(full), ErrFull)
	require.Equal(t, want, encoded(t, c))
}

// TestSeedsDiffer, and are all that features depend on.
func TestSeedsDiffer(t *testing.T) {
	s, other := clouds(20, 20, 2, 5), small
	other.Seed++
	a, b, again := filled(t, small, s), filled(t, other, s), filled(t, small, s)
	require.NotEqual(t, a.diagonal, b.diagonal)
	require.Equal(t, a.diagonal, again.diagonal)
}

// TestSumsLargerThan31Bits are whole: ΦᵀΦ is kept modulo 2³².
func TestSumsLargerThan31Bits(t *testing.T) {
	s := clouds(100, 20, 3, 6)
	c := filled(t, small, s)
	want, _ := s.scores(t, solve(t, c))
	times := 1.0
	for c.Merge(c) == nil { // all samples twice
		times *= 2
	}
	require.Greater(t, slices.Max(c.diagonal), uint32(1<<31))
	require.ErrorIs(t, c.Merge(c), ErrFull)
	c.opt.Lambda *= times
	got, _ := s.scores(t, solve(t, c))
	require.InDeltaSlice(t, want, got, 1e-5)
	require.Equal(t, encoded(t, c), encoded(t, decoded(t, encoded(t, c))))
}

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuartiles(t *testing.T) {
	require.Equal(t, quartiles{2, 3, 4}, quartilesOf([]float64{5, 1, 4, 2, 3}))
	require.Equal(t, quartiles{1.75, 2.5, 3.25}, quartilesOf([]float64{4, 3, 2, 1}))
	require.Equal(t, quartiles{7, 7, 7}, quartilesOf([]float64{7}))
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	// The second round is slow for both: the ratio does not see it.
	require.Equal(t, quartiles{2, 2, 2}, ratios([]float64{2, 20, 2}, []float64{1, 10, 1}))
}

// TestMeasureInterleaves: each round has a turn of every contender, and each
// turn an uncounted call before the burst.
func TestMeasureInterleaves(t *testing.T) {
	var turns []string
	spy := func(name string) contender {
		return contender{run: func(times int) {
			turns = append(turns, name)
			time.Sleep(time.Duration(times) * time.Millisecond)
		}}
	}
	p := plan{rounds: 3, burst: time.Millisecond, clock: wallTime}
	seconds := p.measure([]contender{spy("a"), spy("b")})
	require.Equal(t, []string{"a", "a", "b", "b", "b", "b", "a", "a", "a", "a", "b", "b"}, turns[len(turns)-12:])
	require.Len(t, seconds, 2)
	for _, rounds := range seconds {
		require.Len(t, rounds, 3)
		for _, s := range rounds {
			require.GreaterOrEqual(t, s, 0.001)
		}
	}
}

func TestCalibrateFillsABurst(t *testing.T) {
	calls := 0
	c := contender{run: func(times int) {
		calls += times
		time.Sleep(time.Duration(times) * time.Millisecond)
	}}
	times := plan{burst: 20 * time.Millisecond, clock: wallTime}.calibrate(c)
	require.Positive(t, times)
	require.LessOrEqual(t, times, 21, "each call takes a millisecond or more")
	require.Positive(t, calls)
}

// TestClocksRise: both count while the process computes.
func TestClocksRise(t *testing.T) {
	for _, c := range []clock{wallTime, cpuTime} {
		before := c()
		uniform(1000, 1)
		require.Greater(t, c(), before)
	}
}

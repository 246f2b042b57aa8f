package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func TestLearn(t *testing.T) {
	was := simd.Active()
	var r report
	require.NoError(t, json.Unmarshal([]byte(done(t, words(quick+"--learn --learn-epochs 1 --json")...)), &r))
	require.Equal(t, was, simd.Active())
	require.Empty(t, r.Accuracy)
	require.Len(t, r.Learning, 2*3) // seeds, methods
	for _, l := range r.Learning {
		require.Equal(t, "40-30", l.Size)
		require.InDelta(t, l.Full, l.Int8, 30)
		require.Positive(t, l.Start)
	}
	require.Len(t, r.Pace, 2*len(simd.Usable()))
	for _, p := range r.Pace {
		require.Positive(t, p.Before)
		require.Positive(t, p.After)
		if p.FullBytes > 0 {
			require.Less(t, float64(p.Int8Bytes), 0.45*float64(p.FullBytes))
		}
	}
	text := done(t, words(quick+"--learn --learn-epochs 1")...)
	require.Contains(t, text, "a lesson of one sample")
	require.Contains(t, text, "points lost")
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLearnTellsNovelty: a stream is the measure of itself, once a few hundred samples
// have passed, and while it stays as it is there is no warning.
func TestLearnTellsNovelty(t *testing.T) {
	dir := digitStore(t)
	require.Zero(t, exec1(t.Context(), strings.NewReader(strings.Join(digitLines(t, 3, 300, 4), "")), "learn", "--store", dir, "--json").code)
	o := exec1(t.Context(), strings.NewReader(strings.Join(digitLines(t, 4, 700, 4), "")), "learn", "--store", dir, "--json", "--wait", "1m")
	require.Zero(t, o.code, o.stderr)
	require.NotContains(t, o.stderr, "warning")
	list, sum := objects(t, o.stdout), 0.0
	require.Len(t, list, 700)
	require.NotContains(t, list[100], "novelty", "too few to tell")
	for _, s := range list[400:] {
		v, told := s["novelty"].(float64)
		require.True(t, told)
		require.True(t, v >= 0 && v < 1)
		sum += v / 300
	}
	require.InDelta(t, 0.5, sum, 0.2)
}

package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/novelty"
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

// TestAlertness: a change is told once, with a warning before it at most, and what
// comes after it is the new measure.
func TestAlertness(t *testing.T) {
	a, err := newAlertness(2)
	require.NoError(t, err)
	var notes []string
	note := func(s string) { notes = append(notes, s) }
	r := rand.New(rand.NewPCG(1, 2))
	ask := func(lead float64) *float64 {
		s := novelty.Signal{Lead: float32(lead + 0.1*r.NormFloat64()), Confidence: 0.9, Energy: float32(2 + 0.1*r.NormFloat64()), Error: 1}
		v, err := a.score(s, note)
		require.NoError(t, err)
		require.NoError(t, a.learn(s))
		return v
	}
	for i := range 1000 {
		require.Equal(t, i <= novelty.ScaleSamples, ask(1) == nil, i)
	}
	require.Empty(t, notes)
	for i := 0; len(notes) < 2; i++ {
		require.Less(t, i, 100)
		require.Greater(t, *ask(0), 0.99)
	}
	require.Contains(t, notes[1], "drift")
	for range 1000 {
		ask(0)
	}
	require.Len(t, notes, 2, "that has become usual")
	require.NoError(t, a.grow(3))
	require.Equal(t, 3, a.gauge.Classes())
}

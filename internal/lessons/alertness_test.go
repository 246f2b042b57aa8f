package lessons

import (
	"math/rand/v2"
	"testing"

	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/stretchr/testify/require"
)

// TestAlertness: a change is told once, with a warning before it at most, and what
// comes after it is the new measure.
func TestAlertness(t *testing.T) {
	a, err := NewAlertness(2)
	require.NoError(t, err)
	var notes []novelty.State
	r := rand.New(rand.NewPCG(1, 2))
	ask := func(lead float64) *float64 {
		s := novelty.Signal{Lead: float32(lead + 0.1*r.NormFloat64()), Confidence: 0.9, Energy: float32(2 + 0.1*r.NormFloat64()), Error: 1}
		v, state, err := a.Score(s)
		require.NoError(t, err)
		if state != novelty.Steady {
			notes = append(notes, state)
		}
		require.NoError(t, a.Learn(s))
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
	require.Equal(t, novelty.Drifting, notes[1])
	for range 1000 {
		ask(0)
	}
	require.Len(t, notes, 2, "that has become usual")
	require.NoError(t, a.Grow(3))
	require.Equal(t, 3, a.gauge.Classes())
}

//go:build !race

package novelty

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNothingIsAllocated by adding, scoring and watching.
func TestNothingIsAllocated(t *testing.T) {
	g, err := NewGauge(Options{Classes: 4, Memory: 1024})
	require.NoError(t, err)
	fill(t, g, ScaleSamples+1, 1)
	d, r := newDrift(t, DriftOptions{Alarm: 20}), random(2)
	require.Zero(t, testing.AllocsPerRun(2000, func() {
		s := known(r, 4)
		score, err := g.Score(s)
		if err == nil {
			_, err = d.Update(score)
		}
		if err == nil {
			err = g.Add(s)
		}
		if err != nil {
			t.Error(err)
		}
	}))
}

func BenchmarkScore(b *testing.B) {
	g, s := calibrated(b, 1000, 1), known(random(1), 4)
	for b.Loop() {
		if _, err := g.Score(s); err != nil {
			b.Fatal(err)
		}
	}
}

package main

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestROC(t *testing.T) {
	require.Equal(t, curve{1, 0}, roc([]float64{1, 2, 3}, []float64{4, 5}))
	require.Equal(t, curve{0, 1}, roc([]float64{4, 5}, []float64{1, 2, 3}))
	require.Equal(t, curve{0.5, 1}, roc([]float64{1, 1}, []float64{1}))
}

// TestROCOfPairs counts them.
func TestROCOfPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		known, unknown := make([]float64, 1+r.IntN(30)), make([]float64, 1+r.IntN(60))
		for i := range known {
			known[i] = float64(r.IntN(20))
		}
		for i := range unknown {
			unknown[i] = float64(r.IntN(25))
		}
		want := 0.0
		for _, k := range known {
			for _, u := range unknown {
				switch {
				case u > k:
					want++
				case u == k:
					want += 0.5
				}
			}
		}
		got := roc(known, unknown)
		require.InDelta(t, want/float64(len(known)*len(unknown)), got.AUROC, 1e-12)
		// The largest bound that at least 95 % of the new ones reach.
		bound := 0.0
		for _, u := range unknown {
			if above(unknown, u) >= 0.95 {
				bound = max(bound, u)
			}
		}
		require.InDelta(t, above(known, bound), got.FPR95, 1e-12)
	}
}

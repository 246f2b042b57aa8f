//go:build !race

package ridge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSteadyStateAllocatesNothing: predicting, adding, removing and relabelling.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	s := clouds(200, 20, 3, 1)
	c := solve(t, filled(t, small, s))
	scores, i := make([]float32, 3), 0
	require.Zero(t, testing.AllocsPerRun(300, func() {
		x, label := s.x.Row(i%200), s.labels[i%200]
		i++
		if _, err := c.Predict(scores, x); err != nil {
			t.Error(err)
		}
		if c.Add(x, 1) != nil || c.Relabel(x, 1, 2) != nil || c.Remove(x, 2) != nil || c.Remove(x, label) != nil || c.Add(x, label) != nil {
			t.Error("refused")
		}
		if c.AddBatch(s.x, s.labels) != nil || c.RemoveBatch(s.x, s.labels) != nil {
			t.Error("refused")
		}
	}))
}

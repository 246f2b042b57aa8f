package lessons

import (
	"testing"

	"github.com/pffedge/pffedge/runtime"
	"github.com/stretchr/testify/require"
)

// TestSleepPlan: whatever a step takes, the rate falls steadily, to 0 with the last step,
// and the time is kept.
func TestSleepPlan(t *testing.T) {
	for _, c := range []struct{ seconds, step, later float64 }{{30, 0.01, 0.01}, {30, 0.01, 0.03}, {30, 0.03, 0.01}, {5, 1, 1}, {100, 1e-4, 2e-4}, {1, 0.2, 0.1}, {0.01, 1, 1}} {
		p := &SleepPlan{Seconds: c.seconds}
		elapsed, share := 0.0, 0.0
		var last *runtime.Sleep
		for n := 0; ; n++ {
			op := p.Next(func() float64 { return elapsed })
			if op == nil {
				break
			}
			_, err := op.Append(nil)
			require.NoError(t, err)
			require.Equal(t, n == 0, op.From == 0)
			if n > 0 {
				require.InDelta(t, share, float64(op.From)/float64(op.Of), max(0.02, 1/float64(op.Of)), "%+v: operation %d", c, n)
			}
			share = float64(op.From+op.Steps) / float64(op.Of)
			each := c.step
			if n > 10 {
				each = c.later
			}
			p.Did(op, each*float64(op.Steps))
			elapsed, last = elapsed+each*float64(op.Steps), op
		}
		require.NotNil(t, last)
		if elapsed > SleepProbe*c.step*1.5 {
			require.InDelta(t, 1, share, 0.02, "%+v", c)
			require.InDelta(t, c.seconds, elapsed, max(0.25*c.seconds, SleepPart*max(c.step, c.later)), "%+v", c)
		}
	}
}

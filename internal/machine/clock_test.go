package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClocksRise while something is computed.
func TestClocksRise(t *testing.T) {
	for name, now := range Clocks {
		before, x := now(), 1.0
		for start := time.Now(); time.Since(start) < 5*time.Millisecond; {
			x = x*1.0000001 + 1
		}
		require.Greater(t, now(), before, "%s, %v", name, x)
	}
	require.Contains(t, Clocks, "wall")
}

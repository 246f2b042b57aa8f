package machine

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParsePeak(t *testing.T) {
	require.EqualValues(t, 12345<<10, parsePeak("Name:\tx\nVmPeak:\t  99999 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB"))
	require.EqualValues(t, 1<<10, parseStatus("VmHWM:\t   12345 kB\nVmRSS:\t 1 kB", "VmRSS:"))
	for _, text := range []string{"", "VmHWM:", "VmHWM:\tmany kB", "VmHWM: -1 kB", "VmHWM: 99999999999999999999 kB"} {
		require.Zero(t, parsePeak(text), text)
	}
}

// TestPeakMemory rises with what is used.
func TestPeakMemory(t *testing.T) {
	before := PeakMemory()
	if before == 0 {
		require.Empty(t, os.Getenv("PFFEDGE_REQUIRE"), "PFFEDGE_REQUIRE is set, and this system does not tell")
		t.Skip("this system does not tell")
	}
	const size = 64 << 20
	x := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		x[i] = 1
	}
	require.GreaterOrEqual(t, PeakMemory(), before)
	require.GreaterOrEqual(t, PeakMemory(), int64(size))
	require.GreaterOrEqual(t, ResidentMemory(), int64(size))
	require.LessOrEqual(t, ResidentMemory(), PeakMemory())
	require.EqualValues(t, 1, x[size/2])
}

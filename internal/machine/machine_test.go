package machine

import (
	"encoding/json"
	goruntime "runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLook(t *testing.T) {
	f := Look()
	require.Equal(t, goruntime.GOOS, f.OS)
	require.Equal(t, goruntime.GOARCH, f.Arch)
	require.Equal(t, goruntime.NumCPU(), f.Cores)
	require.Equal(t, goruntime.GOMAXPROCS(0), f.Threads)
	require.NotNil(t, f.Features, "a list, for JSON")
	if goruntime.GOARCH == "amd64" {
		require.NotEmpty(t, f.Vendor)
		require.Positive(t, f.Caches.Line)
	}
	if goruntime.GOOS == "linux" {
		require.Positive(t, f.Memory.Total)
		require.LessOrEqual(t, f.Memory.Available, f.Memory.Total)
	}
	for _, size := range []int{f.Caches.L1Data, f.Caches.L2, f.Caches.L3, f.Caches.Line} {
		require.GreaterOrEqual(t, size, 0)
	}
}

func TestArmName(t *testing.T) {
	require.Equal(t, "Cortex-A53", armName(0xd03))
	require.Equal(t, "Cortex-A76", armName(0xd0b))
	require.Equal(t, "part 0xd81", armName(0xd81))
	require.Empty(t, armName(0))
}

func TestJSONKeys(t *testing.T) {
	b, err := json.Marshal(Facts{Board: "b"})
	require.NoError(t, err)
	require.JSONEq(t, `{"os": "", "arch": "", "board": "b", "cpu": "", "vendor": "", "features": null, "cores": 0, "threads": 0,
		"caches": {"l1_data": 0, "l2": 0, "l3": 0, "line": 0}, "memory": {"total": 0, "available": 0}}`, string(b))
}

package show

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", -1: "-1 B",
		1024: "1.0 KiB", 1536: "1.5 KiB", -1536: "-1.5 KiB",
		1<<20 - 1: "1.0 MiB", 1<<20 - 60: "1023.9 KiB",
		20 << 20: "20.0 MiB", 1 << 30: "1.0 GiB", 3 << 40: "3.0 TiB", 1 << 50: "1.0 PiB",
		math.MaxInt64: "8.0 EiB", math.MinInt64: "-8.0 EiB",
	} {
		require.Equal(t, want, Bytes(n), "%d", n)
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0.00%", 1: "100.00%", 0.975: "97.50%", 0.12345: "12.35%",
		0.999999: "99.99%", 0.000001: "0.01%", -0.5: "-50.00%", 1.5: "150.00%",
		math.Inf(1): "–",
	} {
		require.Equal(t, want, Percent(share), "%g", share)
	}
	require.Equal(t, "–", Percent(math.NaN()))
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 s", 3.5e-4: "350 µs", 9.994e-4: "999 µs", 9.996e-4: "1.0 ms",
		0.0123: "12.3 ms", 0.9999: "999.9 ms", 0.99996: "1.0 s", 4.21: "4.2 s",
		59.94: "59.9 s", 59.96: "1 min 00 s", 187: "3 min 07 s", 3599.4: "59 min 59 s",
		3599.6: "1 h 00 min", 7500: "2 h 05 min", 86369: "23 h 59 min", 86370: "1 d 00 h",
		97200: "1 d 03 h", 86400*9 - 1: "9 d 00 h",
		-1: "–", math.Inf(1): "–",
	} {
		require.Equal(t, want, Duration(seconds), "%g", seconds)
	}
	require.Equal(t, "–", Duration(math.NaN()))
}

package show

import (
	"fmt"
	"math"
)

// unknown stands for a quantity that is not a number.
const unknown = "–"

// Bytes prints n in bytes or the binary unit that keeps it below 1024, with
// one decimal: 512 B, 1.5 KiB, 20.0 MiB.
func Bytes(n int64) string {
	v := math.Abs(float64(n))
	if v < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	units := []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	v /= 1024
	i := 0
	for v >= 1023.95 && i < len(units)-1 {
		v /= 1024
		i++
	}
	return fmt.Sprintf("%.1f %s", math.Copysign(v, float64(n)), units[i])
}

// Percent prints a share of 1 with two decimals: 0.975 is 97.50%. Only exact 0
// and 1 become 0.00% and 100.00%: one error in a million is still an error.
func Percent(share float64) string {
	switch {
	case math.IsNaN(share) || math.IsInf(share, 0):
		return unknown
	case share > 0 && share < 1:
		share = min(max(share, 0.0001), 0.9999)
	}
	return fmt.Sprintf("%.2f%%", 100*share)
}

// Duration prints seconds in the units a reader would use: 350 µs, 12.3 ms,
// 4.2 s, 3 min 07 s, 2 h 05 min, 1 d 03 h.
func Duration(seconds float64) string {
	switch {
	case math.IsNaN(seconds) || math.IsInf(seconds, 0) || seconds < 0:
		return unknown
	case seconds == 0:
		return "0 s"
	case seconds < 0.9995e-3:
		return fmt.Sprintf("%.0f µs", seconds*1e6)
	case seconds < 0.99995:
		return fmt.Sprintf("%.1f ms", seconds*1e3)
	case seconds < 59.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 3599.5:
		return twoUnits(seconds, 60, "min", "s")
	case seconds < 86400-30:
		return twoUnits(seconds/60, 60, "h", "min")
	}
	return twoUnits(seconds/3600, 24, "d", "h")
}

// twoUnits prints small, rounded, as whole large units of size small ones and
// the rest.
func twoUnits(small, size float64, large, unit string) string {
	small = math.Round(small)
	return fmt.Sprintf("%.0f %s %02.0f %s", math.Floor(small/size), large, math.Mod(small, size), unit)
}

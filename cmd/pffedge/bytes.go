package main

import (
	"math"
	"strconv"
	"strings"
)

// byteUnits are what a number of bytes may end with.
var byteUnits = []struct {
	name string
	size float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// parseBytes reads a number of bytes, such as 157KB, 4 MB, 1.5MiB or 4000.
func parseBytes(flag, text string) (int, error) {
	for _, unit := range byteUnits {
		number, ok := strings.CutSuffix(strings.TrimSpace(text), unit.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if n := v * unit.size; err == nil && n >= 0 && n <= math.MaxInt32 {
			return int(math.Round(n)), nil
		}
		break
	}
	return 0, usagef("%s %q, want a number of bytes below 2 GiB, such as 157KB, 4MB or 1MiB", flag, text)
}

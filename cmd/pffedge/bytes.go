package main

import (
	"strconv"
	"strings"
)

// units are the bytes of what may stand behind a number of them.
var units = map[string]int{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}

// parseBytes parses a number of bytes such as 157KB or 1.5 MiB, which a flag has.
func parseBytes(flag, s string) (int, error) {
	number := strings.TrimRight(s, "bBkKmMgGiI ")
	unit, known := units[strings.ToLower(strings.TrimSpace(s[len(number):]))]
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if most := float64(1 << 30); err != nil || !known || !(v >= 0) || v*float64(unit) > most {
		return 0, usagef("%s %q, want bytes up to 1GiB such as 157KB or 4MiB", flag, s)
	}
	return int(v * float64(unit)), nil
}

func parseUint(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }

package main

import (
	"math"
	"strconv"
	"strings"
)

// units of a quantity, in lower case: what one of each is.
type units map[string]float64

var (
	byteUnits = units{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9,
		"k": 1e3, "m": 1e6, "g": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}
	jouleUnits = units{"": 1, "j": 1, "kj": 1e3, "wh": 3600, "mwh": 3.6}
)

// parse parses a number ≥ 0 with a unit behind it, in any case.
func (u units) parse(text string) (value float64, ok bool) {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit, known := u[strings.ToLower(strings.TrimSpace(text[len(number):]))]
	if strings.ContainsAny(number, "xXpP_") {
		return 0, false
	}
	value, err := strconv.ParseFloat(number, 64)
	value *= unit
	return value, known && err == nil && value >= 0 && !math.IsInf(value, 0)
}

// parseBytes parses the bytes that a flag has, at most as many as an int holds
// everywhere.
func parseBytes(flag, text string) (int, error) {
	v, ok := byteUnits.parse(text)
	if !ok || v > math.MaxInt32 {
		return 0, usagef("%s %q, want bytes like 157KB (1000 each), 64KiB (1024) or 1.5MB, up to 2GB", flag, text)
	}
	return int(v), nil
}

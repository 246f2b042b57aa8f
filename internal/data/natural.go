package data

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// compareNatural orders names as people do: numbers first and by value, then
// words, in which runs of digits count as numbers ("img9" before "img10").
// It is a total order: only equal strings compare equal.
func compareNatural(a, b string) int {
	x, xok := number(a)
	y, yok := number(b)
	switch {
	case xok && yok:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case xok:
		return -1
	case yok:
		return 1
	}
	return cmp.Or(compareRuns(a, b), strings.Compare(a, b))
}

func number(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// compareRuns compares digit runs by value and everything else by byte.
func compareRuns(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[da:], b[db:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits returns the length of the run of digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

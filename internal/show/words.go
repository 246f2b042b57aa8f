package show

import (
	"fmt"
	"strings"
)

// Plural writes a number of things whose plural ends in s.
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// OneLine writes s with single spaces for all white space.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Shorten cuts s to at most n runes, … included.
func Shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Remark returns the text if it is called for.
func Remark(when bool, text string) string {
	if when {
		return text
	}
	return ""
}

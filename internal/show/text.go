package show

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// clean replaces what could steer a terminal or break a line: control
// characters, changes of the writing direction, invalid UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// displayWidth returns how many columns of a terminal s takes.
func displayWidth(s string) int { return uniseg.StringWidth(s) }

// truncate cleans s and shortens it to at most width columns, … included.
func truncate(s string, width int) string {
	s = clean(s)
	if displayWidth(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	kept, used, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var columns int
		cluster, rest, columns, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+columns > width-1 {
			break
		}
		kept, used = kept+len(cluster), used+columns
	}
	return s[:kept] + "…"
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

func padRight(s string, width int) string { return s + spaces(width-displayWidth(s)) }

func padLeft(s string, width int) string { return spaces(width-displayWidth(s)) + s }

func center(s string, width int) string {
	return padRight(spaces((width-displayWidth(s))/2)+s, width)
}

package show

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
)

// A screen understands what this package sends to a terminal and nothing
// else. Lines never wrap on it: too long ones fail the test.
type screen struct {
	t       *testing.T
	columns int
	lines   [][]cell
	x       int
	pen     cell
	history []string // the line after every Write
}

// cell is a character with its colours: -1 for the terminal's own.
type cell struct {
	char        rune // 0 in the second column of a wide one
	front, back int
}

func newScreen(t *testing.T, columns int) *screen {
	return &screen{t: t, columns: columns, lines: [][]cell{nil}, pen: cell{front: -1, back: -1}}
}

var escape = regexp.MustCompile(`^\x1b\[([0-9;]*)([mK])`)

func (s *screen) Write(p []byte) (int, error) {
	for rest := string(p); rest != ""; {
		if rest[0] == '\x1b' {
			m := escape.FindStringSubmatch(rest)
			require.NotNil(s.t, m, "unknown escape sequence")
			rest = rest[len(m[0]):]
			s.command(m[2], m[1])
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		s.char(r)
	}
	s.history = append(s.history, s.line())
	return len(p), nil
}

func (s *screen) char(r rune) {
	switch {
	case r == '\n':
		s.lines, s.x = append(s.lines, nil), 0
	case r == '\r':
		s.x = 0
	case r < ' ':
		require.Fail(s.t, "control character", "%q", r)
	default:
		s.put(r, s.pen)
		for range uniseg.StringWidth(string(r)) - 1 {
			s.put(0, s.pen)
		}
	}
}

func (s *screen) put(r rune, c cell) {
	if s.x >= s.columns {
		require.Fail(s.t, "line too long")
	}
	line := &s.lines[len(s.lines)-1]
	for len(*line) <= s.x {
		*line = append(*line, cell{' ', -1, -1})
	}
	(*line)[s.x] = cell{r, c.front, c.back}
	s.x++
}

func (s *screen) command(name, arguments string) {
	line := &s.lines[len(s.lines)-1]
	switch name + arguments {
	case "K2":
		*line = nil
	case "K0":
		*line = (*line)[:min(s.x, len(*line))]
	case "m0":
		s.pen = cell{front: -1, back: -1}
	case "m39":
		s.pen.front = -1
	case "m49":
		s.pen.back = -1
	default:
		s.colour(strings.Split(arguments, ";"))
	}
}

func (s *screen) colour(a []string) {
	require.GreaterOrEqual(s.t, len(a), 3)
	n, err := strconv.Atoi(a[2])
	require.NoError(s.t, err)
	grey := n
	switch a[1] {
	case "2":
		require.Equal(s.t, []string{a[2], a[2], a[2]}, a[2:])
	case "5":
		require.Len(s.t, a, 3)
		switch {
		case n == 16:
			grey = 0
		case n == 231:
			grey = 255
		default:
			require.GreaterOrEqual(s.t, n, 232)
			require.LessOrEqual(s.t, n, 255)
			grey = 8 + 10*(n-232)
		}
	}
	switch a[0] {
	case "38":
		s.pen.front = grey
	case "48":
		s.pen.back = grey
	default:
		require.Fail(s.t, "neither foreground nor background", a)
	}
}

// line returns the text of the last line.
func (s *screen) line() string {
	var b strings.Builder
	for _, c := range s.lines[len(s.lines)-1] {
		if c.char != 0 {
			b.WriteRune(c.char)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// pixels returns the greys of the upper and the lower half of a cell.
func (c cell) pixels() (upper, lower int) {
	if c.char == '▀' {
		return c.front, c.back
	}
	return c.back, c.back
}

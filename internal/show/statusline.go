package show

import (
	"io"
	"strings"

	"golang.org/x/term"
)

// statusLine is the line of a terminal that a progress bar redraws. It cuts
// what would wrap, because a wrapped line cannot be erased.
type statusLine struct {
	w       io.Writer
	columns func() int
	drawn   bool
}

// echoed is how many columns the terminal's echo of Ctrl-C takes.
const echoed = 2

const (
	eraseLine = "\x1b[2K"
	eraseRest = "\x1b[0K"
)

// Write takes a whole line, as the bar draws it, or the order to erase it.
func (l *statusLine) Write(p []byte) (int, error) {
	s := strings.NewReplacer("\r", "", eraseLine, "", eraseRest, "").Replace(string(p))
	s = strings.TrimRight(s, " ")
	if s == "" {
		l.clear()
		return len(p), nil
	}
	l.drawn = true
	_, err := io.WriteString(l.w, "\r"+truncate(s, l.columns()-echoed-1)+eraseRest)
	return len(p), err
}

// clear erases the line, if there is one, and leaves the cursor at its begin.
func (l *statusLine) clear() {
	if l == nil || !l.drawn {
		return
	}
	l.drawn = false
	io.WriteString(l.w, "\r"+eraseLine)
}

// columnsOf returns the width of the terminal behind w; 80 where it does not
// tell, like a serial console.
func columnsOf(w io.Writer) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 80
}

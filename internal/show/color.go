package show

import "strings"

// ColorMode is what a terminal can show.
type ColorMode int

const (
	// ColorNone draws with printable ASCII characters alone: right for logs,
	// files and plain terminals.
	ColorNone ColorMode = iota
	// Color256 draws half blocks in the greys of the 256-colour palette.
	Color256
	// Color24Bit draws half blocks in 256 greys.
	Color24Bit
)

func (m ColorMode) String() string {
	switch m {
	case ColorNone:
		return "none"
	case Color256:
		return "256 colours"
	case Color24Bit:
		return "24 bit"
	}
	return "unknown"
}

// palette256 lists terminals that have the 256 colours though their names do
// not say so.
var palette256 = []string{"alacritty", "foot", "ghostty", "iterm", "kitty", "konsole", "rxvt-unicode", "screen", "tmux", "wezterm", "xterm"}

// DetectColor tells what the terminal behind a writer can show, from the
// environment's NO_COLOR, TERM and COLORTERM. env is like [os.Getenv].
func DetectColor(env func(string) string, isTerminal bool) ColorMode {
	term := env("TERM")
	if !isTerminal || env("NO_COLOR") != "" || term == "" || term == "dumb" {
		return ColorNone
	}
	if c := env("COLORTERM"); c == "truecolor" || c == "24bit" || strings.HasSuffix(term, "-direct") {
		return Color24Bit
	}
	switch {
	case strings.Contains(term, "256col"):
		return Color256
	case strings.Contains(term, "color"), strings.HasSuffix(term, "-mono"):
		return ColorNone // 8, 16 or 88 colours, whose greys are too few
	}
	for _, name := range palette256 {
		if term == name || strings.HasPrefix(term, name+"-") {
			return Color256
		}
	}
	return ColorNone
}

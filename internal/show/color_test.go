package show

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDetectColor(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want ColorMode
	}{
		{map[string]string{}, ColorNone},
		{map[string]string{"TERM": "dumb", "COLORTERM": "truecolor"}, ColorNone},
		{map[string]string{"TERM": "linux"}, ColorNone},
		{map[string]string{"TERM": "vt220"}, ColorNone},
		{map[string]string{"TERM": "xterm-16color"}, ColorNone},
		{map[string]string{"TERM": "xterm-mono"}, ColorNone},
		{map[string]string{"TERM": "xterminator"}, ColorNone},
		{map[string]string{"TERM": "xterm"}, Color256},
		{map[string]string{"TERM": "xterm-kitty"}, Color256},
		{map[string]string{"TERM": "xterm-256color"}, Color256},
		{map[string]string{"TERM": "putty-256color"}, Color256},
		{map[string]string{"TERM": "screen"}, Color256},
		{map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Color24Bit},
		{map[string]string{"TERM": "tmux-256color", "COLORTERM": "24bit"}, Color24Bit},
		{map[string]string{"TERM": "xterm-256color", "COLORTERM": "yes"}, Color256},
		{map[string]string{"TERM": "xterm-direct"}, Color24Bit},
		{map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, ColorNone},
		{map[string]string{"TERM": "xterm-256color", "NO_COLOR": ""}, Color256},
	} {
		env := func(name string) string { return c.env[name] }
		require.Equal(t, c.want, DetectColor(env, true), "%v", c.env)
		require.Equal(t, ColorNone, DetectColor(env, false), "%v", c.env)
	}
}

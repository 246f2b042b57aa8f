package show

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"👩‍👩‍👧‍👦 family", 4, "👩‍👩‍👧‍👦 …"},
		{"a\x1b[31mb\tc\n\u202ed\xff", 20, "a�[31mb�c��d�"},
	} {
		require.Equal(t, c.want, truncate(c.s, c.width), "%q in %d", c.s, c.width)
		require.LessOrEqual(t, displayWidth(truncate(c.s, c.width)), max(c.width, 0))
	}
}

func TestPadding(t *testing.T) {
	require.Equal(t, "日  ", padRight("日", 4))
	require.Equal(t, "  日", padLeft("日", 4))
	require.Equal(t, " 日 ", center("日", 4))
	require.Equal(t, " ab  ", center("ab", 5))
	require.Equal(t, "abc", padRight("abc", 1))
	require.Equal(t, "abc", center("abc", 1))
}

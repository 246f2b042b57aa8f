package main

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	code, err := report([]byte("kernel\r\n" + startMark + "PASS\r\n" + endMark + "0\r\nreboot"))
	require.NoError(t, err)
	require.Zero(t, code)
	code, err = report([]byte(startMark + "FAIL\n" + endMark + "3\n"))
	require.NoError(t, err)
	require.Equal(t, 3, code)
}

// TestReportOfBrokenRuns covers a kernel that does not get to the program, a
// program that does not end and a line that broke off: none may pass.
func TestReportOfBrokenRuns(t *testing.T) {
	for _, console := range []string{"", "panic", startMark, startMark + "ok\n", startMark + endMark, startMark + endMark + "x"} {
		code, err := report([]byte(console))
		require.Error(t, err, "%q", console)
		require.NotZero(t, code, "%q", console)
	}
}

func TestArchive(t *testing.T) {
	var a archive
	a.add("dir", fs.ModeDir|0o755, nil)
	a.add("file", 0o644, []byte("12345"))
	text := a.String()
	require.Zero(t, len(text)%4)
	head, rest, found := strings.Cut(text, "file\x00")
	require.True(t, found)
	require.Zero(t, (len(head)-110)%4, "a member starts at a multiple of four")
	require.Equal(t, "00000005", head[len(head)-110+54:][:8], "size")
	require.Equal(t, "000081a4", head[len(head)-110+14:][:8], "mode")
	require.Contains(t, rest, "12345")
	require.True(t, strings.HasPrefix(text, "07070100000001000041ed"))
}

package main

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// show feeds text to a console in pieces of n bytes.
func show(text string, n int) (output string, c *console) {
	var out strings.Builder
	c = &console{out: &out}
	for piece := range slices.Chunk([]byte(text), n) {
		c.Write(piece)
	}
	return out.String(), c
}

func TestConsole(t *testing.T) {
	for n := range 40 {
		output, c := show("kernel\r\n"+startMark+"\r\nok\r\nFAIL"+endMark+"3\r\nreboot\n", n+1)
		code, err := c.exitStatus()
		require.NoError(t, err)
		require.Equal(t, 3, code)
		require.Equal(t, "ok\nFAIL", output)
	}
}

// TestConsoleOfBrokenRuns covers a kernel that does not get to the program, a
// program that does not end and a line that broke off: none may pass.
func TestConsoleOfBrokenRuns(t *testing.T) {
	for _, text := range []string{"", "panic\n", startMark + "\n", startMark + "\nok\n", startMark + "\n" + endMark, startMark + "\n" + endMark + "x\n", endMark + "0\n"} {
		_, c := show(text, 7)
		code, err := c.exitStatus()
		require.Error(t, err, "%q", text)
		require.NotZero(t, code, "%q", text)
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

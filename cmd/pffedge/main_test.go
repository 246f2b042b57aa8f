package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asProgram makes the test binary be the program, for what only a process of
// its own can show: signals, the environment, limits on its resources.
const asProgram = "PFFEDGE_TEST_AS_PROGRAM"

// room holds what several tests use and none changes.
var room string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(testInRoom(m))
}

func testInRoom(m *testing.M) int {
	var err error
	if room, err = os.MkdirTemp("", "pffedge-test-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(room)
	return m.Run()
}

// program returns the program as a process to start, with more environment.
func program(ctx context.Context, args []string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	return cmd
}

// outcome is what a command line led to.
type outcome struct {
	code           int
	stdout, stderr string
}

// exec1 runs a command line in this process, with stdin as its input.
func exec1(ctx context.Context, stdin io.Reader, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, stdin, &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

func pffedge(t *testing.T, args ...string) outcome {
	t.Helper()
	return exec1(t.Context(), strings.NewReader(""), args...)
}

// done runs a command line that must succeed, and returns what it printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	return doneWith(t, "", args...)
}

// doneWith is done with something on standard input.
func doneWith(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	o := exec1(t.Context(), strings.NewReader(stdin), args...)
	require.Equal(t, exitOK, o.code, "%q: %s", args, o.stderr)
	require.NotContains(t, o.stderr, "pffedge: ", "%q", args)
	return o.stdout
}

// words puts a command line together: fixed words, then more.
func words(line string, more ...string) []string { return append(strings.Fields(line), more...) }

// requireFailure demands exit status 1, nothing on standard output, and one
// line of error that mentions parts, with at most one hint behind it.
func requireFailure(t *testing.T, o outcome, parts ...string) {
	t.Helper()
	require.Equal(t, exitFailed, o.code, o.stderr)
	require.Empty(t, o.stdout)
	requireError(t, o, 1, parts...)
}

// requireUsage demands exit status 2 and two lines: the error, which mentions
// parts, and where to find help.
func requireUsage(t *testing.T, o outcome, parts ...string) {
	t.Helper()
	require.Equal(t, exitUsage, o.code, o.stderr)
	require.Empty(t, o.stdout)
	requireError(t, o, 1, parts...)
	require.Regexp(t, `\npffedge: hint: pffedge( [a-z-]+)* --help\n$`, o.stderr)
}

var hint = regexp.MustCompile(`^pffedge: hint: .+$`)

// requireError demands that standard error holds one line of error, which
// mentions parts, and at most hints behind it.
func requireError(t *testing.T, o outcome, hints int, parts ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(o.stderr, "\n"), "\n")
	require.Regexp(t, `^pffedge: error: \S`, lines[0], o.stderr)
	require.NotRegexp(t, `%!|\[\]|<nil>|panic|goroutine`, o.stderr)
	for _, part := range parts {
		require.Contains(t, lines[0], part)
	}
	require.LessOrEqual(t, len(lines)-1, hints, o.stderr)
	for _, line := range lines[1:] {
		require.Regexp(t, hint, line)
	}
}

// object is a line of JSON.
type object map[string]any

// objects decodes lines of JSON: nothing else may be there.
func objects(t *testing.T, text string) []object {
	t.Helper()
	var list []object
	require.True(t, text == "" || strings.HasSuffix(text, "\n"), "the last line has no end: %q", text)
	for line := range strings.Lines(text) {
		var o object
		require.NoError(t, json.Unmarshal([]byte(line), &o), line)
		list = append(list, o)
	}
	return list
}

// only decodes a single line of JSON into v, which must know all its keys.
func only(t *testing.T, text string, v any) {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, "\n"), text)
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(v), text)
}

// at walks through objects.
func (o object) at(t *testing.T, path ...string) any {
	t.Helper()
	var v any = map[string]any(o)
	for _, key := range path {
		inner, ok := v.(map[string]any)
		require.True(t, ok, "%v: no object around %s", o, key)
		require.Contains(t, inner, key)
		v = inner[key]
	}
	return v
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// names lists a folder, hidden files too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	data := barFolder(t, filepath.Join(t.TempDir(), "bars"), 30)
	out := filepath.Join(t.TempDir(), "demo")
	text := done(t, "demo", "--data", data, "--size", "8x8", "--out", out)
	require.Equal(t, []string{"demo.pff", "demo.png"}, names(t, out))
	require.Contains(t, text, "8×8 grey image")
	require.Regexp(t, `(?m)^test accuracy: goodness [\d.]+%, read-out [\d.]+%`, text)
	require.Regexp(t, `(?m)^ +left +top +recall$`, text)
	for _, part := range []string{"\ninputs\n", "\nreconstructed\n", "\nimagined, one of each class\n      left              top\n", filepath.Join(out, "demo.png")} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "\x1b")
	require.Greater(t, picture(t, filepath.Join(out, "demo.png")).Bounds().Dx(), 8*8)

	o := objects(t, done(t, "eval", "--json", "--model", filepath.Join(out, "demo.pff"), "--data", data))[0]
	require.GreaterOrEqual(t, o.at(t, "accuracy"), 0.9)
	// The advice at the end is to be followed.
	at := strings.Index(text, "try: pffedge ")
	require.GreaterOrEqual(t, at, 0)
	require.NotEmpty(t, done(t, strings.Fields(text[at+len("try: pffedge "):])...))
}

func TestDemoJSON(t *testing.T) {
	data, out := barFolder(t, filepath.Join(t.TempDir(), "bars"), 12), t.TempDir()
	lines := objects(t, done(t, words("demo --json --size 8x8 --data", data, "--out", out)...))
	require.Len(t, lines, demoEpochs+1)
	last := lines[demoEpochs]
	require.Equal(t, filepath.Join(out, "demo.pff"), last.at(t, "model"))
	require.Equal(t, filepath.Join(out, "demo.png"), last.at(t, "picture"))
	require.EqualValues(t, 20, last.at(t, "samples"))
	require.Positive(t, last.at(t, "test", "goodness", "accuracy"))
}

// TestDemoHearts: what has learned digits is taught one class more, and keeps them.
func TestDemoHearts(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	lines := objects(t, done(t, words("demo --json --preset tiny --size 10x10 --limit 500 --out", out)...))
	require.Equal(t, []string{"demo.pff", "demo.png", "taught.pff", "taught.png"}, names(t, out))
	last := lines[demoEpochs]
	require.Equal(t, "heart", last.at(t, "taught", "class"))
	require.EqualValues(t, 20, last.at(t, "taught", "samples"))
	require.Equal(t, last.at(t, "test", "goodness", "accuracy"), last.at(t, "taught", "known_before"))
	before, after := last.at(t, "taught", "known_before").(float64), last.at(t, "taught", "known_after").(float64)
	require.Greater(t, after, before-0.1)
	require.Greater(t, last.at(t, "taught", "recall"), 0.3) // of a network that has hardly begun
	require.Positive(t, last.at(t, "taught", "seconds"))
	require.LessOrEqual(t, last.at(t, "taught", "budget"), 157e3)
	o := objects(t, done(t, "inspect", "--json", filepath.Join(out, "taught.pff")))[0]
	require.Len(t, o.at(t, "config", "classes"), 11)
	require.NotNil(t, picture(t, filepath.Join(out, "taught.png")))
}

// TestDemoStops learns the demonstration's own digits, a few of them.
func TestDemoStops(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	o := interrupted(t, words("demo --limit 60 --out", out), "epoch 1/", 0)
	require.Equal(t, exitInterrupted, o.code)
	require.Contains(t, o.stdout, "learning from 60 samples, each a 28×28 grey image: synthetic digits")
	require.Contains(t, o.stderr, "pffedge: error: stopped after 1 of 12 epochs\n")
}

// TestDemoLeavesNothing where it could not even begin.
func TestDemoLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	csv := flowerCSV(t, filepath.Join(dir, "f.csv"), 60)
	out := filepath.Join(dir, "demo")
	o := pffedge(t, "demo", "--data", csv, "--out", out)
	require.NotZero(t, o.code)
	requireError(t, o, 1, "f.csv", "images")
	requireFailure(t, pffedge(t, "demo", "--data", filepath.Join(dir, "gone"), "--out", out), "gone")
	require.NoDirExists(t, out)
	requireFailure(t, pffedge(t, "demo", "--out", csv), "f.csv")
}

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnfinishedRunIsSpared starts afresh where an interrupted run's
// checkpoint lies: the checkpoint moves aside and can still be resumed.
func TestUnfinishedRunIsSpared(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	line := words("train --hidden 24,16 --epochs 4 --batch 20 --seed 7 --data", data, "--out", out)
	o := interrupted(t, line, "epoch 1/4", 0)
	requireStopped(t, o, 1, 4, out+".ckpt")
	before := read(t, out+".ckpt")

	o = pffedge(t, words(small+"--data", data, "--out", out)...)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stderr, "pffedge: warning: "+out+".ckpt held an unfinished run; it is now in "+out+".ckpt.old")
	require.Equal(t, before, read(t, out+".ckpt.old"))
	done(t, "train", "--data", data, "--out", out, "--resume="+out+".ckpt.old")

	o = pffedge(t, words(small+"--data", data, "--out", out)...)
	require.NotContains(t, o.stderr, "unfinished", "a finished run's checkpoint may be overwritten")
}

func TestStrayArgumentsGetAdvice(t *testing.T) {
	requireUsage(t, pffedge(t, "train", "--resume", "m.ckpt"), `unexpected argument "m.ckpt"; did you mean --resume=m.ckpt?`)
	requireUsage(t, pffedge(t, "eval", "m.pff"), `unexpected argument "m.pff"; did you mean --model=m.pff?`)
	requireUsage(t, pffedge(t, "version", "x"), `unexpected argument "x"`)
	requireUsage(t, pffedge(t, "trian"), `unknown command "trian"; did you mean train?`)
}

func TestTooFewSamplesToTest(t *testing.T) {
	data := write(t, filepath.Join(t.TempDir(), "few.csv"), "1,2,a\n2,3,b\n1,1,a\n")
	o := pffedge(t, words(small+"--data", data, "--out", filepath.Join(t.TempDir(), "m.pff"))...)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no samples in the test split")
	require.Contains(t, o.stderr, "pffedge: hint: a set without splits of its own keeps every sixth sample")
}

func TestReconstructionErrorNeedsAGenerativeCircuit(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	for _, generative := range []bool{true, false} {
		line := words(small+"--json --data", data, "--out", out)
		if !generative {
			line = append(line, "--no-generative")
		}
		lines := objects(t, done(t, line...))
		_, reported := lines[len(lines)-1]["reconstruction_error"]
		require.Equal(t, generative, reported)
		_, reported = objects(t, done(t, "eval", "--json", "--model", out, "--data", data))[0]["reconstruction_error"]
		require.Equal(t, generative, reported)
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// fuse is a context that ends when it has been asked so often whether it has,
// counted from when it was lit. A trainer asks before each batch.
type fuse struct {
	context.Context
	cancel context.CancelFunc
	lit    atomic.Bool
	left   atomic.Int64
}

func newFuse(t *testing.T, left int) *fuse {
	f := &fuse{}
	f.Context, f.cancel = context.WithCancel(t.Context())
	f.left.Store(int64(left))
	return f
}

func (f *fuse) Err() error {
	if f.lit.Load() && f.left.Add(-1) < 0 {
		f.cancel()
	}
	return f.Context.Err()
}

// tripwire is a writer that lights a fuse when text has passed.
type tripwire struct {
	bytes.Buffer
	text string
	fuse *fuse
}

func (w *tripwire) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.fuse.lit.Store(true)
	}
	return w.Buffer.Write(p)
}

// interrupted runs a command line and stops it as Ctrl-C does, so many batches
// after the first line on standard error that holds text.
func interrupted(t *testing.T, args []string, text string, batches int) outcome {
	t.Helper()
	f := newFuse(t, batches)
	stderr := &tripwire{text: text, fuse: f}
	f.lit.Store(text == "")
	var stdout bytes.Buffer
	code := run(f, args, strings.NewReader(""), &stdout, stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

// requireStopped demands that training was stopped as it should be and
// returns the command line that goes on.
func requireStopped(t *testing.T, o outcome, epochs, of int, checkpoint string) string {
	t.Helper()
	require.Equal(t, exitInterrupted, o.code, o.stderr)
	require.Empty(t, o.stdout)
	require.Contains(t, o.stderr, fmt.Sprintf("pffedge: error: stopped after %d of %d epochs; everything learned so far is in %s\n", epochs, of, checkpoint))
	require.FileExists(t, checkpoint)
	found := regexp.MustCompile(`\npffedge: hint: go on with: pffedge (.*)\n$`).FindStringSubmatch(o.stderr)
	require.NotNil(t, found, o.stderr)
	return found[1]
}

// TestResumeEqualsUninterrupted stops runs in the middle of epochs, goes on
// with other threads, stops again and finishes.
func TestResumeEqualsUninterrupted(t *testing.T) {
	for _, kind := range []string{"vectors", "images"} {
		for _, preset := range []string{"fast", "reference", "fast --moments 16", "reference --moments 8", "fast --optimizer sgd"} {
			for _, threads := range [][3]int{{1, 2, 1}, {2, 1, 2}} {
				t.Run(fmt.Sprint(kind, preset, threads), func(t *testing.T) {
					testResume(t, kind, preset, threads)
				})
			}
		}
	}
}

func testResume(t *testing.T, kind, preset string, threads [3]int) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data.csv")
	if kind == "images" {
		data = barFolder(t, filepath.Join(dir, "data"), 30)
	} else {
		flowerCSV(t, data, 60)
	}
	whole, out := filepath.Join(dir, "whole.pff"), filepath.Join(dir, "m.pff")
	line := func(out string, threads int) []string {
		return words(fmt.Sprintf("train --preset %s --hidden 24,16 --epochs 4 --batch 20 --seed 7 --threads %d --data", preset, threads), data, "--out", out)
	}
	done(t, line(whole, 1)...)

	// Three batches an epoch: this stops within the second epoch, then within
	// the fourth.
	o := interrupted(t, line(out, threads[0]), "epoch 1/4", 2)
	again := strings.Fields(requireStopped(t, o, 1, 4, out+".ckpt"))
	require.NoFileExists(t, out)
	o = interrupted(t, append(again, fmt.Sprintf("--threads=%d", threads[1])), "epoch 3/4", 1)
	again = strings.Fields(requireStopped(t, o, 3, 4, out+".ckpt"))
	done(t, append(again, fmt.Sprintf("--threads=%d", threads[2]))...)
	require.Equal(t, read(t, whole), read(t, out))
	require.Equal(t, read(t, whole+".ckpt"), read(t, out+".ckpt"))
}

// TestStopAnywhere stops at the very beginning, between epochs and in the
// evaluations, and goes on from there.
func TestStopAnywhere(t *testing.T) {
	dir := t.TempDir()
	data := flowerCSV(t, filepath.Join(dir, "f.csv"), 60)
	whole, out := filepath.Join(dir, "whole.pff"), filepath.Join(dir, "m.pff")
	line := words("train --hidden 24,16 --epochs 2 --batch 20 --data", data, "--out")
	done(t, append(line, whole)...)
	stopped := map[string]bool{}
	for batches := 0; ; batches++ {
		o := interrupted(t, append(line, out), "", batches)
		if o.code == exitOK {
			break
		}
		require.Equal(t, exitInterrupted, o.code, o.stderr)
		require.Empty(t, o.stdout)
		if _, err := os.Stat(out + ".ckpt"); err != nil {
			requireError(t, o, 0, "interrupted") // before anything was learned
			require.Equal(t, []string{"f.csv", "whole.pff", "whole.pff.ckpt"}, names(t, dir))
			continue
		}
		again := regexp.MustCompile(`go on with: pffedge (.*)\n$`).FindStringSubmatch(o.stderr)
		require.NotNil(t, again, o.stderr)
		stopped[regexp.MustCompile(`stopped after \d of`).FindString(o.stderr)] = true
		done(t, strings.Fields(again[1])...)
		require.Equal(t, read(t, whole), read(t, out), "stopped at check %d: %s", batches, o.stderr)
		require.NoError(t, os.Remove(out))
		require.NoError(t, os.Remove(out+".ckpt"))
	}
	require.Len(t, stopped, 3, "stopped within each epoch and behind the last")
}

func TestStopPrintsOnlyJSON(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	f := newFuse(t, 1)
	stdout := &tripwire{text: `"epoch":1`, fuse: f}
	var stderr bytes.Buffer
	code := run(f, words(small+"--json --data", data, "--out", out), strings.NewReader(""), stdout, &stderr)
	require.Equal(t, exitInterrupted, code)
	require.Len(t, objects(t, stdout.String()), 1)
	requireStopped(t, outcome{code: code, stderr: stderr.String()}, 1, 2, out+".ckpt")
	require.Contains(t, stderr.String(), "--json", "the hint keeps it")
}

// TestResumeHintSurvivesTheShell runs the hint's line as a shell would read
// it: names may hold what a shell takes apart.
func TestResumeHintSurvivesTheShell(t *testing.T) {
	sh := shell(t)
	dir := filepath.Join(t.TempDir(), "my réadings; $HOME's")
	data, out := flowerCSV(t, filepath.Join(dir, "all of them.csv"), 60), filepath.Join(dir, "m.pff")
	o := interrupted(t, words(small+"--delimiter , --data", data, "--out", out), "epoch 1/2", 1)
	again := requireStopped(t, o, 1, 2, out+".ckpt")
	text, err := exec.Command(sh, "-c", `printf '%s\n' `+again).Output()
	require.NoError(t, err, again)
	done(t, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	require.FileExists(t, out)
}

// checkpointOf leaves a checkpoint of a finished run.
func checkpointOf(t *testing.T) (data, out string) {
	t.Helper()
	dir := t.TempDir()
	data, out = flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	done(t, words(small+"--data", data, "--out", out)...)
	return data, out
}

func TestResumeForMoreEpochs(t *testing.T) {
	data, out := checkpointOf(t)
	first := read(t, out)
	text := done(t, "train", "--data", data, "--out", out, "--resume", "--epochs", "3")
	require.Contains(t, text, ", 3 epochs")
	require.NotEqual(t, first, read(t, out))
	require.Contains(t, done(t, "inspect", out), "3 epochs")
}

func TestResumeOfAFinishedRun(t *testing.T) {
	data, out := checkpointOf(t)
	first := read(t, out)
	require.NoError(t, os.Remove(out))
	done(t, "train", "--data", data, "--out", out, "--resume")
	require.Equal(t, first, read(t, out))
}

func TestResumeFromAnotherFile(t *testing.T) {
	data, out := checkpointOf(t)
	other := filepath.Join(t.TempDir(), "other.pff")
	done(t, "train", "--data", data, "--out", other, "--resume="+out+".ckpt")
	require.Equal(t, read(t, out), read(t, other))
}

// TestResumeRefusesFewerEpochs than are done: there is no way back.
func TestResumeRefusesFewerEpochs(t *testing.T) {
	data, out := checkpointOf(t)
	before := read(t, out)
	requireUsage(t, pffedge(t, "train", "--data", data, "--out", out, "--resume", "--epochs", "1"), "--epochs 1", "2")
	require.Equal(t, before, read(t, out))
}

func TestResumeRefusesSettledFlags(t *testing.T) {
	data, out := checkpointOf(t)
	for _, flag := range []string{
		"--hidden=9", "--preset=fast", "--batch=3", "--rounds=3", "--latents=3", "--lr=1", "--schedule=cosine", "--seed=1",
		"--readout=start", "--generator=start", "--latent=sample", "--contrast=1", "--hardest=1", "--shift=1", "--mask=0", "--no-generative", "--size=3x3",
	} {
		name, _, _ := strings.Cut(flag, "=")
		requireUsage(t, pffedge(t, "train", "--data", data, "--out", out, "--resume", flag), name+" ", "resum")
	}
	requireUsage(t, pffedge(t, "train", "--data", data, "--out", out, "--resume", "--epochs=0"), "--epochs 0")
	requireUsage(t, pffedge(t, "train", "--out", out, "--resume"), "--data is missing")
}

func TestResumeRefusesOtherData(t *testing.T) {
	data, out := checkpointOf(t)
	before := read(t, out)
	dir := filepath.Dir(data)
	resume := func(data string, more ...string) outcome {
		return pffedge(t, append(words("train --resume --data", data, "--out", out), more...)...)
	}
	relabelled := strings.Replace(read(t, data), ",aster\n", ",crocus\n", 1)
	changed := "11" + strings.TrimPrefix(strings.SplitN(read(t, data), "\n", 2)[1], "10")
	for name, content := range map[string]string{
		"fewer rows":  flowerHeader + strings.Join(flowerRows(48), "\n"),
		"more rows":   flowerHeader + strings.Join(flowerRows(120), "\n"),
		"another row": flowerHeader + changed,
		"a new label": relabelled,
	} {
		t.Run(name, func(t *testing.T) {
			other := write(t, filepath.Join(t.TempDir(), "f.csv"), content)
			requireFailure(t, resume(other), "m.pff.ckpt: ", "other data")
		})
	}
	requireFailure(t, resume(data, "--limit", "40"), "other data")
	requireFailure(t, resume(barFolder(t, filepath.Join(dir, "bars"), 6)), "bars", "does not fit")
	wide := write(t, filepath.Join(dir, "wide.csv"), "1,2,3,4,aster\n")
	requireFailure(t, resume(wide), "wide.csv", "does not fit")
	unknown := write(t, filepath.Join(dir, "unknown.csv"), "1,2,3,dahlia\n")
	requireFailure(t, resume(unknown), "unknown.csv:1", "dahlia")
	require.Equal(t, before, read(t, out))
}

func TestResumeOfNothing(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	o := pffedge(t, "train", "--data", data, "--out", out, "--resume")
	requireFailure(t, o, "m.pff.ckpt: no such file")
	require.Contains(t, o.stderr, "pffedge: hint: there is nothing to resume")
	o = pffedge(t, "train", "--data", data, "--out", out, "--resume="+filepath.Join(dir, "gone"))
	requireFailure(t, o, "gone: no such file")

	done(t, words(small+"--data", data, "--out", out)...)
	o = pffedge(t, "train", "--data", data, "--out", out, "--resume="+out)
	requireFailure(t, o, "m.pff: ", "not a checkpoint")
	spoiled := write(t, filepath.Join(dir, "spoiled"), read(t, out+".ckpt")[:9000])
	o = pffedge(t, "train", "--data", data, "--out", out, "--resume="+spoiled)
	requireFailure(t, o, "spoiled: ", "ends too early")
}

// TestCheckpointTellsItsEpochs: a checkpoint serves as a model too, and says
// how far it came.
func TestCheckpointTellsItsEpochs(t *testing.T) {
	data, out := checkpointOf(t)
	require.Contains(t, done(t, "inspect", out+".ckpt"), "2 epochs")
	done(t, "eval", "--data", data, "--model", out+".ckpt")
}

package main

import (
	"context"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/continual"
)

// quickContinual learns a few synthetic digits with a tiny network.
const quickContinual = "bench continual --data synthetic --limit 300 --tests 200 --size 8x8 --hidden 20 --threads 1 "

func TestBenchContinualJSON(t *testing.T) {
	for protocol, more := range map[string]string{
		"a": "--batches 5", "b": "--batch 7 --method auto", "c": "--variant permutations --tasks 2 --learner raw,none,iid,joint --joint-epochs 2", "d": "--shots 3,5",
	} {
		text := done(t, words(quickContinual+"--json --seeds 0,2 --budget 8KB --protocol "+protocol+" "+more)...)
		lines := strings.SplitAfter(strings.TrimSpace(text), "\n")
		require.Len(t, lines, map[string]int{"a": 1, "b": 1, "c": 4, "d": 1}[protocol])
		for _, line := range lines {
			require.Regexp(t, regexp.MustCompile(`"protocol":"`+protocol+`","budget_bytes":8000,"seeds":2,"acc_mean":[^,]+,"acc_sd":[^,]+,"stream_acc_mean":[^,]+,"forgetting":[^,]+,"min_acc":[^,]+,"samples_per_second":[^,]+}\s*$`), line)
			var r continual.Report
			require.NoError(t, json.Unmarshal([]byte(line), &r))
			require.Equal(t, []any{"synthetic", "test", 300, 200, 1}, []any{r.Data, r.Split, r.Train, r.Test, r.Threads})
			require.Equal(t, []uint64{0, 2}, []uint64{r.Runs[0].Seed, r.Runs[1].Seed})
		}
	}
}

// TestBenchContinualValidates on the last training images, with seeds of its own.
func TestBenchContinualValidates(t *testing.T) {
	var r continual.Report
	only(t, done(t, words(quickContinual+"--json --protocol b --validate --seeds 2")...), &r)
	require.Equal(t, []any{"validation", 250, 50}, []any{r.Split, r.Train, r.Test})
	require.Equal(t, []uint64{100, 101}, []uint64{r.Runs[0].Seed, r.Runs[1].Seed})
	var again continual.Report
	only(t, done(t, words(quickContinual+"--json --protocol b --validate --seeds 101,")...), &again)
	require.Len(t, again.Runs, 1)
	require.Equal(t, r.Runs[1].Seen, again.Runs[0].Seen, "the same seed, the same run")
	require.NotEqual(t, r.Runs[0].Seen, again.Runs[0].Seen)
}

func TestBenchContinualTableAndPictures(t *testing.T) {
	curves, recalls := filepath.Join(t.TempDir(), "c.png"), filepath.Join(t.TempDir(), "r.png")
	o := pffedge(t, words(quickContinual+"--protocol b --learner none,raw --png "+curves+" --matrix "+recalls)...)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stdout, "\nprotocol b; 300 images to learn, 200 to test (test); hidden 20, predictions by readout, budget 157.0 kB\n")
	require.Regexp(t, `(?m)^raw +mean +`, o.stdout)
	require.True(t, strings.HasSuffix(o.stdout, "\n\n"+continual.Legend))
	require.Regexp(t, `(?m)^raw, seed 0: ACC \S+%, after sleep \S+%, `, o.stderr)
	for _, file := range []string{curves, recalls} {
		f, err := os.Open(file)
		require.NoError(t, err)
		_, err = png.Decode(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
}

func TestBenchContinualUsage(t *testing.T) {
	ok := "--protocol b "
	for line, part := range map[string]string{
		"": "--protocol is missing", "--protocol e": `"e"`, ok + "--learner dog": `"dog"`, ok + "--learner ": "--learner",
		ok + "--budget 10": "budget 10", ok + "--budget many": `--budget "many"`, ok + "--budget 5GB": `"5GB"`, ok + "--budget -1": `"-1"`,
		ok + "--budget NaN": `"NaN"`, ok + "--budget 5bb": `"5bb"`, ok + "--seeds 0": "--seeds 0", ok + "--seeds x": `"x"`, ok + "--seeds 1,1": `"1,1"`, ok + "--seeds -1": `"-1"`,
		ok + "--hidden 0": `--hidden "0"`, ok + "--hidden 70000": "70000", ok + "--method sight": `"sight"`, ok + "--batch 0": "batch 0", ok + "--batch 9999999": "batch 9999999",
		ok + "--test --validate": "validate", ok + "--threads 0": "--threads 0", ok + "--tests -1": "--tests -1", ok + "--limit -1": "--limit -1",
		ok + "--variant rotations": "--variant is for protocol c", ok + "--shots 5": "--shots is for protocol d", ok + "--tasks 3": "--tasks", ok + "--batches 3": "--batches",
		"--protocol c --variant flips": `"flips"`, "--protocol c --tasks 0": "tasks 0", "--protocol a --batches 0": "batches 0", ok + "--joint-epochs 0": "joint epochs 0",
		"--protocol d --shots 20,10": "[20 10]", "--protocol d --shots 0": "[0]", "--protocol d --learner joint": "joint", ok + "extra": `"extra"`,
	} {
		requireUsage(t, pffedge(t, words("bench continual --data synthetic "+line)...), part)
	}
	requireUsage(t, pffedge(t, words("bench continual --protocol b")...), "--data is missing")
}

func TestBenchContinualOfTheWrongData(t *testing.T) {
	flowers := flowerCSV(t, filepath.Join(t.TempDir(), "flowers.csv"), 30)
	requireFailure(t, pffedge(t, words("bench continual --protocol b --data "+flowers)...), "images")
	requireFailure(t, pffedge(t, words("bench continual --protocol b --data /nowhere")...), "/nowhere")
	o := pffedge(t, words(quickContinual+"--protocol d --shots 1000")...)
	requireFailure(t, o, "1000 shots")
	o = pffedge(t, words(quickContinual+"--protocol b --batch 100 --png /nowhere/c.png")...)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "/nowhere")
}

// TestBenchContinualInterrupted prints the runs that are done.
func TestBenchContinualInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &stopAfter{text: "seed 1: ", cancel: cancel}
	stdout := &stopAfter{text: "never", cancel: func() {}}
	code := run(ctx, words(quickContinual+"--protocol b --seeds 100 --json"), strings.NewReader(""), stdout, stderr)
	require.Equal(t, exitInterrupted, code, stderr)
	var r continual.Report
	only(t, stdout.String(), &r)
	require.Equal(t, 2, r.Seeds)
	require.Contains(t, stderr.String(), "pffedge: error: interrupted; these are the runs that were done\n")
	cancelled := exec1(ctx, strings.NewReader(""), words(quickContinual+"--protocol b")...)
	require.Equal(t, exitInterrupted, cancelled.code)
	require.Empty(t, cancelled.stdout)
}

func TestBenchContinualUnwritable(t *testing.T) {
	for _, form := range []string{"", " --json"} {
		var stderr strings.Builder
		code := run(t.Context(), words(quickContinual+"--protocol b --batch 50"+form), strings.NewReader(""), broken{}, &stderr)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr.String(), errBroken.Error())
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int{"157KB": 157_000, "157kb": 157_000, "1.5 MiB": 3 << 19, "4MB": 4_000_000, "64KiB": 1 << 16, "2000": 2000, "2000B": 2000, "1GiB": 1 << 30} {
		got, err := parseBytes("--budget", text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

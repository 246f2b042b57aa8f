package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

const quick = "--data synthetic --limit 600 --tests 100 --hidden 40,30 --epochs 2 --seeds 1,2 --rounds 1 --samples 50 --batches 1,7 "

func words(line string, more ...string) []string { return append(strings.Fields(line), more...) }

// done runs a command line that must succeed, and returns what it printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), args, &stdout, &stderr), &stderr)
	return stdout.String()
}

func TestRun(t *testing.T) {
	was := simd.Active()
	var r report
	require.NoError(t, json.Unmarshal([]byte(done(t, words(quick+"--json")...)), &r))
	require.Equal(t, was, simd.Active())
	require.Equal(t, []int{600, 100, 50, 1}, []int{r.Train, r.Test, r.Samples, r.Rounds})
	require.Len(t, r.Accuracy, 2*5*3) // networks, forms, methods
	for _, a := range r.Accuracy {
		require.Equal(t, 100, a.Samples)
		require.LessOrEqual(t, a.Correct, 100)
	}
	require.Len(t, r.Drops, 4*3)
	for _, d := range r.Drops {
		require.Equal(t, 2, d.Networks)
		require.True(t, d.Least <= d.Mean && d.Mean <= d.Most)
		require.InDelta(t, d.Mean, (d.Least+d.Most)/2, 1e-9, "of two")
	}
	require.Len(t, r.Sizes, 1)
	s := r.Sizes[0]
	require.Less(t, s.File.After, s.File.Before)
	require.Less(t, s.Int8, s.Full/3)
	require.Less(t, s.Small, s.Session)
	require.Len(t, r.Latency, len(simd.Usable())*3*2)
	for _, l := range r.Latency {
		require.Equal(t, "40-30", l.Size)
		require.True(t, l.Before > 0 && l.After > 0 && l.Gain > 0)
	}
}

func TestTables(t *testing.T) {
	text := done(t, words(quick+"--seeds 1 --isa generic")...)
	require.Regexp(t, `(?m)^fast \[40 30\], seed 1 +mse +[\d.]+% +[\d.]+% +[\d.]+%$`, text)
	require.Regexp(t, `(?m)^40-30, row +1 +-?[\d.]+ \(`, text)
	require.Regexp(t, `(?m)^40-30 +generic +auto +7 +[\d.]+ +[\d.]+ +[\d.]+$`, text)
	require.NotContains(t, done(t, words(quick+"--seeds 1 --isa generic --accuracy=false")...), "points lost")
	require.NotContains(t, done(t, words(quick+"--seeds 1 --speed=false")...), "times as fast")
}

// TestModels measures networks from files, and refuses what does not fit.
func TestModels(t *testing.T) {
	o, err := parse(words(quick+"--seeds 1"), new(bytes.Buffer))
	require.NoError(t, err)
	nets, _, _, err := o.networks(t.Context(), new(bytes.Buffer))
	require.NoError(t, err)
	dir := t.TempDir()
	full, small := filepath.Join(dir, "full.pff"), filepath.Join(dir, "small.pff")
	require.NoError(t, model.Save(full, nets[0].Model))
	q, err := nets[0].Quantise()
	require.NoError(t, err)
	require.NoError(t, model.Save(small, q))
	require.Contains(t, done(t, words(quick+"--isa generic --model", full)...), full)
	for file, part := range map[string]string{small: "in int8 already", filepath.Join(dir, "none"): "no such file"} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 1, run(t.Context(), words(quick+"--model", file), &stdout, &stderr))
		require.Contains(t, stderr.String(), "quant: error: ")
		require.Contains(t, stderr.String(), part)
		require.Empty(t, stdout.String())
	}
}

func TestUsage(t *testing.T) {
	for _, line := range []string{
		"", "--data a extra", "--frobnicate", "--data a --hidden 0", "--data a --hidden x", "--data a --seeds -1", "--data a --isa sse9",
		"--data a --batches 0", "--data a --batches x", "--data a --threads 0", "--data a --rounds 0", "--data a --samples 0",
		"--data a --clock sun", "--data a --clock cpu --threads 2", "--data a --epochs -1",
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(t.Context(), words(line), &stdout, &stderr), line)
		require.Empty(t, stdout.String())
		require.Contains(t, stderr.String(), "quant: error: ", line)
	}
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "-model")
}

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/runtime"
)

const quickEngine = "bench engine --time 1us --hidden 20,30 --inputs 50 --classes 3 "

func TestBenchEngineJSON(t *testing.T) {
	text := done(t, words(quickEngine+"--json --batch 7 --rounds 4 --seed 5 --threads 2 --no-generative")...)
	o := objects(t, text)[0]
	for _, key := range []string{"batch_seconds", "sample_seconds", "gflops", "gemm_peak", "gemm_peak_fraction", "fma_peak", "fma_peak_fraction",
		"update_bytes", "stream_gbps", "traffic_bound_ratio", "readout_read_ratio"} {
		require.Positive(t, o.at(t, key), key)
	}
	for _, key := range []string{"batch_spread", "batch_allocs", "batch_alloc_bytes", "peak_memory"} {
		require.GreaterOrEqual(t, o.at(t, key), 0.0, key)
	}
	for _, method := range runtime.Methods() {
		for _, samples := range []string{"b1", "b10", "b100"} {
			require.Positive(t, o.at(t, "predict", string(method), samples))
			require.GreaterOrEqual(t, o.at(t, "predict_spread", string(method), samples), 0.0)
			require.GreaterOrEqual(t, o.at(t, "predict_allocs", string(method), samples), 0.0)
		}
	}
	var r bench.EngineResult
	only(t, text, &r)
	require.Equal(t, []any{"fast", []int{20, 30}, 50, 3, 7, 4, uint64(5), 2, false},
		[]any{r.Preset, r.Hidden, r.Inputs, r.Classes, r.Batch, r.Rounds, r.Seed, r.Threads, r.Generative})
	require.Positive(t, objects(t, done(t, words(quickEngine+"--json --batch 1")...))[0].at(t, "traffic_bound_ratio"))
}

// TestBenchEnginePresets: each brings its own batch, rounds and circuits.
func TestBenchEnginePresets(t *testing.T) {
	for _, preset := range runtime.Presets() {
		set, c, err := runtime.Preset(preset)
		require.NoError(t, err)
		var r bench.EngineResult
		only(t, done(t, words(quickEngine+"--json --preset "+preset)...), &r)
		require.Equal(t, []any{preset, set.Batch, c.Rounds, set.Generative}, []any{r.Preset, r.Batch, r.Rounds, r.Generative})
	}
	var r bench.EngineResult
	only(t, done(t, words(quickEngine+"--json --hidden 8,8,8,8")...), &r)
	require.Equal(t, runtime.RoundsFor(3, 4), r.Rounds)
}

func TestBenchEngineTable(t *testing.T) {
	text := done(t, words(quickEngine+"--threads 1")...)
	require.Regexp(t, `^.+, kernels \w+, 1 thread\nnetwork +50 inputs, hidden 20, 30, 3 classes\n`, text)
	for _, title := range []string{"a batch", "needed work", "of gemm's peak", "of fma's peak", "update traffic", "allocations", "peak memory"} {
		require.Regexp(t, `(?m)^`+title+` +\S`, text)
	}
	for _, method := range runtime.Methods() {
		require.Equal(t, 3, strings.Count(text, "\n"+string(method)+" "), method)
	}
	require.True(t, strings.HasSuffix(text, "\n\n"+bench.EngineLegend))
}

func TestBenchEngineUsage(t *testing.T) {
	for line, part := range map[string]string{
		"--preset slow": `"slow"`, "--hidden 0": `--hidden "0"`, "--hidden x": `--hidden "x"`, "--hidden 70000": "70000",
		"--batch 0": "batch of 0", "--batch -1": "batch of -1", "--rounds 0": "0 rounds", "--rounds 5000": "5000 rounds",
		"--inputs 0": "0 inputs", "--inputs 99999999": "99999999 inputs", "--classes 1": "1 classes", "--classes 99999": "99999 classes",
		"--threads 0": "--threads 0", "--time 0s": "--time 0s", "--time 2h": "--time 2h", "--time 5": "--time", "--seed -1": "--seed",
		"extra": `"extra"`, "--frobnicate": "--frobnicate",
	} {
		requireUsage(t, pffedge(t, words("bench engine "+line)...), part)
	}
}

func TestBenchEngineUnwritable(t *testing.T) {
	for _, form := range []string{"", " --json"} {
		var stderr bytes.Buffer
		code := run(t.Context(), words(quickEngine+form), strings.NewReader(""), broken{}, &stderr)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr.String(), errBroken.Error())
	}
}

func TestBenchEngineInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := exec1(ctx, strings.NewReader(""), words(quickEngine)...)
	require.Equal(t, exitInterrupted, o.code)
	require.Empty(t, o.stdout)
	require.Equal(t, "pffedge: error: interrupted\n", o.stderr)
}

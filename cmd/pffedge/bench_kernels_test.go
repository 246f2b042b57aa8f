package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/simd"
)

const quickBench = "bench kernels --time 1us --shape 7,37,35 --shape 1,37,35 "

func TestBenchKernelsJSON(t *testing.T) {
	lines := objects(t, done(t, words(quickBench+"--json")...))
	cases := 2*len(bench.Names()) - 1 // of gemm-sparse, one row
	require.Len(t, lines, cases*len(simd.Usable()))
	seen := map[any]bool{}
	for _, o := range lines {
		seen[o.at(t, "op")] = true
		require.Contains(t, []any{"float32", "int8"}, o.at(t, "dtype"))
		require.Contains(t, []any{"fma", "dot", "read"}, o.at(t, "bound"))
		require.Contains(t, []any{1.0, 7.0}, o.at(t, "m"))
		require.EqualValues(t, 35, o.at(t, "n"))
		require.EqualValues(t, 1, o.at(t, "threads"))
		for _, key := range []string{"seconds", "gflops", "peak_fraction", "vs_generic", "gbps", "peak"} {
			require.Positive(t, o.at(t, key), key)
		}
		require.GreaterOrEqual(t, o.at(t, "spread"), 0.0)
		require.GreaterOrEqual(t, o.at(t, "k"), 0.0)
		if o.at(t, "isa") == "generic" {
			require.EqualValues(t, 1, o.at(t, "vs_generic"))
		}
	}
	require.Len(t, seen, len(bench.Names()))
	var one bench.Result
	only(t, done(t, words("bench kernels --time 1us --shape 1,1,3 --json --isa generic --op dot")...), &one)
	require.Equal(t, simd.Generic, one.ISA)
}

func TestBenchKernelsTable(t *testing.T) {
	text := done(t, words(quickBench+"--op step,gemm,gemm-i8 --isa generic --threads 2")...)
	require.Regexp(t, `^.+, kernels generic, 2 threads\n\ngemm \(float32\): `, text)
	require.Less(t, strings.Index(text, "gemm (float32)"), strings.Index(text, "gemm-i8 (int8)"))
	require.Less(t, strings.Index(text, "gemm-i8 (int8)"), strings.Index(text, "step (float32)"))
	require.Equal(t, 3, strings.Count(text, "of peak  "), "a heading for each group:\n%s", text)
	require.Regexp(t, `(?m)^ *7 +37 +35 +generic +\S+ (ns|µs|ms|s) +[\d.]+% +[\d.]+ +– +[\d.]+% +fma [\d.]+ GFLOP/s +1\.00$`, text)
	require.Regexp(t, `(?m)^ *1 +– +35 +generic .* read [\d.]+ GB/s +1\.00$`, text)
	require.True(t, strings.HasSuffix(text, "\n\n"+bench.Legend))
}

func TestBenchKernelsUsage(t *testing.T) {
	usable := listed(simd.Usable())
	for line, parts := range map[string][]string{
		"--isa sse9":                       {`"sse9"`, usable},
		"--isa avx2,neon,generic":          {usable},
		"--isa generic,":                   {`""`, usable},
		"--op gem":                         {`"gem"`, "gemm", "requantize"},
		"--op gemm,":                       {`""`, "gemm"},
		"--threads 0":                      {"--threads 0"},
		"--threads 1000":                   {"--threads 1000"},
		"--threads x":                      {"--threads"},
		"--time 0s":                        {"--time 0s"},
		"--time 2h":                        {"--time 2h0m0s"},
		"--time 5":                         {"--time"},
		"--shape 1,2":                      {`"1,2"`, "m,k,n"},
		"--shape 1,2,3,4":                  {`"1,2,3,4"`},
		"--shape 0,2,3":                    {`"0,2,3"`},
		"--shape 1,-2,3":                   {`"1,-2,3"`},
		"--shape 1,x,3":                    {`"1,x,3"`},
		"--shape 99999999999999999999,1,1": {"m,k,n"},
		"--shape 100000,100000,1":          {"more than"},
		"extra":                            {`"extra"`},
	} {
		requireUsage(t, pffedge(t, words("bench kernels "+line)...), parts...)
	}
	requireUsage(t, pffedge(t, words("bench kernel")...), "kernel")
	require.Contains(t, done(t, "bench"), "kernels")
}

// TestBenchKernelsIsNarrowed by PFFEDGE_CPU, unless --isa says otherwise.
func TestBenchKernelsIsNarrowed(t *testing.T) {
	line := words(quickBench + "--op dot --json")
	o := finish(t, program(t.Context(), line, "PFFEDGE_CPU=generic"))
	require.Zero(t, o.code, o.stderr)
	for _, r := range objects(t, o.stdout) {
		require.Equal(t, "generic", r.at(t, "isa"))
	}
	best := string(simd.Usable()[len(simd.Usable())-1])
	o = finish(t, program(t.Context(), append(line, "--isa", best), "PFFEDGE_CPU=generic"))
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, best, objects(t, o.stdout)[0].at(t, "isa"))
}

// stopAfter is a writer that cancels when text has passed.
type stopAfter struct {
	bytes.Buffer
	text   string
	cancel context.CancelFunc
}

func (w *stopAfter) Write(p []byte) (int, error) {
	defer func() {
		if strings.Contains(w.String(), w.text) {
			w.cancel()
		}
	}()
	return w.Buffer.Write(p)
}

// TestBenchKernelsInterrupted prints what is done.
func TestBenchKernelsInterrupted(t *testing.T) {
	for form, text := range map[string]string{"": "gemm (float32)", " --json": `"op":"gemm"`} {
		ctx, cancel := context.WithCancel(t.Context())
		stdout, stderr := &stopAfter{text: text, cancel: cancel}, new(bytes.Buffer)
		code := run(ctx, words(quickBench+"--isa generic"+form), os.Stdin, stdout, stderr)
		require.Equal(t, exitInterrupted, code, stderr)
		require.Contains(t, stdout.String(), text)
		require.NotContains(t, stdout.String(), "requantize")
		require.Regexp(t, `^pffedge: error: interrupted after \d+ of \d+ cases\n$`, stderr.String())
		if form == "" {
			require.Contains(t, stdout.String(), bench.Legend)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	cancel()
	o := exec1(ctx, os.Stdin, words(quickBench+"--json")...)
	require.Equal(t, exitInterrupted, o.code)
	require.Empty(t, o.stdout)
}

func TestBenchAndDoctorUnwritable(t *testing.T) {
	for _, line := range []string{quickBench + "--op dot", "doctor"} {
		for _, form := range []string{"", " --json"} {
			var stderr bytes.Buffer
			code := run(t.Context(), words(line+form), strings.NewReader(""), broken{}, &stderr)
			require.Equal(t, exitFailed, code)
			require.Contains(t, stderr.String(), errBroken.Error())
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// measured is a job of 2·10⁹ operations with two ways through one peer.
var measured = &job{op: "gemm", shape: shape{1000, 1000, 1000}, contenders: []contender{
	{library: ours, variant: "GemmF32"}, {library: openBLAS, variant: "sgemm"}, {library: openBLAS, variant: "sgemv"}, {library: gonum, variant: "Gemm"},
}}

func TestResultsKeepTheFastestVariant(t *testing.T) {
	list := results(measured, [][]float64{{1, 2, 1}, {4, 4, 4}, {2, 3, 2}, {10, 20, 30}}, 1)
	require.Len(t, list, 3)
	require.Equal(t, result{Op: "gemm", Library: openBLAS, Variant: "sgemv", shape: measured.shape, Threads: 1, Rounds: 3,
		Seconds: 2, Gflops: 1, Ratio: 2, RatioQ1: 1.75, RatioQ3: 2}, list[1])
	require.Equal(t, ours, list[0].Library)
	require.Equal(t, 1.0, list[0].Ratio)
	require.Equal(t, 10.0, list[2].Ratio)
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	r := &table{out: &out}
	require.NoError(t, r.operation(operation{name: "gemm", peers: []string{openBLAS, blis, gonum}}))
	require.NoError(t, r.row(results(measured, [][]float64{{1, 2, 1}, {4, 4, 4}, {2, 3, 2}, {10, 20, 30}}, 1)))
	require.Equal(t, `
op         m     k     n threads   pffedge  openblas                            blis                           gonum
gemm    1000  1000  1000       1       2.0       1.0 (2.00 1.75–2.00)              –                             0.1 (10.0 10.0–20.0)
`, out.String())
}

func TestTableNamesWhatIsAbsent(t *testing.T) {
	var out bytes.Buffer
	m := machine{CPU: "A CPU", CPUs: 2, Go: "go1", Kernels: "avx2", Libraries: map[string]string{blis: "0.9"}, Load: "0.25", Absent: []string{"onednn: none"}}
	require.NoError(t, (&table{out: &out}).machine(m))
	require.Contains(t, out.String(), "A CPU, 2 CPUs, load 0.25 before this run, go1")
	require.Contains(t, out.String(), "blis      0.9\n")
	require.Contains(t, out.String(), "left out: onednn: none\n")
}

// TestJSONLines: one object a line, with the fields that a reader needs.
func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	r := jsonLines{json.NewEncoder(&out)}
	require.NoError(t, r.machine(machine{CPU: "A CPU"}))
	require.NoError(t, r.operation(operation{}))
	require.NoError(t, r.row(results(measured, [][]float64{{1}, {4}, {2}, {10}}, 2)))
	require.NoError(t, r.units([]unit{{Unit: "sgemm", Threads: 2, Seconds: 0.5}}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5)
	var row, one map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &row))
	require.Subset(t, row, map[string]any{"op": "gemm", "library": openBLAS, "m": 1000.0, "k": 1000.0, "n": 1000.0, "threads": 2.0, "seconds": 2.0, "ratio": 2.0})
	require.NoError(t, json.Unmarshal([]byte(lines[4]), &one))
	require.Subset(t, one, map[string]any{"unit": "sgemm", "threads": 2.0, "seconds": 0.5})
}

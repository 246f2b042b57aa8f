package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestQuantize writes a model in int8 that predicts nearly as well, and tells
// what was measured.
func TestQuantize(t *testing.T) {
	data, from := barModel(t)
	for _, how := range []string{"row", "minmax", "percentile", "mse"} {
		out := filepath.Join(t.TempDir(), "q.pff")
		line := words("quantize --force --max-drop 5 --json --samples 50 --model", from, "--data", data, "--out", out, "--calibration", how)
		o := pffedge(t, line...)
		require.Zero(t, o.code, o.stderr)
		var q quantization
		only(t, o.stdout, &q)
		require.Equal(t, []any{from, out, how, 50, true}, []any{q.Model, q.Out, string(q.Calibration), q.Samples, q.Written})
		m, err := model.Load(out)
		require.NoError(t, err)
		require.NotNil(t, m.Int8)
		require.Equal(t, how == "row", m.Int8.Clip[1] == 0)
		info, err := os.Stat(out)
		require.NoError(t, err)
		require.Equal(t, info.Size(), q.Bytes.After)
		require.Less(t, q.Bytes.After, q.Bytes.Before)
		require.Len(t, q.Accuracy, 3)
		for _, a := range q.Accuracy {
			require.Equal(t, 20, a.Samples)
			require.InDelta(t, 100*(a.Before-a.After), a.Drop, 1e-9)
			evaluated := objects(t, done(t, "eval", "--json", "--model", out, "--data", data, "--method", string(a.Method)))[0]
			require.InDelta(t, a.After, evaluated.at(t, "accuracy"), 1e-12)
		}
		require.Len(t, q.Latency, 6)
		for _, l := range q.Latency {
			require.True(t, l.Before > 0 && l.After > 0 && l.Gain > 0)
		}
		require.Len(t, q.Matrices, 10)
		for _, m := range q.Matrices {
			require.Greater(t, *m.Weights, 25.0, m.Name)
			if m.Product != nil {
				require.Greater(t, *m.Product, 15.0, m.Name)
			}
			require.Equal(t, m.Name[0] != 'L' && m.Name != "V", m.Limit != nil, m.Name)
		}
	}
}

func TestQuantizeTable(t *testing.T) {
	data, from := flowerModel(t)
	out := filepath.Join(t.TempDir(), "q.pff")
	o := pffedge(t, words("quantize --force --max-drop 100 --model", from, "--data", data, "--out", out)...)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stdout, "limits by mse over 201 samples")
	require.Regexp(t, `(?m)^accuracy, goodness, 39 samples +[\d.]+% +[\d.]+% +[+-][\d.]+ points$`, o.stdout)
	require.Regexp(t, `(?m)^time, auto, 1 sample +[\d.]+ \S+ +[\d.]+ \S+ +[\d.]+ times as fast$`, o.stdout)
	require.Regexp(t, `(?m)^W1 +6×32 +[\d.]+ +[\d.]+ +0\.\d+$`, o.stdout)
	require.Contains(t, o.stdout, "written: "+out)
}

// spoilt writes a model whose second layer has outliers where nothing is read, so
// that float32 predicts as before, and codes hold nothing else.
func spoilt(t *testing.T, from string) string {
	m, err := model.Load(from)
	require.NoError(t, err)
	m.Params.Layers[0].Bias[5] = -1e6
	for n := range m.Params.Layers[1].Up.N {
		m.Params.Layers[1].Up.Set(5, n, 1e4)
	}
	path := filepath.Join(t.TempDir(), "spoilt.pff")
	require.NoError(t, model.Save(path, m))
	return path
}

// TestQuantizeRefuses what loses too much, names the matrix, and writes nothing.
func TestQuantizeRefuses(t *testing.T) {
	data, from := barModel(t)
	dir := t.TempDir()
	line := words("quantize --model", spoilt(t, from), "--data", data, "--out", filepath.Join(dir, "q.pff"))
	o := pffedge(t, line...)
	require.Equal(t, exitFailed, o.code)
	requireError(t, o, 1, "is not written: accuracy by ", "W2 is to blame, which alone costs ")
	require.Contains(t, o.stderr, "hint: --force")
	require.Regexp(t, `(?m)^alone in int8 .*\nW2 +-[\d.]+ points$`, o.stdout)
	require.Empty(t, names(t, dir))

	o = pffedge(t, append(line, "--json")...)
	require.Equal(t, exitFailed, o.code)
	var q quantization
	only(t, o.stdout, &q)
	require.False(t, q.Written)
	require.Equal(t, "W2", q.Blame[0].Matrix)
	require.NotEmpty(t, q.Refused)

	o = pffedge(t, append(line, "--force")...)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stderr, "pffedge: warning: accuracy by ")
	require.Equal(t, []string{"q.pff"}, names(t, dir))
}

func TestQuantizeBadInput(t *testing.T) {
	data, from := barModel(t)
	flowers, _ := flowerModel(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "q.pff")
	small := filepath.Join(t.TempDir(), "int8.pff")
	m, err := model.Load(from)
	require.NoError(t, err)
	q, err := m.Quantise()
	require.NoError(t, err)
	require.NoError(t, model.Save(small, q))
	untested := t.TempDir()
	for i := range 4 {
		write(t, filepath.Join(untested, "left", string(rune('a'+i))+".png"), pngOf(t, bars(0, i)))
		write(t, filepath.Join(untested, "top", string(rune('a'+i))+".png"), pngOf(t, bars(1, i)))
	}
	for name, c := range map[string]struct{ model, data, part string }{
		"int8 already":  {small, data, small + ": the weights are in int8 already"},
		"other data":    {from, flowers, "flowers.csv"},
		"no test split": {from, untested, "no samples in the test split"},
		"no data":       {from, filepath.Join(dir, "none"), "none"},
		"no model":      {filepath.Join(dir, "none.pff"), data, "none.pff"},
		"damaged":       {write(t, filepath.Join(t.TempDir(), "cut.pff"), read(t, from)[:5000]), data, "ends too early"},
	} {
		requireFailure(t, pffedge(t, "quantize", "--model", c.model, "--data", c.data, "--out", out), c.part)
		require.Empty(t, names(t, dir), name)
	}
	o := pffedge(t, "quantize", "--force", "--model", from, "--data", data, "--out", filepath.Join(dir, "no", "q.pff"))
	requireFailure(t, o, "no such file")
	line := "quantize --data " + data + " "
	for _, more := range []string{
		"--out q.pff", "--model " + from, "--model m.pff --out q.pff --calibration guess", "--model m.pff --out q.pff --samples 0",
		"--model m.pff --out q.pff --max-drop -1", "--model m.pff --out q.pff --max-drop NaN", "--model m.pff --out q.pff --threads 0",
		"--model " + from + " --out " + from,
	} {
		requireUsage(t, pffedge(t, words(line+more)...))
	}
	require.Equal(t, exitUsage, pffedge(t, "quantize", "--model", from, "--out", out).code, "no data named")
}

func TestQuantizeInterrupted(t *testing.T) {
	data, from := barModel(t)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o := exec1(ctx, strings.NewReader(""), "quantize", "--model", from, "--data", data, "--out", filepath.Join(dir, "q.pff"))
	require.Equal(t, exitInterrupted, o.code, o.stderr)
	require.Empty(t, names(t, dir))
}

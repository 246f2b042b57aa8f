package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// quick learns synthetic digits in a moment.
const quick = "--data synthetic --limit 600 --tests 200 --hidden 60,60 --epochs 2 --mlp-epochs 2 --every 20ms --threads 2 "

func words(line string, more ...string) []string { return append(strings.Fields(line), more...) }

// done runs a command line that must succeed, and returns what it printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), args, &stdout, &stderr), &stderr)
	return stdout.String()
}

func decoded(t *testing.T, text string) (r report) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	return r
}

// TestRun learns with both, in a few batches, and draws a picture.
func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "curves.png")
	r := decoded(t, done(t, words(quick+"--seeds 3,4 --methods readout,goodness --json --png "+file)...))
	var names []string
	for _, c := range r.Curves {
		names = append(names, c.name())
		require.NotEmpty(t, c.Points)
		require.EqualValues(t, 2, c.last().Epochs)
		for i, p := range c.Points {
			require.True(t, p.Accuracy >= 0 && p.Accuracy <= 1)
			require.True(t, i == 0 || p.Seconds > c.Points[i-1].Seconds)
		}
	}
	require.Equal(t, []string{"fast, readout", "fast, goodness", "mlp, softmax"}, names[:3])
	require.Len(t, names, 6)
	require.Len(t, r.Targets, 3*4)
	require.Equal(t, []any{600, 200, 2, "wall", []int{60, 60}}, []any{r.Train, r.Test, r.Threads, r.Clock, r.Hidden})
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(text))
	require.NoError(t, err)
}

// TestBackpropLearns: the yardstick is one.
func TestBackpropLearns(t *testing.T) {
	r := decoded(t, done(t, words("--data synthetic --limit 3000 --tests 500 --hidden 100,100 --learners mlp --mlp-epochs 5 --seeds 0 --threads 2 --json")...))
	require.Greater(t, r.Curves[0].last().Accuracy, 0.85)
}

// TestEqualSeedsLearnAlike, whatever the threads and the times of evaluation.
func TestEqualSeedsLearnAlike(t *testing.T) {
	ends := func(line string) (list []float64) {
		for _, c := range decoded(t, done(t, words(quick+"--seeds 1 --json "+line)...)).Curves {
			list = append(list, c.last().Accuracy)
		}
		return list
	}
	require.Equal(t, ends("--threads 1"), ends("--threads 2 --every 1h"))
}

// TestMerge puts runs made one by one into one table, and refuses those that
// cannot be compared.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	save := func(name, line string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(done(t, words(quick+"--json "+line)...)), 0o644))
		return file
	}
	a, b := save("a", "--seeds 0 --learners mlp"), save("b", "--seeds 1 --learners mlp")
	text := done(t, "--from", a, "--from", b, "--targets", "1,99.9")
	require.Regexp(t, `mlp, softmax +1 % +2 of 2`, text)
	require.Regexp(t, `mlp, softmax +99.9 % +0 of 2 +never +never`, text)
	other := save("c", "--seeds 2 --learners mlp --hidden 50,50")
	var stderr bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"--from", a, "--from", other}, new(bytes.Buffer), &stderr))
	require.Contains(t, stderr.String(), "different conditions")
	for name, content := range map[string]string{"text": "hello", "nothing": "{}", "empty": `{"curves": [{}]}`} {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
		stderr.Reset()
		require.Equal(t, 1, run(t.Context(), []string{"--from", file}, new(bytes.Buffer), &stderr))
		require.Contains(t, stderr.String(), "learning: error: "+file)
	}
}

func TestUsage(t *testing.T) {
	for _, line := range []string{
		"", "--data a --from b", "--data a extra", "--frobnicate", "--data a --learners slow", "--data a --learners fast,", "--data a --methods guess",
		"--data a --hidden 0", "--data a --hidden x", "--data a --hidden 5,,5", "--data a --seeds -1", "--data a --seeds x", "--data a --targets 0",
		"--data a --targets 101", "--data a --targets NaN", "--data a --threads 0", "--data a --threads 1000", "--data a --epochs -1",
		"--data a --mlp-epochs 0", "--data a --every 0s", "--data a --clock sun", "--data a --limit -1", "--data a --tests -1",
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(t.Context(), words(line), &stdout, &stderr), line)
		require.Empty(t, stdout.String())
		require.Contains(t, stderr.String(), "learning: error: ", line)
	}
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "-learners")
	require.Equal(t, 1, run(t.Context(), []string{"--data", filepath.Join(t.TempDir(), "none")}, &stdout, &stderr))
}

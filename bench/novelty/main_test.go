package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const quick = "--data synthetic --limit 2000 --tests 200 --hidden 60,50 --epochs 24 --out 3 --changed 30 --steady 500 --before 50 --after 200 "

// done runs a command line that must succeed, and returns what it printed.
func done(t *testing.T, line string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), strings.Fields(line), &stdout, &stderr), &stderr)
	return stdout.String()
}

func TestRun(t *testing.T) {
	text := done(t, quick+"--json")
	var r report
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	require.Equal(t, []int{2000, 200}, []int{r.Train, r.Test})
	require.Len(t, r.Networks, 1)
	for _, n := range r.Networks {
		require.Greater(t, n.Accuracy, 0.4)
		require.True(t, n.Above50 >= n.Above90 && n.Above90 >= n.Above95 && n.Above95 >= n.Above99)
	}
	require.Len(t, r.Curves, 15*5) // judges, groups
	for _, c := range r.Curves {
		require.True(t, c.AUROC >= 0 && c.AUROC <= 1 && c.FPR95 >= 0 && c.FPR95 <= 1)
		if c.Judge == statistic && c.Group == "noise" {
			require.Greater(t, c.AUROC, 0.7)
		}
	}
	require.Len(t, r.Streams, 3)
	for _, s := range r.Streams {
		require.LessOrEqual(t, s.Warning, s.Samples)
		require.LessOrEqual(t, s.Alarm, s.Samples)
	}
	var b bytes.Buffer
	require.NoError(t, r.tables(&b))
	require.Equal(t, b.String(), done(t, quick), "figures follow from the options")
	text = b.String()
	require.Regexp(t, `(?m)^AUROC, mean +unseen +inverted +noise +rotated +shuffled$`, text)
	require.Regexp(t, `(?m)^statistic +[01]\.\d{3} +[01]\.\d{3} +[01]\.\d{3} +[01]\.\d{3} +[01]\.\d{3}$`, text)
	require.Regexp(t, `(?m)^3 +0 +[01]\.\d{3} +[01]\.\d{3}$`, text)
	require.Regexp(t, `(?m)^steady +1 +500 +\d+`, text)
}

func TestUsage(t *testing.T) {
	for _, line := range []string{
		"", "--data a extra", "--frobnicate", "--data a --hidden 0", "--data a --hidden x", "--data a --seeds -1", "--data a --out x",
		"--data a --epochs 0", "--data a --threads 0", "--data a --limit -1", "--data a --alarm 1", "--data a --alarm NaN", "--data a --after 0",
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(t.Context(), strings.Fields(line), &stdout, &stderr), line)
		require.Contains(t, stderr.String(), "novelty: error: ")
		require.Empty(t, stdout.String())
	}
	for _, line := range []string{"--data /nowhere", "--data synthetic --limit 300 --tests 100 --out 10", "--data synthetic --limit 300 --tests 100 --hidden 9,9 --epochs 1 --out 1"} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 1, run(t.Context(), strings.Fields(line), &stdout, &stderr), line)
		require.Contains(t, stderr.String(), "novelty: error: ")
	}
	require.Zero(t, run(t.Context(), []string{"--help"}, new(bytes.Buffer), new(bytes.Buffer)))
}

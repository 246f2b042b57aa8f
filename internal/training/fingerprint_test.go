package training

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
)

// edited opens the points after a change to one of the file's rows.
func edited(t *testing.T, row int, old, new string) *data.Set {
	t.Helper()
	of := opened(t, points(size), data.Train, nil)
	lines := bytes.SplitAfter(points(size), []byte("\n"))
	changed := bytes.Replace(lines[row], []byte(old), []byte(new), 1)
	require.NotEqual(t, lines[row], changed)
	lines[row] = changed
	return opened(t, bytes.Join(lines, nil), data.Train, of)
}

func TestFingerprint(t *testing.T) {
	set := opened(t, points(size), data.Train, nil)
	print := Fingerprint(set)
	require.Contains(t, print, "30 samples")
	require.Equal(t, print, Fingerprint(opened(t, points(size), data.Train, nil)), "the same set, wherever it lies")
	for name, other := range map[string]*data.Set{
		"fewer samples":    set.Head(29),
		"more samples":     opened(t, points(size+6), data.Train, set),
		"the other split":  opened(t, points(size), data.Test, set),
		"another label":    edited(t, 30, "class 0", "class 1"),
		"the first sample": edited(t, 0, "0.", "1."),
		"another order":    set.Subset(reversed(set.Len())),
	} {
		require.NotEqual(t, print, Fingerprint(other), name)
	}
}

// TestFingerprintSeesEverySample: a run that goes on with one sample mended is
// no longer the run it was.
func TestFingerprintSeesEverySample(t *testing.T) {
	print := Fingerprint(opened(t, points(size), data.Train, nil))
	for _, row := range []int{1, 20, 31} {
		require.NotEqual(t, print, Fingerprint(edited(t, row, ".", "0.")), "row %d", row)
	}
}

func reversed(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = n - 1 - i
	}
	return idx
}

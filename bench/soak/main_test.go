package main

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/runtime"
)

// TestRun: a short soak says everything of every tenth.
func TestRun(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), strings.Fields("--samples 1500 --budget 30000 --json"), &stdout, &stderr)
	var r report
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r), &stderr)
	require.Len(t, r.Windows, tenths)
	for i, w := range r.Windows {
		require.Equal(t, 150*(i+1), w.Samples)
		require.Positive(t, w.Pace)
		require.Positive(t, w.Heap)
		require.GreaterOrEqual(t, w.Accuracy, 0.0)
		require.LessOrEqual(t, w.Remembered, 30000)
		require.Positive(t, w.Remembered)
	}
	require.GreaterOrEqual(t, r.Windows[9].Classes, 9)
	require.Greater(t, r.Windows[9].Accuracy, 0.4)
	// So short a soak may grow in its first tenths; its exit code tells of what it says.
	require.Equal(t, r.failure() != nil, code == 1, &stderr)
	if code == 1 {
		require.Contains(t, stderr.String(), "soak: error: ")
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	r := sound()
	require.NoError(t, r.table(&b))
	require.Equal(t, 11, strings.Count(b.String(), "\n"))
	require.Contains(t, b.String(), "97.0 %")
}

// sound returns a report without fault.
func sound() *report {
	r := &report{Budget: 1000}
	for i := range tenths {
		r.Windows = append(r.Windows, window{Samples: i + 1, Accuracy: 0.97, Heap: 10_000 + int64(i%2)*90, Resident: 20_000 - int64(i)*400, Remembered: 1000})
	}
	return r
}

// TestFailures: each of what the program is for makes it fail.
func TestFailures(t *testing.T) {
	require.NoError(t, sound().failure(), "memory may fall, and rise by 1 %")
	for part, spoil := range map[string]func(r *report){
		"heap of 10101 bytes after 5":            func(r *report) { r.Windows[4].Heap = 10_101 },
		"resident memory of 20201 bytes after 9": func(r *report) { r.Windows[8].Resident = 20_201 },
		"1001 bytes remembered":                  func(r *report) { r.Windows[3].Remembered = 1001 },
		"accuracy fell from 97.0 to 96.9":        func(r *report) { r.Windows[9].Accuracy = 0.969 },
	} {
		r := sound()
		spoil(r)
		require.ErrorContains(t, r.failure(), part)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, line := range []string{"--samples 99", "--threads 0", "more", "--nothing", "--samples x"} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(t.Context(), strings.Fields(line), &stdout, &stderr), line)
		require.Empty(t, stdout.String())
		require.NotEmpty(t, stderr.String())
	}
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"-h"}, &stdout, &stderr))
	require.Equal(t, 1, run(t.Context(), []string{"--samples", "100", "--budget", "1"}, &stdout, &stderr))
}

// TestStream: classes come late, each then at once, and again and again; looks drift
// slowly, and a sample depends on its number alone.
func TestStream(t *testing.T) {
	const length = 200_000
	s, err := newStream(t.Context(), data.Train, 1, length, 100)
	require.NoError(t, err)
	seen, comings := make([]int, 10), make([]int, 10)
	for part := range length / stretch {
		var here []int
		for n := part * stretch; n < (part+1)*stretch; n++ {
			label := s.label(n)
			require.Less(t, label, s.classes(n))
			seen[label]++
			if !slices.Contains(here, label) {
				here = append(here, label)
				comings[label]++
			}
		}
		require.Len(t, here, shown)
		for label := range s.classes(part * stretch) {
			if part*stretch > stretch && label >= first {
				require.NotZero(t, seen[label], "class %d has come by sample %d", label, part*stretch)
			}
		}
	}
	for label := range 10 {
		require.Greater(t, seen[label], length/25, "class %d", label)
		require.Greater(t, comings[label], 30, "class %d", label)
		now, soon, later := s.looksOf(label, 1000), s.looksOf(label, 1100), s.looksOf(label, 17_000)
		require.Less(t, math.Abs(now.slant-soon.slant)+math.Abs(now.thickness-soon.thickness)+math.Abs(now.right-soon.right), 0.1)
		require.Greater(t, math.Abs(now.slant-later.slant)+math.Abs(now.thickness-later.thickness)+math.Abs(now.right-later.right), 0.1)
	}
	a, b := &runtime.Learn{}, &runtime.Learn{}
	require.NoError(t, s.operation(a, 500, batch))
	want, err := a.Append(nil)
	require.NoError(t, err)
	require.NoError(t, s.operation(b, 90, 7))
	require.NoError(t, s.operation(b, 500, batch))
	got, err := b.Append(nil)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// TestLooks: without drift a digit is its original; strokes grow and shrink.
func TestLooks(t *testing.T) {
	s, err := newStream(t.Context(), data.Test, 1, 1000, 10)
	require.NoError(t, err)
	original, drawn := s.originals[0][0], make([]byte, side*side)
	sum := func() (n int) {
		for _, v := range drawn {
			n += int(v)
		}
		return n
	}
	s.drawAs(drawn, original, looks{})
	require.Equal(t, original, drawn)
	plain := sum()
	s.drawAs(drawn, original, looks{thickness: 0.5})
	require.Greater(t, sum(), plain*11/10)
	s.drawAs(drawn, original, looks{thickness: -0.5})
	require.Less(t, sum(), plain*9/10)
	s.drawAs(drawn, original, looks{right: 2, down: -1})
	for y := 1; y < side; y++ {
		require.Equal(t, original[y*side:(y+1)*side-2], drawn[(y-1)*side+2:y*side])
	}
}

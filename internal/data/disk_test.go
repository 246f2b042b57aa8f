package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// requireSameSamples compares two sets, sample by sample, bit by bit.
func requireSameSamples(t testing.TB, want, got *Set) {
	t.Helper()
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, []any{want.Input, want.Classes, want.Source}, []any{got.Input, got.Classes, got.Source})
	require.NoError(t, difference(want, got))
}

// difference names the first sample in which two sets differ.
func difference(want, got *Set) error {
	a, b := make([]float32, want.Input.Size()), make([]float32, want.Input.Size())
	for i := range want.Len() {
		if x, y := want.Sample(a, i), got.Sample(b, i); x != y || !slices.Equal(a, b) {
			return fmt.Errorf("sample %d: labels %d and %d, inputs %v and %v: %w", i, x, y, a, b, errors.Join(want.Err(), got.Err()))
		}
	}
	return nil
}

// ownTemp gives the test a folder for temporary files and returns a check that
// nothing lies there.
func ownTemp(t *testing.T) (empty func()) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return func() {
		t.Helper()
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

// TestOnDisk: the samples are those held in memory, whether the file is plain
// or compressed, of the wanted size or scaled, and nothing is left behind.
func TestOnDisk(t *testing.T) {
	empty := ownTemp(t)
	dir := writeIDX(t, idxFiles{})
	small, classes := model.Image(3, 2), []string{"2", "1", "0"}
	for name, c := range map[string]struct {
		path    string
		opt     Options
		inPlace bool
	}{
		"plain":            {dir, Options{}, true},
		"zipped":           {dir, Options{Split: Test}, false},
		"scaled":           {dir, Options{Width: 4, Height: 3}, false},
		"for a model":      {dir, Options{Split: Test, Input: &small, Classes: classes}, false},
		"synthetic":        {Synthetic, Options{Samples: 2*spoolBlock + 37, Seed: 3}, false},
		"synthetic scaled": {Synthetic, Options{Samples: spoolBlock, Split: Test, Width: 9}, false},
	} {
		t.Run(name, func(t *testing.T) {
			want := open(t, c.path, c.opt)
			c.opt.OnDisk = true
			got := open(t, c.path, c.opt)
			require.Nil(t, got.pixels)
			require.Equal(t, c.inPlace, got.disk.at > 0)
			requireSameSamples(t, want, got)
			if n := want.Len(); n > 2 {
				requireSameSamples(t, want.Subset([]int{n - 1, 0, 0}), got.Subset([]int{n - 1, 0, 0}))
				requireSameSamples(t, want.Head(2), got.Head(2))
			}
			require.NoError(t, got.Close())
			require.NoError(t, want.Close())
			require.NoError(t, want.Err())
			empty()
		})
	}
}

// TestOnDiskFaults: what TestIDXFaults finds leaves no temporary file either.
func TestOnDiskFaults(t *testing.T) {
	empty := ownTemp(t)
	for _, images := range [][]byte{zipped(t, soundImages[:20]), zipped(t, soundImages)[:25], broken(zipped(t, soundImages)), zipped(t, append(soundImages[:22:22], 1))} {
		dir := writeIDX(t, idxFiles{trainImages: images})
		require.Equal(t, openError(dir, Options{}).Error(), openError(dir, Options{OnDisk: true}).Error())
		empty()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Open(ctx, Synthetic, Options{OnDisk: true})
	require.ErrorIs(t, err, context.Canceled)
	empty()
}

func TestOnDiskWithoutRoom(t *testing.T) {
	dir := writeIDX(t, idxFiles{})
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	requireFault(t, openError(dir, Options{Split: Test, OnDisk: true}), dir, "t10k-images-idx3-ubyte.gz: no room to unpack its images")
	open(t, dir, Options{OnDisk: true}) // needs none
}

// TestOnDiskFileChanges: a file that is cut, or closed, while in use is told,
// and told about the place where it happened first.
func TestOnDiskFileChanges(t *testing.T) {
	dir := writeIDX(t, idxFiles{})
	s := open(t, dir, Options{OnDisk: true})
	path := filepath.Join(dir, "train-images-idx3-ubyte")
	require.NoError(t, os.Truncate(path, 19))
	x := make([]float32, 2)
	require.Equal(t, 0, s.Sample(x, 0))
	require.NoError(t, s.Err())
	require.Equal(t, -1, s.Sample(x, 1))
	require.Equal(t, -1, s.Head(3).Sample(x, 2))
	require.EqualError(t, s.Err(), path+": offset 19: file has become shorter while in use")

	s = open(t, dir, Options{Split: Test, OnDisk: true})
	require.NoError(t, s.Close())
	require.Equal(t, -1, s.Sample(x, 0))
	require.ErrorIs(t, s.Err(), os.ErrClosed)
}

func TestOnDiskServesGoroutines(t *testing.T) {
	want := open(t, Synthetic, Options{Samples: 40})
	got := open(t, Synthetic, Options{Samples: 40, OnDisk: true})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { assert.NoError(t, difference(want, got)) })
	}
	wg.Wait()
	dst := make([]float32, 784)
	require.Zero(t, testing.AllocsPerRun(10, func() { got.Sample(dst, 7) }))
}

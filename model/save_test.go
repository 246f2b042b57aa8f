package model

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const memPath = "/models/digits.pff"

// saveSteps saves m to a disk without faults and returns the steps.
func saveSteps(t *testing.T, m *Model) []string {
	d := newMemDisk(memPath, nil)
	require.NoError(t, saveTo(d, m))
	require.Equal(t, encodeModel(t, m), d.entries[memPath].data)
	return d.steps
}

func saveTo(d disk, m *Model) error {
	return writeFile(d, memPath, func(w io.Writer) error { return Encode(w, m) })
}

// oldAndNew returns two models; the new one takes several writes.
func oldAndNew() (*Model, *Model) { return smallModel(), testModels["larger than a chunk of reading"] }

func TestSaveOrder(t *testing.T) {
	_, m := oldAndNew()
	steps := saveSteps(t, m)
	require.Greater(t, len(steps), 8, "several writes, or the faults below prove little")
	require.Equal(t, []string{"resolve", "create", "write", "sync", "close", "rename", "syncDir"}, slices.Compact(steps))
}

func TestSaveSurvivesErrors(t *testing.T) {
	before, after := oldAndNew()
	old, new := encodeModel(t, before), encodeModel(t, after)
	steps := saveSteps(t, after)
	for at, step := range steps {
		for _, fault := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EIO} {
			for _, short := range []bool{false, true} {
				d := newMemDisk(memPath, old)
				d.failAt, d.fail, d.short = at, fault, short
				err := saveTo(d, after)
				require.ErrorIs(t, err, fault, step)
				require.Zero(t, d.temporaryFiles(), "%s left a temporary file", step)
				want := old
				if step == "syncDir" {
					want = new
				}
				require.True(t, bytes.Equal(want, d.entries[memPath].data), step)
				m, err := Decode(bytes.NewReader(d.entries[memPath].data))
				require.NoError(t, err)
				require.NotNil(t, m)
			}
		}
	}
}

func TestSaveSurvivesPowerCuts(t *testing.T) {
	before, after := oldAndNew()
	old, new := encodeModel(t, before), encodeModel(t, after)
	steps := saveSteps(t, after)
	for at := range len(steps) + 1 {
		d := newMemDisk(memPath, old)
		d.failAt, d.crash = at, true
		err := saveTo(d, after)
		if at < len(steps) {
			require.ErrorIs(t, err, errCrash)
		} else {
			require.NoError(t, err)
		}
		for _, found := range d.afterPowerCut(memPath) {
			if at == len(steps) {
				require.True(t, bytes.Equal(new, found), "a finished save must last")
				continue
			}
			require.True(t, bytes.Equal(old, found) || bytes.Equal(new, found), "power cut before step %d", at)
		}
	}
}

func TestPowerCutsHarmCarelessSaving(t *testing.T) {
	d := newMemDisk(memPath, []byte("old"))
	f, err := d.create("/models", 0)
	require.NoError(t, err)
	_, err = f.Write([]byte("new content"))
	require.NoError(t, err)
	require.NoError(t, d.rename(f.Name(), memPath))
	require.Contains(t, d.afterPowerCut(memPath), []byte("new c"), "the disk in memory would not notice a missing sync")
}

func TestWriteFileAtomicOnDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "picture.png")
	put := func(text string) error {
		return WriteFileAtomic(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
	}
	requireHolds := func(text string) {
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, files, 1, "temporary files stay behind")
	}
	require.NoError(t, put("one"))
	requireHolds("one")
	require.NoError(t, put("two"))
	requireHolds("two")

	broken := errors.New("broken")
	err := WriteFileAtomic(path, func(w io.Writer) error { io.WriteString(w, "three"); return broken })
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, path)
	requireHolds("two")

	require.Panics(t, func() { WriteFileAtomic(path, func(io.Writer) error { panic("broken") }) })
	requireHolds("two")
}

func TestWriteFileAtomicRefusesOtherThanFiles(t *testing.T) {
	for _, path := range []string{t.TempDir(), os.DevNull} {
		err := WriteFileAtomic(path, func(io.Writer) error { return nil })
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "not a regular file")
	}
	path := filepath.Join(t.TempDir(), "absent", "m.pff")
	require.ErrorIs(t, Save(path, smallModel()), os.ErrNotExist)
}

func TestSaveOfAnInvalidModelKeepsTheOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	m := smallModel()
	require.NoError(t, Save(path, m))
	bad := smallModel()
	bad.Params.GenTop.Data[0] *= 1e38
	bad.Params.GenTop.Data[0] *= 1e38
	require.ErrorIs(t, Save(path, bad), ErrValue)
	got, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, m, got)
}

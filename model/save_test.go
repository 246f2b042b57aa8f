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

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

const diskPath = "/models/digits.pff"

// diskWith returns a disk in memory that holds an old model.
func diskWith(t *testing.T, old *Model) *crashfs.Disk {
	d := crashfs.New()
	require.NoError(t, d.Mkdir("/models"))
	require.NoError(t, d.SyncDir("/"))
	if old != nil {
		d.Put(diskPath, encodeModel(t, old))
	}
	return d
}

func saveTo(d *crashfs.Disk, m *Model) error {
	return durable.WriteAtomic(d, diskPath, func(w io.Writer) error { return Encode(w, m) })
}

// oldAndNew returns two models; the new one takes several writes.
func oldAndNew() (*Model, *Model) { return smallModel(), testModels["larger than a chunk of reading"] }

// savingSteps saves m to a disk without faults and returns the steps before and
// after that.
func savingSteps(t *testing.T, m *Model) (before int, steps []string) {
	d := diskWith(t, nil)
	before = len(d.Steps())
	require.NoError(t, saveTo(d, m))
	require.True(t, bytes.Equal(encodeModel(t, m), d.Read(diskPath)))
	return before, d.Steps()
}

func TestSaveOrder(t *testing.T) {
	_, m := oldAndNew()
	before, steps := savingSteps(t, m)
	require.Greater(t, len(steps)-before, 8, "several writes, or the faults below prove little")
	require.Equal(t, []string{"resolve", "create", "write", "sync", "close", "rename", "syncDir"}, slices.Compact(steps[before:]))
}

func TestSaveSurvivesErrors(t *testing.T) {
	before, after := oldAndNew()
	old, new := encodeModel(t, before), encodeModel(t, after)
	first, steps := savingSteps(t, after)
	for at := first; at < len(steps); at++ {
		for _, fault := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EACCES, syscall.EIO} {
			for _, short := range []bool{false, true} {
				d := diskWith(t, before)
				d.Inject(crashfs.Fault{At: at, Err: fault, Short: short})
				err := saveTo(d, after)
				require.ErrorIs(t, err, fault, steps[at])
				require.Zero(t, d.TempFiles(), "%s left a temporary file", steps[at])
				want := old
				if steps[at] == "syncDir" {
					want = new
				}
				require.True(t, bytes.Equal(want, d.Read(diskPath)), steps[at])
			}
		}
	}
}

func TestSaveSurvivesPowerCuts(t *testing.T) {
	before, after := oldAndNew()
	old, new := encodeModel(t, before), encodeModel(t, after)
	first, steps := savingSteps(t, after)
	for at := first; at <= len(steps); at++ {
		d := diskWith(t, before)
		d.CrashAt(at)
		err := saveTo(d, after)
		if at < len(steps) {
			require.ErrorIs(t, err, crashfs.ErrCrashed)
		} else {
			require.NoError(t, err)
		}
		for seed := range uint64(20) {
			found := d.Restart(seed).Read(diskPath)
			if at == len(steps) {
				require.True(t, bytes.Equal(new, found), "a finished save must last")
				continue
			}
			require.True(t, bytes.Equal(old, found) || bytes.Equal(new, found), "power cut at step %d", at)
		}
	}
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

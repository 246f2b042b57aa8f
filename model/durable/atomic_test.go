package durable_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// content returns version n of a file: some sectors that a checksum holds
// together.
func content(n int) []byte {
	b := bytes.Repeat([]byte{byte(n)}, 1800+100*(n%7))
	binary.LittleEndian.PutUint32(b, uint32(n))
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// writers put version n of a file in the place of the one before.
var writers = map[string]func(d durable.FS, path string, n int) error{
	"right": func(d durable.FS, path string, n int) error {
		return durable.WriteAtomic(d, path, func(w io.Writer) error {
			_, err := w.Write(content(n))
			return err
		})
	},
	"in place": func(d durable.FS, path string, n int) error {
		f, err := d.Edit(path)
		if errors.Is(err, fs.ErrNotExist) {
			if f, err = d.Create(path, 0); err == nil {
				err = d.SyncDir(filepath.Dir(path))
			}
		}
		return write(f, err, n, true)
	},
	"no sync of the folder": func(d durable.FS, path string, n int) error {
		f, err := d.Create(path+".tmp", 0)
		if err := write(f, err, n, true); err != nil {
			return err
		}
		return d.Rename(path+".tmp", path)
	},
	"no sync at all": func(d durable.FS, path string, n int) error {
		f, err := d.Create(path+".tmp", 0)
		if err := write(f, err, n, false); err != nil {
			return err
		}
		return d.Rename(path+".tmp", path)
	},
}

// write fills a file that was opened with the error err.
func write(f durable.File, err error, n int, sync bool) error {
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(content(n), 0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(content(n)))); err != nil {
		return err
	}
	if !sync {
		return nil
	}
	return f.Sync()
}

// saving saves ten versions of a file.
func saving(save func(d durable.FS, path string, n int) error) crashfs.Workload {
	const path = "/data/file"
	return crashfs.Workload{
		Run: func(d *crashfs.Disk, acknowledge func(int)) error {
			if err := errors.Join(d.Mkdir("/data"), d.SyncDir("/")); err != nil {
				return err
			}
			for n := 1; n <= 10; n++ {
				if err := save(d, path, n); err != nil {
					return err
				}
				acknowledge(n)
			}
			return nil
		},
		Check: func(d *crashfs.Disk, acknowledged int) error {
			found := d.Read(path)
			if found == nil && acknowledged == 0 {
				return nil
			}
			if len(found) < 4 {
				return fmt.Errorf("%d bytes", len(found))
			}
			n := int(binary.LittleEndian.Uint32(found))
			if n < acknowledged || n > acknowledged+1 || !bytes.Equal(found, content(n)) {
				return fmt.Errorf("version %d, %d bytes", n, len(found))
			}
			return nil
		},
	}
}

func TestRightWriterSurvives(t *testing.T) {
	tried, err := crashfs.Torture(saving(writers["right"]), 2000, 1)
	require.NoError(t, err)
	require.Equal(t, 2000, tried)
}

// TestWrongWritersAreCaught: or the harness would prove nothing.
func TestWrongWritersAreCaught(t *testing.T) {
	for name, save := range writers {
		if name == "right" {
			continue
		}
		for seed := range uint64(20) {
			tried, err := crashfs.Torture(saving(save), 200, seed)
			require.ErrorContains(t, err, "power cut", "%s, seed %d: %d states", name, seed, tried)
		}
	}
}

func TestIsTemp(t *testing.T) {
	d := crashfs.New()
	broken := errors.New("broken")
	seen := false
	err := durable.WriteAtomic(d, "/f", func(io.Writer) error {
		for _, path := range d.Names() {
			seen = seen || durable.IsTemp(filepath.Base(path))
		}
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.True(t, seen)
	require.Empty(t, d.Names())
	require.False(t, durable.IsTemp("model.pff"))
	require.False(t, durable.IsTemp(".pffedge-x"))
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "LOCK")
	held, err := durable.OS{}.Lock(path)
	require.NoError(t, err)
	_, err = durable.OS{}.Lock(path)
	require.ErrorIs(t, err, durable.ErrLocked)
	var locked *durable.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, os.Getpid(), locked.PID)
	require.EqualError(t, err, fmt.Sprintf("%s: in use by another process, %d", path, os.Getpid()))
	require.NoError(t, held.Close())
	again, err := durable.OS{}.Lock(path)
	require.NoError(t, err)
	require.NoError(t, again.Close())
	_, err = durable.OS{}.Lock(filepath.Join(path, "LOCK"))
	require.Error(t, err)
}

// TestDiskLikeTheMachine does the same to a file on either file system.
func TestDiskLikeTheMachine(t *testing.T) {
	real := t.TempDir()
	d := crashfs.New()
	require.NoError(t, d.Mkdir("/s"))
	for dir, fsys := range map[string]durable.FS{real: durable.OS{}, "/s": d} {
		path := filepath.Join(dir, "f")
		_, err := fsys.Open(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = fsys.Edit(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
		f, err := fsys.Create(path, 0)
		require.NoError(t, err)
		_, err = fsys.Create(path, 0)
		require.ErrorIs(t, err, fs.ErrExist)
		_, err = f.WriteAt([]byte("hello"), 700)
		require.NoError(t, err)
		require.NoError(t, f.Truncate(703))
		require.NoError(t, f.Sync())
		size, err := f.Size()
		require.NoError(t, err)
		require.EqualValues(t, 703, size)
		require.NoError(t, f.Close())
		require.ErrorIs(t, f.Close(), fs.ErrClosed)

		require.NoError(t, fsys.Rename(path, path+"2"))
		names, err := fsys.List(dir)
		require.NoError(t, err)
		require.Equal(t, []string{"f2"}, names)
		f, err = fsys.Open(path + "2")
		require.NoError(t, err)
		b := make([]byte, 10)
		n, err := f.ReadAt(b, 698)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, "\x00\x00hel", string(b[:n]))
		_, err = f.WriteAt(b, 0)
		require.Error(t, err, "open to read")
		require.NoError(t, f.Close())

		require.ErrorIs(t, fsys.Mkdir(dir), fs.ErrExist)
		require.ErrorIs(t, fsys.Mkdir(filepath.Join(dir, "a", "b")), fs.ErrNotExist)
		require.NoError(t, fsys.SyncDir(dir))
		require.ErrorIs(t, fsys.Remove(path), fs.ErrNotExist)
		require.NoError(t, fsys.Remove(path+"2"))
		_, err = fsys.List(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

package store

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// Careless file systems leave out what makes writes last.
type (
	noSync    struct{ durable.FS }
	noDirSync struct{ durable.FS }
	inPlace   struct{ *crashfs.Disk }
	unsynced  struct{ durable.File }
)

func (unsynced) Sync() error           { return nil }
func (noDirSync) SyncDir(string) error { return nil }

func (f noSync) Create(path string, mode fs.FileMode) (durable.File, error) {
	file, err := f.FS.Create(path, mode)
	return unsynced{file}, err
}

func (f noSync) Edit(path string) (durable.File, error) {
	file, err := f.FS.Edit(path)
	return unsynced{file}, err
}

// Rename writes a snapshot over the newest one, and renames that.
func (f inPlace) Rename(from, to string) error {
	names, err := f.List(dir)
	if err != nil {
		return err
	}
	newest := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, snapshotPrefix) })
	if newest < 0 || !strings.HasPrefix(filepath.Base(to), snapshotPrefix) {
		return f.Disk.Rename(from, to)
	}
	for newest+1 < len(names) && strings.HasPrefix(names[newest+1], snapshotPrefix) {
		newest++
	}
	old := filepath.Join(dir, names[newest])
	file, err := f.Edit(old)
	if err != nil {
		return err
	}
	content := f.Read(from)
	_, err = file.WriteAt(content, 0)
	return errors.Join(err, file.Truncate(int64(len(content))), file.Sync(), file.Close(), f.Disk.Remove(from), f.Disk.Rename(old, to))
}

// Remove does not miss what Rename took away.
func (f inPlace) Remove(path string) error {
	if err := f.Disk.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// TestWrongWritersAreCaught: a store that leaves something out is caught by the
// same harness, or that would prove nothing.
func TestWrongWritersAreCaught(t *testing.T) {
	for name, wrap := range map[string]func(durable.FS) durable.FS{
		"no sync":               func(d durable.FS) durable.FS { return noSync{d} },
		"no sync of the folder": func(d durable.FS) durable.FS { return noDirSync{d} },
		"snapshots in place":    func(d durable.FS) durable.FS { return inPlace{d.(*crashfs.Disk)} },
	} {
		for seed := range uint64(10) {
			tried, err := crashfs.Torture(storing(wrap), 200, seed)
			require.ErrorContains(t, err, "power cut", "%s, seed %d: %d states", name, seed, tried)
		}
	}
}

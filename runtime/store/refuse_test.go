package store

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
)

func TestCreate(t *testing.T) {
	d := newDisk(t, Options{})
	require.ErrorIs(t, Create(d, dir, &list{}, Options{}), ErrExists)
	require.ErrorIs(t, Create(d, "/data", &list{}, Options{}), ErrExists)
	require.ErrorIs(t, Create(d, "/gone/store", &list{}, Options{}), fs.ErrNotExist)
	require.NoError(t, d.Mkdir("/data/empty"))
	require.NoError(t, Create(d, "/data/empty", &list{}, Options{}))
}

func TestNotAStore(t *testing.T) {
	d := newDisk(t, Options{})
	for _, open := range []func(dir string) error{
		func(dir string) error { _, err := Open(d, dir, loadList); return err },
		func(dir string) error { _, err := Read(d, dir, loadList); return err },
		func(dir string) error { _, err := Stat(d, dir); return err },
		func(dir string) error { _, err := Rollback(d, dir, 0, loadList); return err },
		func(dir string) error { _, err := Verify(d, dir, loadList, nil); return err },
		func(dir string) error { return Operations(d, dir, nil) },
	} {
		err := open("/data")
		require.ErrorIs(t, err, ErrNotStore)
		require.ErrorContains(t, err, "/data: ")
		require.ErrorIs(t, open("/gone"), fs.ErrNotExist)
	}
	require.Equal(t, []string{"store"}, func() []string { names, _ := d.List("/data"); return names }(), "no lock was made")
}

func TestLocked(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	_, err := Open(d, dir, loadList)
	require.ErrorIs(t, err, durable.ErrLocked)
	_, err = Rollback(d, dir, 0, loadList)
	require.ErrorIs(t, err, durable.ErrLocked)
	_, err = Stat(d, dir)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, open(t, d).Close())
}

// reversion changes the version of a block and makes its sum right.
func reversion(b []byte, version uint32) []byte {
	b = bytes.Clone(b)
	le.PutUint32(b[8:], version)
	seal(b[:blockBytes])
	return b
}

func TestNewerVersion(t *testing.T) {
	for _, name := range []string{storeFile, "log-00000001.pfl"} {
		for _, change := range []func(b []byte) []byte{
			func(b []byte) []byte { return reversion(b, Version+1) },
			func(b []byte) []byte { b = bytes.Clone(b); b[13] = 1; return reversion(b, Version) },
		} {
			d := newDisk(t, Options{})
			path := filepath.Join(dir, name)
			d.Put(path, change(d.Read(path)))
			d = d.Restart(1)
			steps := len(d.Steps())
			_, err := Open(d, dir, loadList)
			require.ErrorIs(t, err, ErrVersion)
			require.ErrorContains(t, err, path)
			_, err = Rollback(d, dir, 0, loadList)
			require.ErrorIs(t, err, ErrVersion)
			for _, step := range d.Steps()[steps:] {
				require.Contains(t, []string{"open", "list", "lock"}, step, "nothing is written")
			}
		}
	}
	// An operation of a kind to come.
	d := newDisk(t, Options{})
	s := open(t, d)
	s.State = welcoming{s.State}
	_, err := s.Append(Operation{50, make([]byte, 4)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = Open(d, dir, loadList)
	require.ErrorIs(t, err, ErrVersion)
	require.ErrorContains(t, err, "operation 1 ")
}

type welcoming struct{ State }

func (welcoming) Check(Operation) error { return nil }
func (welcoming) Apply(Operation) error { return nil }

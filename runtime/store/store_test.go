package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

func TestAppendAndReopen(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	require.Empty(t, held(s.State))
	first, err := s.Append(number(1))
	require.NoError(t, err)
	require.EqualValues(t, 1, first)
	first, err = s.Append(number(2), number(3), number(4))
	require.NoError(t, err)
	require.EqualValues(t, 2, first)
	require.EqualValues(t, 4, s.Sequence)
	requireReads := func(want []uint32) {
		v, err := Read(d, dir, loadList)
		require.NoError(t, err, "a reader needs no lock")
		require.Equal(t, want, held(v.State))
	}
	requireReads(numbers(1, 4))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Close(), ErrClosed)
	_, err = s.Append(number(5))
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, s.Snapshot(), ErrClosed)
	require.ErrorIs(t, s.Compact(), ErrClosed)

	for n := uint32(5); n <= 9; n++ {
		s = open(t, d)
		require.Equal(t, numbers(1, n-1), held(s.State))
		add(t, s, n, n)
		require.NoError(t, s.Close())
	}
	requireHolds(t, d, numbers(1, 9))
	all, undone := logged(t, d)
	require.Equal(t, numbers(1, 9), all)
	require.Empty(t, undone)
}

func TestEntries(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	begin := time.Now().Add(-time.Second)
	add(t, s, 1, 3)
	require.NoError(t, s.Close())
	next := uint64(1)
	require.NoError(t, Operations(d, dir, func(e Entry) error {
		require.Equal(t, next, e.Sequence)
		require.Equal(t, number(uint32(next)), e.Operation)
		require.True(t, e.Time.After(begin) && e.Time.Before(time.Now().Add(time.Second)))
		next++
		return nil
	}))
	require.EqualValues(t, 4, next)
	enough := errors.New("enough")
	require.ErrorIs(t, Operations(d, dir, func(Entry) error { return enough }), enough)
}

// TestRing: the newest snapshots are kept, and the log that they need.
func TestRing(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	for i := range uint32(6) {
		add(t, s, 10*i+1, 10*i+10)
		require.NoError(t, s.Snapshot())
		require.NoError(t, s.Snapshot(), "again without an operation")
	}
	add(t, s, 61, 65)
	require.NoError(t, s.Close())
	require.Equal(t, []string{
		"LOCK", "STORE", "log-00000005.pfl", "log-00000006.pfl", "log-00000007.pfl",
		"snapshot-00000000000000000040.pff", "snapshot-00000000000000000050.pff", "snapshot-00000000000000000060.pff",
	}, files(t, d))
	requireHolds(t, d, numbers(1, 65))

	info, err := Stat(d, dir)
	require.NoError(t, err)
	require.EqualValues(t, 65, info.Sequence)
	require.EqualValues(t, 66, info.Next)
	require.True(t, info.Sealed)
	require.Len(t, info.Segments, 3)
	require.Len(t, info.Snapshots, 3)
	require.Equal(t, 3, info.Keep)
	r, err := Verify(d, dir, loadList, func(Entry) error { return nil })
	require.NoError(t, err)
	require.Equal(t, &Report{Operations: 25, Snapshots: 3}, r)
}

// TestDamagedSnapshot: the one before and a longer log give the same state, and
// the next snapshots do not count the damaged one as kept.
func TestDamagedSnapshot(t *testing.T) {
	d := newDisk(t, Options{Keep: 2})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	add(t, s, 6, 9)
	require.NoError(t, s.Snapshot())
	add(t, s, 10, 12)
	require.NoError(t, s.Close())
	good := d.Read(snapshotPath(dir, 9))
	d.Put(snapshotPath(dir, 9), good[:len(good)-1])

	s = open(t, d)
	require.Equal(t, numbers(1, 12), held(s.State))
	require.EqualValues(t, 5, s.Recovery.Snapshot)
	require.Equal(t, 7, s.Recovery.Replayed)
	require.Len(t, s.Recovery.Skipped, 1)
	require.ErrorIs(t, s.Recovery.Skipped[0], errList)
	require.Len(t, s.Recovery.Warnings(), 1)
	require.NoError(t, s.Snapshot())
	require.Contains(t, files(t, d), filepath.Base(snapshotPath(dir, 5)))
	require.NotContains(t, files(t, d), filepath.Base(snapshotPath(dir, 9)))
	require.NoError(t, s.Close())
	requireHolds(t, d, numbers(1, 12))
	d.Put(snapshotPath(dir, 5), nil)
	d.Put(snapshotPath(dir, 12), nil)
	_, err := Open(d, dir, loadList)
	require.ErrorIs(t, err, errList)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, snapshotPath(dir, 12))
	_, err = Intact(d, dir, loadList)
	require.ErrorIs(t, err, ErrUnreachable)
}

func TestSnapshotOfTheWrongState(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	add(t, s, 6, 9)
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
	d.Put(snapshotPath(dir, 9), d.Read(snapshotPath(dir, 5)))
	v, err := Read(d, dir, loadList)
	require.NoError(t, err)
	require.ErrorIs(t, v.Recovery.Skipped[0], ErrDamaged)
	require.Equal(t, numbers(1, 9), held(v.State))

	other := newDisk(t, Options{})
	s = open(t, other)
	add(t, s, 1, 9)
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
	d.Put(snapshotPath(dir, 9), other.Read(snapshotPath(dir, 9)))
	v, err = Read(d, dir, loadList)
	require.NoError(t, err)
	require.ErrorIs(t, v.Recovery.Skipped[0], ErrForeign)
	d.Put(segmentPath(dir, 3), other.Read(segmentPath(dir, 1)))
	_, err = Read(d, dir, loadList)
	require.ErrorIs(t, err, ErrForeign)
	require.ErrorContains(t, err, segmentPath(dir, 3))
}

func TestRefusedOperations(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 2)
	before := d.Read(segmentPath(dir, 1))
	for _, ops := range [][]Operation{
		{}, {{kindUnwelcome, make([]byte, 4)}}, {number(3), {kindUnwelcome, nil}},
		make([]Operation, MaxFrameOperations+1), {{kindNumber, make([]byte, MaxFrameBytes)}}, {{99, make([]byte, 4)}},
	} {
		_, err := s.Append(ops...)
		require.Error(t, err)
	}
	require.Equal(t, before, d.Read(segmentPath(dir, 1)))
	require.Equal(t, numbers(1, 2), held(s.State))
	add(t, s, 3, 3)

	_, err := s.Append(Operation{kindPoison, make([]byte, 4)})
	require.ErrorIs(t, err, ErrState)
	require.ErrorIs(t, err, errPoison)
	_, err = s.Append(number(5))
	require.ErrorIs(t, err, ErrState, "the state is spoilt")
	require.NoError(t, s.Close())
	_, err = Open(d, dir, loadList)
	require.ErrorIs(t, err, ErrState)
	require.ErrorContains(t, err, "operation 4 cannot be applied: poison")
	_, err = Rollback(d, dir, 3, loadList)
	require.NoError(t, err)
	requireHolds(t, d, numbers(1, 3))
}

func TestLimit(t *testing.T) {
	d := newDisk(t, Options{Stretch: MinStretch, Keep: 2, Every: 1 << 20})
	s := open(t, d)
	var err error
	n := uint32(1)
	for ; err == nil; n++ {
		if s.layout.logBytes() > MinStretch+200 {
			require.True(t, s.Due())
		}
		_, err = s.Append(number(n))
	}
	require.ErrorIs(t, err, ErrFull)
	require.Less(t, s.layout.logBytes(), int64(3*MinStretch+1))
	require.Greater(t, s.layout.logBytes(), int64(3*MinStretch-200))
	want := numbers(1, n-2)
	require.Equal(t, want, held(s.State))
	require.NoError(t, s.Compact())
	require.False(t, s.Due())
	require.Len(t, files(t, d), 4)
	add(t, s, n-1, n+50)
	require.NoError(t, s.Close())
	requireHolds(t, d, numbers(1, n+50))

	// Snapshots that are taken when due keep the log below its limit.
	s = open(t, d)
	for i := n + 51; i < n+2000; i++ {
		add(t, s, i, i)
		if s.Due() {
			require.NoError(t, s.Snapshot())
		}
	}
	require.NoError(t, s.Close())
	requireHolds(t, d, numbers(1, n+1999))
}

func TestDue(t *testing.T) {
	d := newDisk(t, Options{Every: 5})
	s := open(t, d)
	add(t, s, 1, 4)
	require.False(t, s.Due())
	require.NoError(t, s.Close())
	s = open(t, d)
	add(t, s, 5, 5)
	require.True(t, s.Due())
	require.NoError(t, s.Snapshot())
	require.False(t, s.Due())
	_, err := s.Append(number(6), number(7), number(8), number(9), number(10))
	require.NoError(t, err)
	require.True(t, s.Due())
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{Keep: 1}, {Keep: -1}, {Keep: MaxKeep + 1}, {Every: -1}, {Every: MaxEvery + 1}, {Stretch: 1}, {Stretch: -1}, {Stretch: 1 << 62}, {Limit: 5}, {Limit: -1}, {Limit: 1 << 62},
	} {
		require.ErrorIs(t, Create(crashfs.New(), "/s", &list{}, o), ErrOptions, "%+v", o)
	}
}

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

func TestOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, Create(durable.OS{}, dir, &list{}, Options{}))
	for n := uint32(1); n <= 4; n++ {
		s, err := Open(durable.OS{}, dir, loadList)
		require.NoError(t, err)
		add(t, s, n, n)
		_, err = Open(durable.OS{}, dir, loadList)
		require.ErrorIs(t, err, durable.ErrLocked)
		if n == 2 {
			require.NoError(t, s.Snapshot())
		}
		require.NoError(t, s.Close())
	}
	stale := filepath.Join(dir, ".pffedge-0123.tmp")
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	v, err := Read(durable.OS{}, dir, loadList)
	require.NoError(t, err)
	require.Equal(t, numbers(1, 4), held(v.State))
	require.FileExists(t, stale, "a reader changes nothing")
	s, err := Open(durable.OS{}, dir, loadList)
	require.NoError(t, err)
	require.NoFileExists(t, stale)
	require.NoError(t, s.Compact())
	require.NoError(t, s.Close())
}

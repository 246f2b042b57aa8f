package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
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
	require.Equal(t, &Report{Operations: 25, Snapshots: 3, Opens: true}, r)
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

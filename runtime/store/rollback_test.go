package store

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRollback(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	add(t, s, 6, 9)
	require.NoError(t, s.Snapshot())
	add(t, s, 10, 12)
	require.NoError(t, s.Close())

	r, err := Rollback(d, dir, 7, loadList)
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 12, To: 7, Undone: 5}, r)
	requireHolds(t, d, numbers(1, 7))
	info, err := Stat(d, dir)
	require.NoError(t, err)
	require.Equal(t, []uint64{7, 13}, []uint64{info.Sequence, info.Next})
	require.Equal(t, []bool{false, false, true}, []bool{info.Snapshots[0].Undone, info.Snapshots[1].Undone, info.Snapshots[2].Undone})
	all, undone := logged(t, d)
	require.Equal(t, numbers(1, 7), all)
	require.Equal(t, numbers(8, 12), undone)

	s = open(t, d)
	first, err := s.Append(number(20))
	require.NoError(t, err)
	require.EqualValues(t, 13, first, "numbers are used once")
	require.NoError(t, s.Close())
	branch := append(numbers(1, 7), 20)
	requireHolds(t, d, branch)

	// Undone operations come back, and those since are undone.
	r, err = Rollback(d, dir, 11, loadList)
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 13, To: 11, Undone: 1, Redone: 4}, r)
	requireHolds(t, d, numbers(1, 11))
	r, err = Rollback(d, dir, 13, loadList)
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 11, To: 13, Undone: 4, Redone: 1}, r)
	requireHolds(t, d, branch)

	before := files(t, d)
	r, err = Rollback(d, dir, 13, loadList)
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 13, To: 13}, r)
	require.Equal(t, before, files(t, d), "nothing to do")
	for _, to := range []uint64{14, 100, 1 << 63} {
		_, err = Rollback(d, dir, to, loadList)
		require.ErrorIs(t, err, ErrUnreachable)
	}

	s = open(t, d)
	require.NoError(t, s.Snapshot())
	require.NotContains(t, files(t, d), "snapshot-00000000000000000009.pff", "that of undone operations")
	require.NoError(t, s.Compact())
	require.NoError(t, s.Close())
	requireHolds(t, d, branch)
	all, undone = logged(t, d)
	require.Empty(t, append(all, undone...))
	_, err = Rollback(d, dir, 11, loadList)
	require.ErrorIs(t, err, ErrUnreachable)
	r, err = Rollback(d, dir, 13, loadList)
	require.NoError(t, err)
	require.Zero(t, r.Undone)
}

// TestRollbackFrom goes back only from where the caller believes the store to be.
func TestRollbackFrom(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Close())
	before := files(t, d)
	_, err := RollbackFrom(d, dir, 4, 2, loadList)
	require.ErrorIs(t, err, ErrChanged)
	require.Equal(t, before, files(t, d))
	_, err = RollbackFrom(d, dir, 5, 2, loadList)
	require.NoError(t, err)
	s = open(t, d)
	add(t, s, 6, 7)
	require.NoError(t, s.Close())
	after := map[uint64]uint64{}
	require.NoError(t, Operations(d, dir, func(e Entry) error {
		after[e.Sequence] = e.After
		return nil
	}))
	require.Equal(t, map[uint64]uint64{1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 2, 7: 6}, after)
	_, err = RollbackFrom(d, dir, 7, after[6], loadList)
	require.NoError(t, err)
	requireHolds(t, d, numbers(1, 2))
}

// TestCompactAfterRollback drops what was undone though nothing came after it.
func TestCompactAfterRollback(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Close())
	_, err := Rollback(d, dir, 3, loadList)
	require.NoError(t, err)
	s = open(t, d)
	require.NoError(t, s.Compact())
	require.NoError(t, s.Close())
	require.Equal(t, []string{"LOCK", "STORE", "log-00000002.pfl", "snapshot-00000000000000000003.pff"}, files(t, d))
	requireHolds(t, d, numbers(1, 3))
}

func TestRollbackToTheBeginning(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Close())
	_, err := Rollback(d, dir, 0, loadList)
	require.NoError(t, err)
	requireHolds(t, d, nil)
	s = open(t, d)
	require.NoError(t, s.Snapshot(), "the state after operation 0 has one already")
	add(t, s, 6, 7)
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
	requireHolds(t, d, numbers(6, 7))
}

// TestRollbackOutOfDamage: whatever is damaged, a rollback before it helps, and
// the store goes on.
func TestRollbackOutOfDamage(t *testing.T) {
	whole := newDisk(t, Options{})
	s := open(t, whole)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	add(t, s, 6, 9)
	require.NoError(t, s.Snapshot())
	add(t, s, 10, 14)
	require.NoError(t, s.Close())
	last := segmentPath(dir, 3)

	for at := range whole.Read(last) {
		d := copyOf(t, whole)
		b := d.Read(last)
		b[at] ^= 0x40
		d.Put(last, b)
		v, err := Read(d, dir, loadList)
		if err == nil {
			require.Equal(t, numbers(1, 14), held(v.State), "a flip at %d", at)
			continue
		}
		intact, err := Intact(d, dir, loadList)
		require.NoError(t, err)
		require.GreaterOrEqual(t, intact, uint64(9))
		require.Less(t, intact, uint64(14))
		furthest := copyOf(t, d)
		_, err = Rollback(furthest, dir, intact, loadList)
		require.NoError(t, err)
		requireHolds(t, furthest, numbers(1, uint32(intact)))
		r, err := Rollback(d, dir, 9, loadList)
		require.NoError(t, err, "a flip at %d", at)
		require.True(t, r.Damaged)
		require.EqualValues(t, 9, r.To)
		if at >= blockBytes {
			require.EqualValues(t, 5, r.Undone, "a flip at %d", at)
		}
		requireHolds(t, d, numbers(1, 9))
		s := open(t, d)
		add(t, s, 100, 103)
		require.NoError(t, s.Snapshot())
		add(t, s, 104, 104)
		require.NoError(t, s.Close())
		requireHolds(t, d, slices.Concat(numbers(1, 9), numbers(100, 104)))
		require.NoError(t, Operations(d, dir, func(Entry) error { return nil }))
	}
}

// TestRollbackToAnOperationBeforeDamage, in the same segment.
func TestRollbackToAnOperationBeforeDamage(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	at := s.end.bytes
	add(t, s, 4, 9)
	require.NoError(t, s.Close())
	b := d.Read(segmentPath(dir, 1))
	b[at+40]++
	d.Put(segmentPath(dir, 1), b)
	_, err := Open(d, dir, loadList)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "operation 4")
	_, err = Rollback(d, dir, 4, loadList)
	require.ErrorIs(t, err, ErrUnreachable)
	intact, err := Intact(d, dir, loadList)
	require.NoError(t, err)
	require.EqualValues(t, 3, intact)
	r, err := Rollback(d, dir, 3, loadList)
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 9, To: 3, Undone: 6, Damaged: true}, r)
	requireHolds(t, d, numbers(1, 3))
}

func TestLostFiles(t *testing.T) {
	whole := newDisk(t, Options{})
	s := open(t, whole)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	add(t, s, 6, 9)
	require.NoError(t, s.Snapshot())
	add(t, s, 10, 14)
	require.NoError(t, s.startSegment())
	add(t, s, 15, 16)
	require.NoError(t, s.Close())
	without := func(paths ...string) error {
		d := copyOf(t, whole)
		for _, path := range paths {
			require.NoError(t, d.Remove(path))
		}
		_, err := Open(d, dir, loadList)
		return err
	}
	require.NoError(t, without())
	require.NoError(t, without(segmentPath(dir, 2)), "the newest snapshot does without")
	require.NoError(t, without(snapshotPath(dir, 9)))
	err := without(segmentPath(dir, 3))
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "segments 3…3 are missing")
	err = without(segmentPath(dir, 2), snapshotPath(dir, 9))
	require.ErrorIs(t, err, ErrDamaged)
	err = without(segmentPath(dir, 2), segmentPath(dir, 3), segmentPath(dir, 4))
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorIs(t, without(snapshotPath(dir, 0), snapshotPath(dir, 5), snapshotPath(dir, 9)), ErrDamaged)
	require.ErrorContains(t, without(segmentPath(dir, 2), segmentPath(dir, 3), segmentPath(dir, 4)), "a snapshot holds")
	require.ErrorIs(t, without(storeFileIn(dir)), ErrNotStore)
}

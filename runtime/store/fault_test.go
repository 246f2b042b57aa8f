package store

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// everyFault runs life with each kind of fault at each step of it, then lets it
// go on, and hands over what is then on the disk.
func everyFault(t *testing.T, check func(d *crashfs.Disk, fault string, acknowledged []uint32, failed error)) {
	calm := newDisk(t, Options{Keep: 2})
	from := len(calm.Steps())
	require.NoError(t, life(calm, func(int) {}))
	for at := from; at < len(calm.Steps()); at++ {
		for _, f := range []crashfs.Fault{
			{Err: syscall.ENOSPC}, {Err: syscall.ENOSPC, Short: true, Times: 2}, {Err: syscall.EIO}, {Err: syscall.EIO, Times: 3, Short: true}, {Err: syscall.EROFS, Times: -1}, {Err: syscall.EACCES},
		} {
			d := newDisk(t, Options{Keep: 2})
			f.At = at
			d.Inject(f)
			last := 0
			err := life(d, func(n int) { last = n })
			d.Inject(crashfs.Fault{})
			check(d, fmt.Sprintf("%+v, %s", f, calm.Steps()[at]), numbers(1, uint32(last)), err)
		}
	}
}

// TestFaultsLoseNothing: whatever fails, what was acknowledged is there, in what
// processes see and in what a crash leaves, and the store can be used again.
func TestFaultsLoseNothing(t *testing.T) {
	failures := 0
	everyFault(t, func(d *crashfs.Disk, fault string, acknowledged []uint32, failed error) {
		if failed != nil {
			failures++
			require.NotContains(t, failed.Error(), "damaged", fault)
		}
		for seed := range uint64(3) {
			after := d.Restart(seed)
			if seed == 0 {
				after = d
			}
			v, err := Read(after, dir, loadList)
			require.NoError(t, err, fault)
			got := held(v.State)
			require.GreaterOrEqual(t, len(got), len(acknowledged), fault)
			require.Equal(t, numbers(1, uint32(len(got))), got, fault)
			s := open(t, after)
			next := uint32(len(got) + 1)
			add(t, s, next, next)
			require.NoError(t, s.Close())
			requireHolds(t, after, numbers(1, next))
		}
	})
	require.Greater(t, failures, 100)
}

// TestFailedAppendsLeaveTheStateAlone: after each kind of fault the same Append
// succeeds, in the same Store.
func TestFailedAppendsLeaveTheStateAlone(t *testing.T) {
	steps := func(d *crashfs.Disk, s *Store) (ops []string) {
		before := len(d.Steps())
		add(t, s, 4, 4)
		return d.Steps()[before:]
	}
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	require.Equal(t, []string{"write", "sync"}, steps(d, s), "an operation takes one write and one sync")
	for at := range 2 {
		for _, fault := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EIO} {
			for times := 1; times < 6; times++ {
				d := newDisk(t, Options{})
				s := open(t, d)
				add(t, s, 1, 3)
				d.Inject(crashfs.Fault{At: len(d.Steps()) + at, Times: times, Err: fault, Short: true})
				failed := 0
				for {
					if _, err := s.Append(number(4)); err == nil {
						break
					} else {
						require.ErrorIs(t, err, fault)
						require.ErrorContains(t, err, dir)
						require.NotContains(t, err.Error(), "\n")
					}
					failed++
					require.Equal(t, numbers(1, 3), held(s.State))
					require.EqualValues(t, 3, s.Sequence)
				}
				require.Positive(t, failed)
				for seed := range uint64(20) {
					requireHolds(t, d.Restart(seed), numbers(1, 4))
				}
				add(t, s, 5, 6)
				require.NoError(t, s.Snapshot())
				require.NoError(t, s.Close())
				requireHolds(t, d.Restart(0), numbers(1, 6))
			}
		}
	}
}

// TestFailedSyncTakesAFreshSegment: the one that could not be synced gets no
// frame any more.
func TestFailedSyncTakesAFreshSegment(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	d.Inject(crashfs.Fault{At: len(d.Steps()) + 1, Err: syscall.EIO})
	_, err := s.Append(number(4))
	require.ErrorIs(t, err, syscall.EIO)
	first := d.Read(segmentPath(dir, 1))
	add(t, s, 4, 5)
	require.Equal(t, first, d.Read(segmentPath(dir, 1)))
	require.NotNil(t, d.Read(segmentPath(dir, 2)))
	for seed := range uint64(50) {
		requireHolds(t, d.Restart(seed), numbers(1, 5))
	}
}

// TestFailedOperationsDoNotAppear in the next process, unless the disk kept the
// store from taking them away.
func TestFailedOperationsDoNotAppear(t *testing.T) {
	for times := 1; times <= 2; times++ {
		d := newDisk(t, Options{})
		s := open(t, d)
		add(t, s, 1, 3)
		d.Inject(crashfs.Fault{At: len(d.Steps()) + 1, Times: times, Err: syscall.EIO})
		_, err := s.Append(number(4))
		require.ErrorIs(t, err, syscall.EIO)
		require.NoError(t, s.Close())
		requireHolds(t, d, numbers(1, uint32(2+times)))
	}
}

// TestRollbackMakesItsTargetLast: an operation that the system shows, though it
// could not be put on the medium.
func TestRollbackMakesItsTargetLast(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	d.Inject(crashfs.Fault{At: len(d.Steps()) + 1, Times: 2, Err: syscall.EIO})
	_, err := s.Append(number(4), number(5))
	require.ErrorIs(t, err, syscall.EIO)
	require.NoError(t, s.Close())
	_, err = Rollback(d, dir, 4, loadList)
	require.NoError(t, err)
	for seed := range uint64(50) {
		requireHolds(t, d.Restart(seed), numbers(1, 4))
	}
}

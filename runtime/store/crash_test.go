package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// life is a store's, in short: every kind of work, some of it with several
// files. It acknowledges numbers.
func life(d durable.FS, acknowledge func(int)) error {
	s, err := Open(d, dir, loadList)
	if err != nil {
		return err
	}
	add := func(ns ...uint32) {
		ops := make([]Operation, len(ns))
		for i, n := range ns {
			ops[i] = number(n)
		}
		if err != nil {
			return
		}
		if _, err = s.Append(ops...); err == nil {
			acknowledge(int(ns[len(ns)-1]))
		}
	}
	for n := uint32(1); n <= 21 && err == nil; n += 3 {
		add(n)
		add(n+1, n+2)
		switch {
		case err != nil:
		case n%6 == 1:
			err = s.Snapshot()
		default:
			err = s.Compact()
		}
	}
	add(22)
	return errors.Join(err, s.Close())
}

// storing is life as a workload, on a file system that wrap may change.
func storing(wrap func(durable.FS) durable.FS) crashfs.Workload {
	return crashfs.Workload{
		Run: func(d *crashfs.Disk, acknowledge func(int)) error {
			if err := errors.Join(d.Mkdir("/data"), d.SyncDir("/")); err != nil {
				return err
			}
			if err := Create(wrap(d), dir, &list{}, Options{Keep: 2}); err != nil {
				return err
			}
			return life(wrap(d), acknowledge)
		},
		Check: func(d *crashfs.Disk, acknowledged int) error {
			v, err := Read(d, dir, loadList)
			if acknowledged == 0 && (errors.Is(err, ErrNotStore) || errors.Is(err, fs.ErrNotExist)) {
				return nil
			}
			if err != nil {
				return err
			}
			got := held(v.State)
			if len(got) < acknowledged || len(got) > acknowledged+2 || !slices.Equal(got, numbers(1, uint32(len(got)))) {
				return fmt.Errorf("%d acknowledged, found %v", acknowledged, got)
			}
			s, err := Open(d, dir, loadList)
			if err != nil {
				return err
			}
			if _, err := s.Append(number(uint32(len(got) + 1))); err != nil {
				return err
			}
			if r, err := Verify(d, dir, loadList, func(Entry) error { return nil }); err != nil || len(r.Damage) > 0 {
				return fmt.Errorf("verify: %v, %v", r, err)
			}
			return s.Close()
		},
	}
}

func TestStoreSurvivesPowerCuts(t *testing.T) {
	tried, err := crashfs.Torture(storing(func(d durable.FS) durable.FS { return d }), 3000, 1)
	require.NoError(t, err)
	require.Equal(t, 3000, tried)
}

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

// TestCrashAtEveryStepOfRollback: all of it or nothing.
func TestCrashAtEveryStepOfRollback(t *testing.T) {
	for at := 0; ; at++ {
		d := newDisk(t, Options{})
		s := open(t, d)
		add(t, s, 1, 9)
		require.NoError(t, s.Close())
		d.CrashAt(len(d.Steps()) + at)
		_, err := Rollback(d, dir, 4, loadList)
		for seed := range uint64(20) {
			after := d.Restart(seed)
			v, readErr := Read(after, dir, loadList)
			require.NoError(t, readErr)
			if err == nil {
				require.Equal(t, numbers(1, 4), held(v.State))
				continue
			}
			require.ErrorIs(t, err, crashfs.ErrCrashed)
			require.Contains(t, [][]uint32{numbers(1, 4), numbers(1, 9)}, held(v.State))
			requireHolds(t, after, held(v.State))
		}
		if err == nil {
			require.Greater(t, at, 8)
			return
		}
	}
}

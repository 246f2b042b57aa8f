package store

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
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

// TestCrashAtEveryStep of making a store, appending, snapshots and compacting.
func TestCrashAtEveryStep(t *testing.T) {
	w := storing(func(d durable.FS) durable.FS { return d })
	calm := crashfs.New()
	require.NoError(t, w.Run(calm, func(int) {}))
	for at := range calm.Steps() {
		d, acknowledged := crashfs.New(), 0
		d.CrashAt(at)
		if err := w.Run(d, func(n int) { acknowledged = n }); err != nil { // the mark of closing may fail
			require.ErrorIs(t, err, crashfs.ErrCrashed)
		}
		for seed := range uint64(12) {
			require.NoError(t, w.Check(d.Restart(seed), acknowledged), "step %d, %s, seed %d", at, calm.Steps()[at], seed)
		}
		d.Revive() // the process alone
		require.NoError(t, w.Check(d, acknowledged), "step %d", at)
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

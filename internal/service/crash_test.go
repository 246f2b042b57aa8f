package service_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
	"github.com/pffedge/pffedge/model/durable/crashfs"
	"github.com/pffedge/pffedge/simd"
)

// folder is a store's, on disks in memory.
var folder = filepath.FromSlash("/store")

// taughtBy teaches lessons 1…n, each under a key of its own, and acknowledges them.
func taughtBy(s *service.Service, x simd.Matrix, n int, acknowledge func(i int, d *service.Done)) error {
	for i := 1; i <= n; i++ {
		key, err := service.NewKey(strconv.Itoa(i), "teach", i)
		if err != nil {
			return err
		}
		d, err := s.Teach(context.Background(), &service.Lesson{Key: key, Class: strconv.Itoa(i % 4), Samples: x.Slice(i, i+1)})
		if err != nil {
			return err
		}
		acknowledge(i, d)
	}
	return nil
}

// TestKeysThroughCrashes: whenever the power fails, lessons that are sent again under
// their keys are learned, each of them once.
func TestKeysThroughCrashes(t *testing.T) {
	const n = 4
	states := 300
	if text := os.Getenv("PFFEDGE_CRASHES"); text != "" {
		var err error
		states, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	x, _ := servicetest.Some(t, 1, n+1, "0", "1", "2", "3")
	made := crashfs.New()
	servicetest.NewStoreOn(t, made, folder, false)
	run := func(d *crashfs.Disk, acknowledge func(int)) error {
		if err := d.Mkdir(folder); err != nil {
			return err
		}
		if err := d.SyncDir(filepath.Dir(folder)); err != nil {
			return err
		}
		for _, path := range made.Names() {
			if b := made.Read(path); b != nil {
				d.Put(path, b)
			}
		}
		s, err := service.Open(service.Options{Dir: folder, Disk: d, Threads: 1})
		if err != nil {
			return err
		}
		err = taughtBy(s, x, n, func(i int, _ *service.Done) { acknowledge(i) })
		return errors.Join(err, s.Close(context.Background()))
	}
	check := func(d *crashfs.Disk, acknowledged int) error {
		if acknowledged == 0 && d.Read(filepath.Join(folder, "STORE")) == nil {
			return nil // before there was a store
		}
		s, err := service.Open(service.Options{Dir: folder, Disk: d, Threads: 1})
		if err != nil {
			return err
		}
		defer s.Close(context.Background())
		err = taughtBy(s, x, n, func(i int, done *service.Done) {
			if i <= acknowledged && !done.Replayed {
				err = fmt.Errorf("lesson %d was acknowledged and is learned again", i)
			}
		})
		if err != nil {
			return err
		}
		units, err := lessons.History(d, folder, 100)
		if err == nil && len(units) != n {
			err = fmt.Errorf("%d operations of %d lessons", len(units), n)
		}
		return err
	}
	tried, err := crashfs.Torture(crashfs.Workload{Run: run, Check: check}, states, 1)
	require.NoError(t, err)
	require.GreaterOrEqual(t, tried, states)
}

// TestDiskFull: a lesson for which there is no room is an error, and nothing else is lost:
// the same lesson is learned when there is room again.
func TestDiskFull(t *testing.T) {
	x, _ := servicetest.Some(t, 1, 5, "0", "1", "2", "3")
	for after := range 6 {
		d := crashfs.New()
		servicetest.NewStoreOn(t, d, folder, false)
		s, err := service.Open(service.Options{Dir: folder, Disk: d, Threads: 1})
		require.NoError(t, err)
		require.NoError(t, taughtBy(s, x, 1, func(int, *service.Done) {}))
		d.Inject(crashfs.Fault{At: len(d.Steps()) + after, Times: 2, Err: syscall.ENOSPC, Short: true})
		first := taughtBy(s, x, 3, func(int, *service.Done) {})
		if first != nil {
			require.ErrorIs(t, first, syscall.ENOSPC)
		}
		d.Inject(crashfs.Fault{At: -1})
		require.NoError(t, s.Err())
		require.NoError(t, taughtBy(s, x, 4, func(int, *service.Done) {}))
		require.NoError(t, s.Close(context.Background()))
		units, err := lessons.History(d, folder, 100)
		require.NoError(t, err)
		require.Len(t, units, 4, "full after %d steps", after)
	}
}

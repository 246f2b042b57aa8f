package store

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
)

// TestReadersBesideAWriter: whatever the writer does meanwhile, a reader gets a
// state that was, no older than the one it got before.
func TestReadersBesideAWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, Create(durable.OS{}, dir, &list{}, Options{Keep: 2}))
	s, err := Open(durable.OS{}, dir, loadList)
	require.NoError(t, err)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			seen := 0
			for {
				v, err := Read(durable.OS{}, dir, loadList)
				if err != nil {
					t.Errorf("after %d: %v", seen, err)
					return
				}
				got := held(v.State)
				if len(got) < seen || !slices.Equal(got, numbers(1, uint32(len(got)))) {
					t.Errorf("%v after %d", got, seen)
					return
				}
				seen = len(got)
				if _, err := Stat(durable.OS{}, dir); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := uint32(1); n <= 120; n++ {
		add(t, s, n, n)
		switch n % 10 {
		case 3:
			require.NoError(t, s.Snapshot())
		case 6:
			require.NoError(t, s.Compact())
		case 9:
			require.NoError(t, s.Close())
			s, err = Open(durable.OS{}, dir, loadList)
			require.NoError(t, err)
		}
	}
	close(done)
	readers.Wait()
	require.NoError(t, s.Close())
}

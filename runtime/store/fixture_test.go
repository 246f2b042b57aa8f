package store

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
)

var update = flag.Bool("update", false, "write the fixture of the current format version anew")

// TestFixtureV1 opens a store as the first release of version 1 wrote it. The
// files must never change: a change means that stores out there can no longer be
// opened.
func TestFixtureV1(t *testing.T) {
	fixture := filepath.Join("testdata", "v1")
	if *update {
		writeFixture(t, fixture)
	}
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.CopyFS(dir, os.DirFS(fixture)))

	info, err := Stat(durable.OS{}, dir)
	require.NoError(t, err)
	require.True(t, info.Sealed)
	require.EqualValues(t, 8, info.Sequence)
	require.Len(t, info.Segments, 4)
	r, err := Verify(durable.OS{}, dir, LoadLearner(1), func(e Entry) error {
		op, err := decode(e.Operation)
		require.NoError(t, err)
		require.Equal(t, teach(int(e.Sequence)), op)
		require.Equal(t, e.Sequence == 5 || e.Sequence == 6, e.Undone)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, &Report{Operations: 8, Undone: 2, Snapshots: 2, Opens: true}, r)

	s, err := Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	require.Equal(t, 6, s.State.(*Learner).Lessons())
	require.EqualValues(t, 3, s.Recovery.Snapshot)
	_, err = s.Do(teach(9))
	require.NoError(t, err)
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
	back, err := Rollback(durable.OS{}, dir, 6, LoadLearner(1))
	require.NoError(t, err)
	require.Equal(t, &Rolled{From: 9, To: 6, Undone: 3, Redone: 2}, back)
}

// writeFixture makes a store with every feature of the format.
func writeFixture(t *testing.T, dir string) {
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	createSmall(t, durable.OS{}, dir)
	s, err := Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	do := func(from, to int) {
		for n := from; n <= to; n++ {
			_, err := s.Do(teach(n))
			require.NoError(t, err)
		}
	}
	do(1, 3)
	require.NoError(t, s.Snapshot())
	do(4, 4)
	require.NoError(t, s.startSegment())
	do(5, 6)
	require.NoError(t, s.Close())
	_, err = Rollback(durable.OS{}, dir, 4, LoadLearner(1))
	require.NoError(t, err)
	s, err = Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	var ops []Operation
	for n := 7; n <= 8; n++ {
		b, err := teach(n).Append(nil)
		require.NoError(t, err)
		ops = append(ops, Operation{uint16(runtime.KindTeach), b})
	}
	_, err = s.Append(ops...)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, lockFile)))
}

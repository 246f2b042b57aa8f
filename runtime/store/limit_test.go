package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
)

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

package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
	"github.com/pffedge/pffedge/runtime"
)

func TestWithout(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 5)
	require.NoError(t, s.Snapshot())
	_, err := s.Append(number(6), number(7), number(8))
	require.NoError(t, err)
	add(t, s, 9, 12)
	require.NoError(t, s.Close())

	r, err := Without(d, dir, []uint64{7, 10, 7}, loadList)
	require.NoError(t, err)
	require.Equal(t, &Taken{From: 12, To: 16, Out: 2, Again: 4}, r)
	want := []uint32{1, 2, 3, 4, 5, 6, 8, 9, 11, 12}
	requireHolds(t, d, want)
	info, err := Stat(d, dir)
	require.NoError(t, err)
	require.Equal(t, []uint64{16, 17}, []uint64{info.Sequence, info.Next})
	require.True(t, info.Sealed)
	all, undone := logged(t, d)
	require.Equal(t, want, all)
	require.Equal(t, numbers(7, 12), undone)
}

// TestWithoutGoesOn: what comes after can be appended, taken out and rolled back as in
// any store.
func TestWithoutGoesOn(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 6)
	require.NoError(t, s.Close())
	_, err := Without(d, dir, []uint64{2}, loadList) // 3…6 are 7…10
	require.NoError(t, err)
	s = open(t, d)
	add(t, s, 20, 22) // 11…13
	require.NoError(t, s.Close())
	r, err := Without(d, dir, []uint64{8, 12}, loadList)
	require.NoError(t, err)
	require.Equal(t, &Taken{From: 13, To: 17, Out: 2, Again: 4}, r)
	requireHolds(t, d, []uint32{1, 3, 5, 6, 20, 22})

	// The last, and all of them: nothing is to be done again.
	r, err = Without(d, dir, []uint64{17}, loadList)
	require.NoError(t, err)
	require.Equal(t, &Taken{From: 17, To: 16, Out: 1}, r)
	requireHolds(t, d, []uint32{1, 3, 5, 6, 20})
	s = open(t, d)
	require.NoError(t, s.Snapshot())
	add(t, s, 30, 31)
	require.NoError(t, s.Close())
	requireHolds(t, d, []uint32{1, 3, 5, 6, 20, 30, 31})
	undo, err := Rollback(d, dir, 13, loadList)
	require.NoError(t, err)
	require.EqualValues(t, 13, undo.To)
	requireHolds(t, d, []uint32{1, 3, 4, 5, 6, 20, 21, 22})
	s = open(t, d)
	require.NoError(t, s.Compact())
	add(t, s, 40, 41)
	require.NoError(t, s.Close())
	requireHolds(t, d, []uint32{1, 3, 4, 5, 6, 20, 21, 22, 40, 41})
	report, err := Verify(d, dir, loadList, func(Entry) error { return nil })
	require.NoError(t, err)
	require.Empty(t, report.Damage)
}

// dependent is a list whose operation 99 wants 3 before it, and whose operation 77
// names things by numbers.
type dependent struct{ *list }

func (l dependent) Check(op Operation) error {
	if le.Uint32(op.Payload) == 99 && !slices.Contains(l.numbers, 3) {
		return errUnwelcome
	}
	return l.list.Check(op)
}

func (dependent) ByIdentity(op Operation) bool { return le.Uint32(op.Payload) == 77 }

func loadDependent(r io.Reader) (State, Mark, error) {
	s, m, err := loadList(r)
	if err != nil {
		return nil, m, err
	}
	return dependent{s.(*list)}, m, nil
}

func TestWithoutErrors(t *testing.T) {
	d := newDisk(t, Options{Limit: 1 << 12, Stretch: 1 << 12})
	s := open(t, d)
	add(t, s, 1, 4)
	add(t, s, 99, 99) // 5
	add(t, s, 6, 6)
	add(t, s, 77, 77) // 7
	add(t, s, 8, 9)
	require.NoError(t, s.Close())
	before := files(t, d)
	for _, c := range []struct {
		out  []uint64
		want error
		part string
	}{
		{nil, ErrOperation, "no operation"}, {[]uint64{0}, ErrOperation, "operation 0"}, {[]uint64{10}, ErrOperation, "operation 10"},
		{[]uint64{8, 1 << 63}, ErrOperation, "operation 9223372036854775808"},
		{[]uint64{3}, ErrDependent, "operation 5"}, {[]uint64{6}, ErrDependent, "operation 7"}, {[]uint64{3, 5}, ErrDependent, "operation 7"},
	} {
		_, err := Without(d, dir, c.out, loadDependent)
		require.ErrorIs(t, err, c.want, "%d", c.out)
		require.ErrorContains(t, err, c.part)
	}
	_, err := Without(d, "/data", []uint64{1}, loadList)
	require.ErrorIs(t, err, ErrNotStore)
	require.Equal(t, before, files(t, d))
	_, err = Without(d, dir, []uint64{3, 5, 7}, loadDependent)
	require.NoError(t, err)
	requireHolds(t, d, []uint32{1, 2, 4, 6, 8, 9})
	_, err = Without(d, dir, []uint64{3}, loadDependent)
	require.ErrorIs(t, err, ErrOperation, "it has been taken out already")
	for tries := 0; err == nil || !errors.Is(err, ErrFull); tries++ {
		require.Less(t, tries, 30)
		info, statErr := Stat(d, dir)
		require.NoError(t, statErr)
		_, err = Without(d, dir, []uint64{info.Sequence - 3}, loadDependent)
		if errors.Is(err, ErrOperation) {
			s := open(t, d)
			_, err = s.Append(number(50))
			require.NoError(t, s.Close())
		}
	}
}

// TestWithoutWhatIsPruned: the log must lead to before the operation.
func TestWithoutWhatIsPruned(t *testing.T) {
	d := newDisk(t, Options{Keep: 2})
	s := open(t, d)
	for n := uint32(1); n < 12; n += 3 {
		add(t, s, n, n+2)
		require.NoError(t, s.Snapshot())
	}
	require.NoError(t, s.Close())
	_, err := Without(d, dir, []uint64{2}, loadList)
	require.ErrorIs(t, err, ErrOperation)
	require.NoError(t, d.Remove(snapshotPath(dir, 9)))
	_, err = Without(d, dir, []uint64{11}, loadList)
	require.ErrorIs(t, err, ErrUnreachable)
}

// TestCrashAtEveryStepOfWithout: all of it or nothing, and nothing is lost.
func TestCrashAtEveryStepOfWithout(t *testing.T) {
	want := []uint32{1, 2, 4, 5, 7, 8, 9}
	for at := 0; ; at++ {
		d := newDisk(t, Options{})
		s := open(t, d)
		add(t, s, 1, 4)
		require.NoError(t, s.Snapshot())
		_, err := s.Append(number(5), number(6), number(7))
		require.NoError(t, err)
		add(t, s, 8, 9)
		if at%2 == 0 {
			require.NoError(t, s.Close()) // else the process ended
		} else {
			require.NoError(t, s.release())
		}
		d.CrashAt(len(d.Steps()) + at)
		_, err = Without(d, dir, []uint64{3, 6}, loadList)
		for seed := range uint64(20) {
			after := d.Restart(seed)
			v, readErr := Read(after, dir, loadList)
			require.NoError(t, readErr)
			if err == nil {
				require.Equal(t, want, held(v.State))
				continue
			}
			require.ErrorIs(t, err, crashfs.ErrCrashed)
			require.Contains(t, [][]uint32{want, numbers(1, 9)}, held(v.State))
			requireHolds(t, after, held(v.State))
			s := open(t, after)
			add(t, s, 10, 10)
			require.NoError(t, s.Close())
			requireHolds(t, after, append(held(v.State), 10))
		}
		if err == nil && at%2 == 1 {
			require.Greater(t, at, 8)
			return
		}
	}
}

// TestUntaught: a lesson that is taken out might as well never have been, to the bit,
// on a learner that rehearses and on one that does not.
func TestUntaught(t *testing.T) {
	for _, rehearses := range []bool{false, true} {
		store := func(lessons ...int) *crashfs.Disk {
			d := crashfs.New()
			l, err := runtime.NewLearner(smallModel(t), 1)
			require.NoError(t, err)
			defer l.Close()
			if rehearses {
				require.NoError(t, l.Rehearse(runtime.NewRehearsal(2000, l.Input())))
			}
			require.NoError(t, Create(d, "/store", &Learner{l}, Options{}))
			s, err := Open(d, "/store", LoadLearner(1))
			require.NoError(t, err)
			for _, n := range lessons {
				_, err := s.Do(teach(n))
				require.NoError(t, err)
				if n == 3 {
					require.NoError(t, s.Snapshot())
				}
			}
			require.NoError(t, s.Close())
			return d
		}
		state := func(d *crashfs.Disk) []byte {
			v, err := Read(d, "/store", LoadLearner(2))
			require.NoError(t, err)
			defer v.Close()
			return stateOf(t, v.State)
		}
		d := store(1, 2, 3, 4, 5, 6)
		before := state(d)
		_, err := Without(d, "/store", []uint64{2, 5}, LoadLearner(2))
		require.NoError(t, err)
		after := state(d)
		require.False(t, bytes.Equal(before, after))
		require.True(t, bytes.Equal(state(store(1, 3, 4, 6)), after), fmt.Sprint(rehearses))
	}
}

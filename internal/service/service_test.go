package service

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/pffedge/pffedge/simd"
)

// digits are drawn here.
func digits(t testing.TB, seed uint64, n int) *data.Set {
	t.Helper()
	set, err := data.Open(t.Context(), "synthetic", data.Options{Split: data.Train, Width: 14, Height: 14, Samples: n, Seed: seed})
	require.NoError(t, err)
	return set
}

// newStore makes a store of a model that knows the digits 0…3 a little.
func newStore(t testing.TB) string {
	t.Helper()
	in := model.Image(14, 14)
	m, _, err := runtime.Untrained("fast", in, []string{"0", "1", "2", "3"}, []int{24, 16}, 1)
	require.NoError(t, err)
	l, err := runtime.NewLearner(m, 1)
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, l.Rehearse(runtime.NewRehearsal(20_000, in)))
	dir := t.TempDir() + "/store"
	require.NoError(t, store.CreateLearner(durable.OS{}, dir, l, store.Options{}))
	return dir
}

func start(t testing.TB, o Options) *Service {
	t.Helper()
	s, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// some returns samples of some classes.
func some(t testing.TB, seed uint64, n int, classes ...string) (simd.Matrix, []string) {
	t.Helper()
	set := digits(t, seed, 40*n)
	x := simd.NewMatrix(n, set.Input.Size())
	var names []string
	for i := 0; i < set.Len() && len(names) < n; i++ {
		label := set.Sample(x.Row(len(names)), i)
		for _, c := range classes {
			if set.Classes[label] == c {
				names = append(names, c)
				break
			}
		}
	}
	require.Len(t, names, n)
	return x, names
}

func TestServiceLearnsAndUndoes(t *testing.T) {
	dir := newStore(t)
	s := start(t, Options{Dir: dir, Threads: 1})
	x, names := some(t, 1, 200, "0", "1", "2", "3")
	before, err := s.Predict(t.Context(), x, runtime.Readout, false)
	require.NoError(t, err)
	for lo := 0; lo < 200; lo += 10 {
		part := simd.NewMatrix(10, x.Cols)
		for i := range 10 {
			copy(part.Row(i), x.Row(lo+i))
		}
		done, err := s.Learn(t.Context(), &Stream{Samples: part, Classes: names[lo : lo+10]})
		require.NoError(t, err)
		require.EqualValues(t, lo/10+1, done.Operation)
		require.Len(t, done.Taken, 10)
	}
	require.EqualValues(t, 20, s.Current().Sequence)
	hearts, _ := some(t, 2, 12, "7")
	done, err := s.Teach(t.Context(), &Lesson{Class: "7", New: true, Samples: hearts, Force: true})
	require.NoError(t, err)
	require.EqualValues(t, 21, done.Operation)
	require.NotNil(t, done.Effect)
	require.Equal(t, []string{"0", "1", "2", "3", "7"}, s.Current().Classes)
	past, err := s.History(2)
	require.NoError(t, err)
	require.Equal(t, "teach", past[0].Kind)
	c, err := s.Undo(t.Context(), 1, 21)
	require.NoError(t, err)
	require.EqualValues(t, 20, c.Sequence)
	require.Len(t, s.Current().Classes, 4)
	_, err = s.Undo(t.Context(), 1, 21)
	require.ErrorIs(t, err, ErrChanged)
	c, err = s.Undo(t.Context(), 20, 0)
	require.NoError(t, err)
	after, err := s.Predict(t.Context(), x, runtime.Readout, true)
	require.NoError(t, err)
	require.Equal(t, before.Probabilities.Data, after.Probabilities.Data)
	require.Len(t, after.Explained, 200)
}

func TestServiceKeys(t *testing.T) {
	dir := newStore(t)
	s := start(t, Options{Dir: dir})
	x, _ := some(t, 3, 4, "1")
	key, err := NewKey("first", "teach", "1", x.Data)
	require.NoError(t, err)
	lesson := &Lesson{Key: key, Class: "1", Samples: x, Force: true}
	done, err := s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	again, err := s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, done.Line, again.Line)
	other, err := NewKey("first", "teach", "2", x.Data)
	require.NoError(t, err)
	_, err = s.Teach(t.Context(), &Lesson{Key: other, Class: "2", Samples: x})
	require.ErrorIs(t, err, ErrKey)
	require.NoError(t, s.Close(context.Background()))
	_, err = s.Teach(t.Context(), lesson)
	require.ErrorIs(t, err, ErrClosing)

	s = start(t, Options{Dir: dir})
	again, err = s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, done.Operation, again.Operation)
}

func TestServiceSleeps(t *testing.T) {
	s := start(t, Options{Dir: newStore(t), SleepAfter: 10 * time.Millisecond, SleepSteps: 60})
	_, events, _, cancel := s.Listen(0)
	defer cancel()
	x, names := some(t, 4, 10, "0", "1")
	_, err := s.Learn(t.Context(), &Stream{Samples: x, Classes: names})
	require.NoError(t, err)
	for e := range events {
		if state, ok := e.Data.(SleepState); ok && state.Over {
			require.Equal(t, 60, state.Done)
			break
		}
	}
	require.Eventually(t, func() bool { return s.Status().Sleep == nil }, 5*time.Second, time.Millisecond)
	require.EqualValues(t, 1+3, s.Current().Sequence) // 25, 25 and 10 steps
}

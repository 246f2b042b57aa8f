package service_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

func start(t testing.TB, o service.Options) *service.Service {
	t.Helper()
	s, err := service.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

func TestServiceLearnsAndUndoes(t *testing.T) {
	dir := servicetest.NewStore(t)
	s := start(t, service.Options{Dir: dir, Threads: 1})
	x, names := servicetest.Some(t, 1, 200, "0", "1", "2", "3")
	before, err := s.Predict(t.Context(), x, runtime.Readout, false)
	require.NoError(t, err)
	for lo := 0; lo < 200; lo += 10 {
		part := simd.NewMatrix(10, x.Cols)
		for i := range 10 {
			copy(part.Row(i), x.Row(lo+i))
		}
		done, err := s.Learn(t.Context(), &service.Stream{Samples: part, Classes: names[lo : lo+10]})
		require.NoError(t, err)
		require.EqualValues(t, lo/10+1, done.Operation)
		require.Len(t, done.Taken, 10)
	}
	require.EqualValues(t, 20, s.Current().Sequence)
	hearts, _ := servicetest.Some(t, 2, 12, "7")
	done, err := s.Teach(t.Context(), &service.Lesson{Class: "7", New: true, Samples: hearts, Force: true})
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
	require.ErrorIs(t, err, service.ErrChanged)
	_, err = s.Undo(t.Context(), 20, 0)
	require.NoError(t, err)
	after, err := s.Predict(t.Context(), x, runtime.Readout, true)
	require.NoError(t, err)
	require.Equal(t, before.Probabilities.Data, after.Probabilities.Data)
	require.Len(t, after.Explained, 200)
}

func TestServiceKeys(t *testing.T) {
	dir := servicetest.NewStore(t)
	s := start(t, service.Options{Dir: dir})
	x, _ := servicetest.Some(t, 3, 4, "1")
	key, err := service.NewKey("first", "teach", "1", x.Data)
	require.NoError(t, err)
	lesson := &service.Lesson{Key: key, Class: "1", Samples: x, Force: true}
	done, err := s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	again, err := s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, done.Line, again.Line)
	other, err := service.NewKey("first", "teach", "2", x.Data)
	require.NoError(t, err)
	_, err = s.Teach(t.Context(), &service.Lesson{Key: other, Class: "2", Samples: x})
	require.ErrorIs(t, err, service.ErrKey)
	require.NoError(t, s.Close(context.Background()))
	_, err = s.Teach(t.Context(), lesson)
	require.ErrorIs(t, err, service.ErrClosing)

	s = start(t, service.Options{Dir: dir})
	again, err = s.Teach(t.Context(), lesson)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, done.Operation, again.Operation)
}

func TestServiceSleeps(t *testing.T) {
	s := start(t, service.Options{Dir: servicetest.NewStore(t), SleepAfter: 10 * time.Millisecond, SleepSteps: 60})
	_, events, _, cancel := s.Listen(0)
	defer cancel()
	x, names := servicetest.Some(t, 4, 10, "0", "1")
	_, err := s.Learn(t.Context(), &service.Stream{Samples: x, Classes: names})
	require.NoError(t, err)
	for e := range events {
		if state, ok := e.Data.(service.SleepState); ok && state.Over {
			require.Equal(t, 60, state.Done)
			break
		}
	}
	require.Eventually(t, func() bool { return s.Status().Sleep == nil }, 5*time.Second, time.Millisecond)
	require.EqualValues(t, 1+3, s.Current().Sequence) // 25, 25 and 10 steps
}

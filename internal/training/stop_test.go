package training

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime"
)

// countdown is a context that ends the n-th time it is asked whether it has.
type countdown struct {
	context.Context
	left atomic.Int64
	end  context.CancelFunc
}

func newCountdown(n int) *countdown {
	c := &countdown{}
	c.Context, c.end = context.WithCancel(context.Background())
	c.left.Store(int64(n))
	return c
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		c.end()
	}
	return c.Context.Err()
}

// whole runs a job without a stop and returns its model file.
func whole(t *testing.T) []byte {
	t.Helper()
	j := newJob(t, nil)
	_, err := j.Run(t.Context())
	require.NoError(t, err)
	return read(t, j.Out)
}

// TestStopAnywhere ends the context at every place that looks at it: between
// batches, in evaluations on the way, in the mixtures, in the evaluation at
// the end. Each time a checkpoint leads to the same model.
func TestStopAnywhere(t *testing.T) {
	want := whole(t)
	stages := map[string]int{}
	for n := 0; ; n++ {
		j := newJob(t, nil)
		stage := "learning"
		j.OnBatch = func(r runtime.Report) {
			stage = "learning"
			if r.Batch == r.Batches-1 {
				stage = "evaluation"
			}
		}
		j.OnEpoch = func(e Epoch) {
			stage = "learning"
			if e.Epoch == e.Epochs {
				stage = "end"
			}
		}
		_, err := j.Run(newCountdown(n))
		if err == nil {
			break
		}
		require.ErrorIs(t, err, context.Canceled, "look %d", n)
		stages[stage]++
		require.FileExists(t, j.Checkpoint, "look %d", n)
		_, err = resumed(t, j).Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, read(t, j.Out), "look %d, %s", n, stage)
	}
	require.Equal(t, epochs*batches, stages["learning"], "one look a batch")
	require.GreaterOrEqual(t, stages["evaluation"], epochs)
	require.Greater(t, stages["end"], 3)
}

// TestStopAgainAndAgain stops after each single batch.
func TestStopAgainAndAgain(t *testing.T) {
	want := whole(t)
	j := newJob(t, nil)
	stops := 0
	for ; ; stops++ {
		ctx, stop := context.WithCancel(t.Context())
		j.OnBatch = func(runtime.Report) { stop() }
		_, err := j.Run(ctx)
		stop()
		if err == nil {
			break
		}
		require.ErrorIs(t, err, context.Canceled)
		j = resumed(t, j)
	}
	require.Equal(t, epochs*batches, stops)
	require.Equal(t, want, read(t, j.Out))
}

// TestStopWithoutCheckpoint cannot keep what was learned and says so.
func TestStopWithoutCheckpoint(t *testing.T) {
	j := newJob(t, nil)
	require.NoError(t, os.Mkdir(j.Checkpoint, 0o755))
	_, err := j.Run(newCountdown(2))
	require.ErrorContains(t, err, "checkpoint could not be written")
	require.ErrorContains(t, err, j.Checkpoint)
	require.NotErrorIs(t, err, context.Canceled, "it did not stop cleanly")
}

// TestStopAtTheEndWithoutCheckpoint is stopped behind the last epoch, and the
// checkpoints of all epochs failed: what was learned is not in a file.
func TestStopAtTheEndWithoutCheckpoint(t *testing.T) {
	j := newJob(t, nil)
	require.NoError(t, os.Mkdir(j.Checkpoint, 0o755))
	ctx, stop := context.WithCancel(t.Context())
	j.OnEpoch = func(e Epoch) {
		if e.Epoch == e.Epochs {
			stop()
		}
	}
	_, err := j.Run(ctx)
	require.ErrorContains(t, err, "checkpoint could not be written")
	require.NotErrorIs(t, err, context.Canceled)
}

// TestFailureKeepsTheLastEpoch: a checkpoint is not replaced by a state that
// an error left behind.
func TestFailureKeepsTheLastEpoch(t *testing.T) {
	j := newJob(t, nil)
	var kept []byte
	j.OnEpoch = func(e Epoch) {
		if kept == nil {
			kept = read(t, j.Checkpoint)
			j.Train.Labels[9] = -1
		}
	}
	_, err := j.Run(t.Context())
	require.ErrorIs(t, err, runtime.ErrSample)
	require.Equal(t, kept, read(t, j.Checkpoint))
	require.NoFileExists(t, j.Out, fmt.Sprint(err))
}

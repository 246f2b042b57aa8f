package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// reload writes a trainer's checkpoint and reads it back.
func reload(t testing.TB, trainer *Trainer) *model.Checkpoint {
	t.Helper()
	c, err := trainer.Checkpoint()
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&file, c))
	c, err = model.DecodeCheckpoint(&file)
	require.NoError(t, err)
	return c
}

// fitUntil learns until batches batches are done.
func fitUntil(t testing.TB, trainer *Trainer, data Samples, batches int) {
	t.Helper()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	done := 0
	if batches == 0 {
		cancel()
	}
	err := trainer.Fit(ctx, data, func(Report) {
		if done++; done == batches {
			cancel()
		}
	}, nil)
	if err != nil { // nil after the last batch of all
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, batches, done)
}

// TestResumeAnywhere stops after every batch, within an epoch and at its end,
// and goes on from the file with another number of threads: the same bits as
// without a stop.
func TestResumeAnywhere(t *testing.T) {
	eachStyle(t, shapes[4], 13, 5, func(t *testing.T, s *style) {
		data := blobs(13, 13, 5, 1, 0.1) // batches of 5, 5 and 3
		whole := s.trainer(t, 1)
		var reports []Report
		require.NoError(t, whole.Fit(background, data, func(r Report) { reports = append(reports, r) }, nil))
		require.Len(t, reports, 6)

		for batches := range 7 {
			first := s.trainer(t, 1)
			first.SetData("blobs")
			fitUntil(t, first, data, batches)
			second, err := Resume(reload(t, first), 0, 2)
			require.NoError(t, err)
			t.Cleanup(second.Close)
			require.Equal(t, first.Settings(), second.Settings())
			require.Equal(t, first.Epoch(), second.Epoch())
			require.Equal(t, "blobs", second.Data())
			rest := []Report{}
			require.NoError(t, second.Fit(background, data, func(r Report) { rest = append(rest, r) }, nil))
			require.Equal(t, reports[batches:], rest, "stopped after %d batches", batches)
			requireSameTrainer(t, whole, second)
		}
	})
}

// TestResumeAfterEveryBatch saves and loads again and again.
func TestResumeAfterEveryBatch(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		data := blobs(13, 13, 5, 1, 0.1)
		whole := s.trainer(t, 1)
		require.NoError(t, whole.Fit(background, data, nil, nil))
		trainer := s.trainer(t, 1)
		for range 6 {
			fitUntil(t, trainer, data, 1)
			var err error
			trainer, err = Resume(reload(t, trainer), 0, 1)
			require.NoError(t, err)
			t.Cleanup(trainer.Close)
		}
		require.NoError(t, trainer.Fit(background, data, func(Report) { t.Fatal("nothing is left to learn") }, nil))
		requireSameTrainer(t, whole, trainer)
	})
}

// TestFitGoesOn: a stopped trainer goes on without a checkpoint too.
func TestFitGoesOn(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		data := blobs(13, 13, 5, 1, 0.1)
		whole, stopped := s.trainer(t, 1), s.trainer(t, 1)
		require.NoError(t, whole.Fit(background, data, nil, nil))
		fitUntil(t, stopped, data, 2)
		stop := errors.New("enough")
		require.ErrorIs(t, stopped.Fit(background, data, nil, func(epoch int) error {
			require.Equal(t, stopped.Epoch(), epoch)
			return stop
		}), stop)
		require.Equal(t, 1, stopped.Epoch())
		require.NoError(t, stopped.Fit(background, data, nil, nil))
		requireSameTrainer(t, whole, stopped)
	})
}

// TestResumeForMoreEpochs trains a finished run further.
func TestResumeForMoreEpochs(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		s.set.Schedule, s.set.GenerativeFrom = Constant, 0 // over more epochs a cosine, or a share, is another run
		data := blobs(13, 13, 5, 1, 0.1)
		short := s.trainer(t, 1)
		require.NoError(t, short.Fit(background, data, nil, nil))
		longer, err := Resume(reload(t, short), 4, 1)
		require.NoError(t, err)
		defer longer.Close()
		require.Equal(t, 4, longer.Settings().Epochs)
		require.NoError(t, longer.Fit(background, data, nil, nil))
		s.set.Epochs = 4
		whole := s.trainer(t, 1)
		require.NoError(t, whole.Fit(background, data, nil, nil))
		requireSameTrainer(t, whole, longer)
	})
}

// TestSnapshotIsACopy that later learning leaves alone, and Live is not.
func TestSnapshotIsACopy(t *testing.T) {
	for _, style := range styles(t) {
		s := style(shapes[3], 13, 5)
		data := blobs(13, 13, 5, 1, 0.1)
		x := data.matrix()
		trainer := s.trainer(t, 1)
		fitUntil(t, trainer, data, 2)
		snapshot := trainer.Snapshot()
		require.NoError(t, snapshot.Validate())
		before := snapshot.Float32().Params.Clone()
		at := predicted(t, NewSession(trainer.Live(), 1), x, Goodness)
		fitUntil(t, trainer, data, 2)
		requireSameParams(t, before, snapshot.Float32().Params, "snapshot")
		require.False(t, sameParams(before, trainer.Snapshot().Float32().Params))

		e, err := New(snapshot)
		require.NoError(t, err)
		off := 0.0
		if s.set.Int8 { // lateral weights learn in float32 and are codes in a snapshot
			off = 2e-3
		}
		require.InDeltaSlice(t, at.Data, predicted(t, NewSession(e, 1), x, Goodness).Data, off, "a snapshot predicts as the live engine did")
		now, err := New(trainer.Snapshot())
		require.NoError(t, err)
		require.InDeltaSlice(t, predicted(t, NewSession(now, 1), x, Goodness).Data, predicted(t, NewSession(trainer.Live(), 1), x, Goodness).Data, off)
	}
}

// TestResumeRefusesDamage in the trainer's state, whose JSON the file format
// does not look into.
func TestResumeRefusesDamage(t *testing.T) {
	s := styles(t)["fast"](shapes[3], 13, 5)
	intact := reload(t, s.trainer(t, 1))
	for name, damage := range map[string]func(state map[string]any){
		"negative epoch":    func(state map[string]any) { state["epoch"] = -1 },
		"negative batch":    func(state map[string]any) { state["batch"] = -1 },
		"negative clock":    func(state map[string]any) { state["clock"] = map[string]any{"rounds": -1} },
		"no settings":       func(state map[string]any) { delete(state, "settings") },
		"no batch size":     func(state map[string]any) { state["settings"].(map[string]any)["batch"] = 0 },
		"huge batch size":   func(state map[string]any) { state["settings"].(map[string]any)["batch"] = 1 << 30 },
		"no epochs":         func(state map[string]any) { state["settings"].(map[string]any)["epochs"] = 0 },
		"unknown schedule":  func(state map[string]any) { state["settings"].(map[string]any)["schedule"] = "linear" },
		"negative rate":     func(state map[string]any) { adamOf(state)["rate"] = -1 },
		"epoch as text":     func(state map[string]any) { state["epoch"] = "1" },
		"fraction of epoch": func(state map[string]any) { state["epoch"] = 0.5 },
	} {
		t.Run(name, func(t *testing.T) {
			var state map[string]any
			require.NoError(t, json.Unmarshal(intact.Trainer, &state))
			damage(state)
			text, err := json.Marshal(state)
			require.NoError(t, err)
			requireRefused(t, intact, text)
		})
	}
	for _, text := range []string{"{", "null", "[]", "{}", `"fast"`} {
		requireRefused(t, intact, []byte(text))
	}
	intact.Trainer = nil
	requireError(t, model.ErrFormat, func() error { _, err := Resume(intact, 0, 1); return err })
}

func adamOf(state map[string]any) map[string]any {
	return state["settings"].(map[string]any)["adam"].(map[string]any)
}

func requireRefused(t *testing.T, c *model.Checkpoint, state []byte) {
	t.Helper()
	trainer, err := Resume(&model.Checkpoint{Model: c.Model, First: c.First, Second: c.Second, Trainer: state}, 0, 1)
	require.Nil(t, trainer)
	require.ErrorIs(t, err, ErrSettings, "state %.40s", state)
	require.False(t, strings.Contains(err.Error(), "\n"))
}

// TestResumePastTheEnd: counters beyond the run either are refused or mean that
// nothing is left.
func TestResumePastTheEnd(t *testing.T) {
	s := styles(t)["fast"](shapes[3], 13, 5)
	data := blobs(13, 13, 5, 1, 0.1)
	for _, at := range []string{`"epoch":1,"batch":9`, `"epoch":9,"batch":0`} {
		c := reload(t, s.trainer(t, 1))
		before := c.Model.Params.Clone()
		c.Trainer = []byte(strings.Replace(string(c.Trainer), `"epoch":0,"batch":0`, at, 1))
		require.Contains(t, string(c.Trainer), at)
		trainer, err := Resume(c, 0, 1)
		if err == nil {
			t.Cleanup(trainer.Close)
			err = trainer.Fit(background, data, nil, nil)
			requireSameParams(t, before, trainer.model.Params, at)
		}
		if err != nil {
			require.ErrorIs(t, err, ErrSettings)
		}
	}
}

// TestResumeRefusesOtherMoments than the model's.
func TestResumeRefusesOtherMoments(t *testing.T) {
	s := styles(t)["fast"](shapes[3], 13, 5)
	for name, spoil := range map[string]func(c *model.Checkpoint){
		"no model":          func(c *model.Checkpoint) { c.Model = nil },
		"no first moments":  func(c *model.Checkpoint) { c.First = nil },
		"no second moments": func(c *model.Checkpoint) { c.Second = nil },
		"of other shape":    func(c *model.Checkpoint) { c.First = newNetwork(shapes[4], 13, 5, 4).model.Params },
		"negative":          func(c *model.Checkpoint) { c.Second.Layers[0].Bias[0] = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := reload(t, s.trainer(t, 1))
			spoil(c)
			require.NotPanics(t, func() {
				_, err := Resume(c, 0, 1)
				require.Error(t, err)
			})
		})
	}
}

package runtime

import (
	"encoding/json"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// trainerState is what a checkpoint keeps of a trainer besides parameters and
// moments. Everything random is derived from the seed and these counters.
type trainerState struct {
	Settings Settings `json:"settings"`
	Epoch    int      `json:"epoch"` // completed
	Batch    int      `json:"batch"` // next in the current epoch
	Clock    clock    `json:"clock"`
	Data     string   `json:"data"` // fingerprint of the training set, see SetData
}

// SetData records which training set the run uses, in any words; Resume's
// caller compares them by Data.
func (t *Trainer) SetData(description string) { t.data = description }

// Data returns what SetData recorded.
func (t *Trainer) Data() string { return t.data }

// Checkpoint returns the run's state, and what the checkpoint that it was resumed
// from kept besides. It shares memory with the trainer: write
// it before learning on.
func (t *Trainer) Checkpoint() (*model.Checkpoint, error) {
	state, err := json.Marshal(trainerState{t.set, t.epoch, t.batch, t.clock, t.data})
	if err != nil {
		return nil, err
	}
	c := &model.Checkpoint{Model: t.model, First: t.first, Second: t.second, Trainer: state, Kept: t.kept}
	if t.first == nil {
		c.Lean = t.moments
	}
	if t.fine != nil {
		t.model.Int8.StoreLateral(t.params, t.model.Config.Group)
		c.Residuals = t.fine.residuals(t.params)
	}
	return c, nil
}

// Finished tells whether the run of c has done all its epochs. One whose state
// cannot be read counts as unfinished.
func Finished(c *model.Checkpoint) bool {
	var state trainerState
	return json.Unmarshal(c.Trainer, &state) == nil && state.Epoch >= state.Settings.Epochs
}

// Resume returns a trainer that goes on from c, whose memory it takes over:
// the rest of the run gives the same bits as if it had never stopped.
// epochs > 0 changes the number of epochs to train in all.
func Resume(c *model.Checkpoint, epochs, threads int) (*Trainer, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var state trainerState
	if err := json.Unmarshal(c.Trainer, &state); err != nil {
		return nil, fmt.Errorf("%w: trainer state: %w", ErrSettings, err)
	}
	if epochs > 0 {
		state.Settings.Epochs = epochs
	}
	if state.Epoch < 0 || state.Batch < 0 || min(state.Clock.Rounds, state.Clock.Readout, state.Clock.Top, state.Clock.Down) < 0 {
		return nil, fmt.Errorf("%w: trainer state has negative counters", ErrSettings)
	}
	t, err := newTrainer(c, state.Settings, threads)
	if err != nil {
		return nil, err
	}
	t.epoch, t.batch, t.clock, t.data = state.Epoch, state.Batch, state.Clock, state.Data
	return t, nil
}

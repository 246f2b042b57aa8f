package runtime

import (
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

// Rehearsal says how a learner keeps what it knows while it learns: it remembers
// samples within a budget of bytes and learns some of them again in every step.
type Rehearsal struct {
	// Budget is how many bytes the remembered samples may take, those held back
	// included. Heads and codes all count, see package replay.
	Budget int `json:"budget"`
	// Bits a value is remembered with, 1, 2, 4 or 8; 0 chooses them from the
	// samples.
	Bits int `json:"bits,omitempty"`
	// Batch is how many new samples of a stream are learned in one step, at most.
	Batch int `json:"batch"`
	// Replays is how many remembered samples are learned in the same step, as many
	// of every class.
	Replays int `json:"replays"`
	// Hardest, if not 0, is the share of a step's samples that the rounds learn:
	// those that the read-out knows least, see Settings.Hardest. It makes room for
	// many Replays in the same time, and what begins to fade comes first.
	Hardest float64 `json:"hardest,omitempty"`
	// Opinion is how many features a second opinion has, see
	// Learner.SecondOpinion; 0 for none. Its bytes, 2 MB for 1000 features, come on
	// top of the budget.
	Opinion int `json:"opinion,omitempty"`
	// Held is the share of new samples that are held back: never learned, to tell
	// how well a class is known. They have this share of the budget.
	Held float64 `json:"held"`
	// Shift moves images, new and remembered, by up to so many pixels whenever
	// they are learned.
	Shift int `json:"shift,omitempty"`
	// Mask hides a share of the pixels of images while a stream is learned or it
	// sleeps, see Settings.Mask.
	Mask float64 `json:"mask,omitempty"`
	// SleepRate, if not 0, multiplies the rates at which sleep begins.
	SleepRate float64 `json:"sleep_rate,omitempty"`
	// Warp turns, scales and shears the images of a lesson whenever they are
	// learned, so that few stand for many, see warp.
	Warp bool `json:"warp,omitempty"`
}

// NewRehearsal returns the rehearsal that suits a model's input, with a budget in
// bytes. For images whose neighbouring pixels have nothing to do with each other
// set Shift to 0 and Warp to false.
func NewRehearsal(budget int, in model.Input) Rehearsal {
	r := Rehearsal{Budget: budget, Batch: 10, Replays: 64, Held: 0.1}
	if in.IsImage() {
		r.Shift, r.Warp = 1, true
	}
	return r
}

// MaxReplays bounds Rehearsal.Batch and Replays.
const MaxReplays = 1 << 12

// Validate reports the first thing wrong with r for samples of that kind.
func (r *Rehearsal) Validate(in model.Input) error {
	switch {
	case r.Budget < 1 || r.Budget > replay.MaxBudget:
		return fmt.Errorf("%w: a budget of %d bytes, want 1…%d", ErrSettings, r.Budget, replay.MaxBudget)
	case r.Batch < 1 || r.Batch > MaxReplays || r.Replays < 1 || r.Replays > MaxReplays:
		return fmt.Errorf("%w: %d new samples and %d remembered ones a step, want 1…%d", ErrSettings, r.Batch, r.Replays, MaxReplays)
	case !(r.Hardest >= 0 && r.Hardest <= 1):
		return fmt.Errorf("%w: the hardest %v of a step, want 0…1", ErrSettings, r.Hardest)
	case !(r.Held >= 0 && r.Held <= 0.5):
		return fmt.Errorf("%w: a share of %v held back, want 0…0.5", ErrSettings, r.Held)
	case !(r.Mask >= 0 && r.Mask < 1) || !(r.SleepRate >= 0 && r.SleepRate <= 10):
		return fmt.Errorf("%w: mask %v and sleep's rate %v, want 0 ≤ mask < 1 and 0 ≤ rate ≤ 10", ErrSettings, r.Mask, r.SleepRate)
	case r.Shift < 0 || r.Shift > MaxShift:
		return fmt.Errorf("%w: shift of %d pixels, want 0…%d", ErrSettings, r.Shift, MaxShift)
	case (r.Shift > 0 || r.Warp) && !in.IsImage():
		return fmt.Errorf("%w: samples that are no images (%s) can be neither shifted nor warped", ErrSettings, in)
	}
	return nil
}

// heldBytes returns what the samples that are held back have of the budget.
func (r *Rehearsal) heldBytes() int { return int(r.Held * float64(r.Budget)) }

// memories returns the empty memories of learned and of held-back samples; the
// latter is nil if none are held back.
func (r *Rehearsal) memories(inputs int, seed uint64) (learned, held *replay.Memory, err error) {
	share := r.heldBytes()
	o := replay.Options{Inputs: inputs, Budget: r.Budget - share, Bits: r.Bits, Seed: seed}
	if learned, err = replay.New(o); err != nil || share == 0 {
		return learned, nil, err
	}
	o.Budget = share
	held, err = replay.New(o)
	return learned, held, err
}

// adapt makes a learner's settings those of one that rehearses: steps that are
// constant and half as large as a run's first ones, negatives where the read-out is
// wrong, nothing hidden or left out but what r asks for.
func (r *Rehearsal) adapt(s *Settings) error {
	fresh, _, err := Preset(s.Preset)
	if err != nil {
		return err
	}
	s.Adam.Rate, s.GenAdam.Rate = RehearsalRate*fresh.Adam.Rate, RehearsalRate*fresh.GenAdam.Rate
	s.SGDRate, s.GenSGDRate = RehearsalRate*fresh.SGDRate, RehearsalRate*fresh.GenSGDRate
	s.Batch = max(r.Batch+r.Replays, lessonRows)
	s.Schedule, s.HardNegatives = Constant, true
	s.Hardest, s.Mask, s.Shift = r.Hardest, r.Mask, r.Shift
	return nil
}

// RehearsalRate multiplies the learning rates of a preset for a learner that
// rehearses.
const RehearsalRate = 0.5

// sleepRate returns what SleepRate stands for.
func (r *Rehearsal) sleepRate() float64 {
	if r.SleepRate == 0 {
		return 1
	}
	return r.SleepRate
}

package runtime

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
)

// How a learner learns what it is taught.
const (
	// TeachSteps is how many times a lesson's samples are learned, in batches.
	TeachSteps = 4
	// TeachBatch bounds a batch, and with it the scratch memory.
	TeachBatch = 10
	// TeachRate multiplies the learning rates of the settings, which are those
	// that a run begins with: a lesson adjusts a network that knows already.
	TeachRate = 0.1
)

// Learner learns on the spot: it takes lessons, one by one, and learns each at
// once. Its state is a checkpoint; equal checkpoints and lessons give equal bits,
// wherever it was stopped and resumed and with any number of threads. It belongs
// to one goroutine; Close it when done.
type Learner struct {
	t       *Trainer
	lessons int // taken
	lesson  lesson
	idx     []int
}

// learnerState is what a learner's checkpoint keeps besides a trainer's.
type learnerState struct {
	Lessons int `json:"lessons"`
}

// NewLearner returns a learner that goes on from m's parameters, which it changes
// in place, by the settings of the preset that made it ("fast" if unknown), with
// threads ≥ 1. A model in int8 learns in int8.
func NewLearner(m *model.Model, threads int) (*Learner, error) {
	preset := m.Provenance.Settings
	if !slices.Contains(Presets(), preset) {
		preset = "fast"
	}
	set, _, err := Preset(preset)
	if err != nil {
		return nil, err
	}
	set.Seed = m.Provenance.Seed
	if m.Int8 != nil {
		set.Int8 = true
	}
	set.adapt(&m.Config)
	t, err := NewTrainer(m, set, threads)
	if err != nil {
		return nil, err
	}
	return newLearner(t, 0), nil
}

// ResumeLearner returns a learner that goes on from c, whose memory it takes
// over: from where a learner was, or from a training run's model, moments and
// settings.
func ResumeLearner(c *model.Checkpoint, threads int) (*Learner, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var state struct {
		Settings Settings      `json:"settings"`
		Clock    clock         `json:"clock"`
		Data     string        `json:"data"`
		Learner  *learnerState `json:"learner"`
	}
	if err := json.Unmarshal(c.Trainer, &state); err != nil {
		return nil, fmt.Errorf("%w: trainer state: %w", ErrSettings, err)
	}
	if min(state.Clock.Rounds, state.Clock.Readout, state.Clock.Top, state.Clock.Down) < 0 {
		return nil, fmt.Errorf("%w: trainer state has negative counters", ErrSettings)
	}
	lessons := 0
	if state.Learner == nil {
		state.Settings.adapt(&c.Model.Config)
	} else if lessons = state.Learner.Lessons; lessons < 0 {
		return nil, fmt.Errorf("%w: %d lessons", ErrSettings, lessons)
	}
	t, err := newTrainer(c, state.Settings, threads)
	if err != nil {
		return nil, err
	}
	t.clock, t.data = state.Clock, state.Data
	return newLearner(t, lessons), nil
}

// adapt makes a run's settings a learner's: small batches, a constant rate.
func (s *Settings) adapt(c *model.Config) {
	s.Schedule = Constant
	if s.Batch > TeachBatch {
		s.SetBatch(TeachBatch)
	}
	if !c.Input.IsImage() {
		s.Shift = 0
	}
}

func newLearner(t *Trainer, lessons int) *Learner {
	t.done = 1 // the time for the generative circuit to learn has come
	l := &Learner{t: t, lessons: lessons, idx: make([]int, 0, t.set.Batch)}
	l.lesson.input = t.model.Config.Input
	return l
}

// Close ends the learner's threads.
func (l *Learner) Close() { l.t.Close() }

// Lessons returns how many lessons the learner has taken.
func (l *Learner) Lessons() int { return l.lessons }

// Input returns what the learner's model takes.
func (l *Learner) Input() model.Input { return l.t.model.Config.Input }

// Live returns an engine on the parameters being learned, as Trainer.Live does.
func (l *Learner) Live() *Engine { return l.t.Live() }

// Session returns a session on the parameters being learned, as Trainer.Session
// does.
func (l *Learner) Session() *Session { return l.t.Session() }

// Snapshot returns a copy of what has been learned so far.
func (l *Learner) Snapshot() *model.Model { return l.t.Snapshot() }

// Checkpoint returns the learner's state. It shares memory with the learner:
// write it before the next lesson.
func (l *Learner) Checkpoint() (*model.Checkpoint, error) {
	c, err := l.t.Checkpoint()
	if err != nil {
		return nil, err
	}
	c.Trainer, err = json.Marshal(struct {
		trainerState
		Learner learnerState `json:"learner"`
	}{trainerState{l.t.set, 0, 0, l.t.clock, l.t.data}, learnerState{l.lessons}})
	return c, err
}

// Check reports why an operation cannot be applied: to teach a class that the model
// does not have, ErrNoClass, or samples of another size or beyond 0…1; to add one
// that it has.
func (l *Learner) Check(op Operation) error {
	switch o := op.(type) {
	case *Teach:
		return l.checkLesson(o)
	case *AddClass:
		return l.checkClass(o)
	}
	return fmt.Errorf("%w: operation of kind %d", model.ErrVersion, op.Kind())
}

func (l *Learner) checkLesson(lesson *Teach) error {
	if err := lesson.validate(); err != nil {
		return err
	}
	c := &l.t.model.Config
	switch {
	case !slices.Contains(c.Classes, lesson.Class):
		return fmt.Errorf("%w %q among the model's %d", ErrNoClass, lesson.Class, len(c.Classes))
	case lesson.Pixels != nil && !c.Input.IsImage():
		return fmt.Errorf("%w: samples of pixels for a model of %s", ErrOperation, c.Input)
	case lesson.Size != c.Input.Size():
		return fmt.Errorf("%w: samples of %d values, the model takes %d (%s)", ErrOperation, lesson.Size, c.Input.Size(), c.Input)
	}
	for i, v := range lesson.Inputs {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%w: sample %d, input %d is %v, want 0…1", ErrOperation, i/lesson.Size, i%lesson.Size, v)
		}
	}
	return nil
}

// Apply applies an operation. One that Check refuses changes nothing; after
// ErrDiverged the learner is spoilt.
func (l *Learner) Apply(op Operation) error {
	if err := l.Check(op); err != nil {
		return err
	}
	if a, isClass := op.(*AddClass); isClass {
		return l.grow(a.Class)
	}
	return l.teach(op.(*Teach))
}

// Teach is Apply for samples of a class.
func (l *Learner) Teach(class string, samples *Teach) error {
	lesson := *samples
	lesson.Class = class
	return l.Apply(&lesson)
}

// teach learns a lesson TeachSteps times, in batches in the order of its samples.
// What is random is drawn by the seed and the number of the step.
func (l *Learner) teach(op *Teach) error {
	l.lesson.Teach, l.lesson.label = op, slices.Index(l.t.model.Config.Classes, op.Class)
	defer func() { l.lesson.Teach = nil }()
	n := l.lesson.Len()
	for step := range TeachSteps {
		l.t.epoch, l.t.batch = l.lessons*TeachSteps+step, 0
		for lo := 0; lo < n; lo += l.t.set.Batch {
			l.idx = l.idx[:0]
			for i := lo; i < min(lo+l.t.set.Batch, n); i++ {
				l.idx = append(l.idx, i)
			}
			if _, err := l.t.learn(&l.lesson, l.idx, TeachRate); err != nil {
				return fmt.Errorf("lesson %d: %w", l.lessons+1, err)
			}
			l.t.batch++
		}
	}
	l.lessons++
	if name := l.t.nonFinite(); name != "" {
		return fmt.Errorf("lesson %d: %w: %s is no longer finite", l.lessons, ErrDiverged, name)
	}
	return nil
}

// lesson is a Teach as a data set.
type lesson struct {
	*Teach
	label int
	input model.Input
}

func (s *lesson) Sample(dst []float32, i int) int {
	lo, hi := i*s.Size, (i+1)*s.Size
	if s.Inputs != nil {
		copy(dst, s.Inputs[lo:hi])
	} else {
		s.input.ScaleBytes(dst, s.Pixels[lo:hi])
	}
	return s.label
}

package runtime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
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

// Learner learns on the spot, operation by operation (Apply). Its state is a
// checkpoint; equal checkpoints and operations give equal bits, wherever it was
// stopped and resumed and with any number of threads. It belongs to one goroutine;
// Close it when done.
//
// One that rehearses (Rehearse) remembers samples and learns them again between new
// ones: it forgets nothing, takes streams (Learn) and classes at any time, sleeps,
// and can be corrected. Any other takes lessons alone, and what they do not show
// fades.
type Learner struct {
	t       *Trainer
	lessons int // taken
	lesson  lesson
	idx     []int

	// What a learner that rehearses has besides.
	rehearsal Rehearsal
	steps     int            // taken; numbers what is drawn at random
	memory    *replay.Memory // nil unless it rehearses
	held      *replay.Memory // samples that are never learned, or nil
	batch     batch
	opinion   *opinion  // or nil
	labels    []int     // of the classes of a stream's samples
	learned   []int     // the samples of a lesson that are not held back
	x         []float32 // D: a sample on its way to a memory
	trial     *Trial    // of an operation that may come next, or nil
}

// learnerState is what a learner's checkpoint keeps besides a trainer's and the
// memories.
type learnerState struct {
	Lessons   int           `json:"lessons"`
	Steps     int           `json:"steps,omitempty"`
	Rehearsal *Rehearsal    `json:"rehearsal,omitempty"`
	Opinion   *opinionState `json:"opinion,omitempty"`
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
	own := learnerState{}
	if state.Learner == nil {
		state.Settings.adapt(&c.Model.Config)
	} else if own = *state.Learner; own.Lessons < 0 || own.Steps < 0 {
		return nil, fmt.Errorf("%w: %d lessons, %d steps", ErrSettings, own.Lessons, own.Steps)
	}
	kept := c.Kept
	if own.Rehearsal != nil {
		c.Kept = nil // which the learner decodes, and makes anew
	}
	t, err := newTrainer(c, state.Settings, threads)
	if err != nil {
		return nil, err
	}
	t.clock, t.data = state.Clock, state.Data
	l := newLearner(t, own.Lessons)
	l.steps = own.Steps
	if err := l.recall(&own, kept); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
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
	return l
}

// Close ends the learner's threads.
func (l *Learner) Close() {
	l.DropTrial()
	l.t.Close()
}

// Lessons returns how many lessons the learner has taken.
func (l *Learner) Lessons() int { return l.lessons }

// Input returns what the learner's model takes.
func (l *Learner) Input() model.Input { return l.t.model.Config.Input }

// Config returns the configuration of the learner's model. It is shared: do not
// change it.
func (l *Learner) Config() *model.Config { return &l.t.model.Config }

// Settings returns how the learner's steps learn.
func (l *Learner) Settings() Settings { return l.t.set }

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
	own := learnerState{Lessons: l.lessons, Steps: l.steps}
	if l.memory != nil {
		own.Rehearsal, c.Kept = &l.rehearsal, l.keep()
		if l.opinion != nil {
			own.Opinion = &opinionState{l.opinion.labels, l.opinion.next}
		}
	}
	c.Trainer, err = json.Marshal(struct {
		trainerState
		Learner learnerState `json:"learner"`
	}{trainerState{l.t.set, 0, 0, l.t.clock, l.t.data}, own})
	return c, err
}

// Check reports why an operation cannot be applied: to teach a class that the model
// does not have, ErrNoClass, or samples of another size or beyond 0…1; to add one
// that it has; to forget what is not there; ErrNoRehearsal for what only a learner
// that rehearses can do.
func (l *Learner) Check(op Operation) error {
	a, known := op.(action)
	if !known {
		return fmt.Errorf("%w: operation of kind %d", model.ErrVersion, op.Kind())
	}
	return a.check(l)
}

// Apply applies an operation. One that Check refuses changes nothing; after
// ErrDiverged the learner is spoilt.
func (l *Learner) Apply(op Operation) error {
	if err := l.Check(op); err != nil {
		return err
	}
	if l.adopt(op) {
		return nil
	}
	l.DropTrial()
	return op.(action).apply(l)
}

// Teach is Apply for samples of a class.
func (l *Learner) Teach(class string, samples *Teach) error {
	lesson := *samples
	lesson.Class = class
	return l.Apply(&lesson)
}

func (t *Teach) check(l *Learner) error {
	v := t.values()
	return cmp.Or(t.validate(), l.checkTaught(t.Class, t.New), v.fit(l.Input()))
}

// checkTaught reports why the class of a lesson will not do: it is not there, and not
// to be added or cannot be.
func (l *Learner) checkTaught(class string, isNew bool) error {
	c := &l.t.model.Config
	switch {
	case slices.Contains(c.Classes, class):
		return nil
	case isNew:
		return l.checkNew(class)
	}
	return fmt.Errorf("%w %q among the model's %d", ErrNoClass, class, len(c.Classes))
}

func (t *Teach) apply(l *Learner) error {
	label, err := l.labelOf(t.Class)
	if err != nil {
		return err
	}
	l.lesson = lesson{values: t.values(), label: label, input: l.Input()}
	defer func() { l.lesson = lesson{} }()
	if l.memory != nil {
		return l.rehearse(study{class: label, was: -1, samples: t.Len(), hold: true})
	}
	return l.teachAlone()
}

// labelOf returns the label of a class, which is added if it is not there.
func (l *Learner) labelOf(class string) (int, error) {
	if label := slices.Index(l.Classes(), class); label >= 0 {
		return label, nil
	}
	if err := l.grow(class); err != nil {
		return 0, err
	}
	return len(l.Classes()) - 1, nil
}

// teachAlone learns the lesson at hand TeachSteps times, in batches in the order of
// its samples. What is random is drawn by the seed and the number of the step.
func (l *Learner) teachAlone() error {
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
	return l.endLesson()
}

// endLesson counts a lesson and looks at what it did to the parameters.
func (l *Learner) endLesson() error {
	l.lessons++
	if name := l.t.nonFinite(); name != "" {
		return fmt.Errorf("lesson %d: %w: %s is no longer finite", l.lessons, ErrDiverged, name)
	}
	return nil
}

// lesson is samples of one class as a data set.
type lesson struct {
	values
	label int
	input model.Input
}

func (s *lesson) Len() int { return s.len() }

func (s *lesson) Sample(dst []float32, i int) int {
	s.sample(dst, s.input, i)
	return s.label
}

package runtime

import "fmt"

// ErrNoClass: a lesson is about a class that the model does not have; AddClass adds
// it. It is an ErrOperation.
var ErrNoClass = fmt.Errorf("%w: no class", ErrOperation)

// AddClass is Apply for a class more: the model gets it as model.Model.AddClass
// says, moments and counters stay. It is no lesson, and takes the memory of the
// learner twice while it lasts.
//
// What Live and Session have returned before stays with the network as it was, and
// uses one thread from then on; ask for them anew.
func (l *Learner) AddClass(name string) error { return l.Apply(&AddClass{Class: name}) }

// Classes returns the names of the learner's classes, in label order. They are
// shared: do not change them.
func (l *Learner) Classes() []string { return l.t.model.Config.Classes }

func (l *Learner) checkClass(op *AddClass) error {
	if !validClassName(op.Class) {
		return errClassName(op.Class)
	}
	c, err := l.t.model.Config.WithClass(op.Class)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOperation, err)
	}
	return checkScratch(&c, l.t.set.Batch)
}

// grow replaces the trainer by one with a class more.
func (l *Learner) grow(name string) error {
	c, err := l.t.Checkpoint()
	if err != nil {
		return err
	}
	if c, err = c.AddClass(name); err != nil {
		return err
	}
	t, err := newTrainer(c, l.t.set, l.t.pool.Threads())
	if err != nil {
		return err
	}
	t.clock, t.data, t.done = l.t.clock, l.t.data, l.t.done
	l.t.Close()
	l.t = t
	return nil
}

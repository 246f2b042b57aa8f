package runtime

import (
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

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

func (a *AddClass) check(l *Learner) error { return l.checkNew(a.Class) }

func (a *AddClass) apply(l *Learner) error { return l.grow(a.Class) }

// checkNew reports why classes cannot be added.
func (l *Learner) checkNew(names ...string) error {
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if !validClassName(name) {
			return errClassName(name)
		}
	}
	c, err := l.t.model.Config.WithClasses(names)
	if err == nil {
		err = roomFor(len(c.Classes), l.memory, l.held)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOperation, err)
	}
	return checkScratch(&c, l.t.set.Batch)
}

// roomFor reports why memories, any of which may be nil, have no room for that many
// classes.
func roomFor(classes int, list ...*replay.Memory) error {
	for _, m := range list {
		if m == nil {
			continue
		}
		if err := m.Room(classes); err != nil {
			return err
		}
	}
	return nil
}

// grow replaces the trainer by one with a class more.
func (l *Learner) grow(name string) error {
	err := l.rebuild(func(c *model.Checkpoint) (*model.Checkpoint, error) { return c.AddClass(name) })
	if err == nil && l.opinion != nil {
		l.opinion.grow(len(l.Classes()))
	}
	return err
}

// shrink replaces the trainer by one without a class. Later classes move down.
func (l *Learner) shrink(name string) error {
	return l.rebuild(func(c *model.Checkpoint) (*model.Checkpoint, error) { return c.RemoveClass(name) })
}

// rebuild replaces the trainer by one that has what change makes of its state.
func (l *Learner) rebuild(change func(*model.Checkpoint) (*model.Checkpoint, error)) error {
	c, err := l.t.Checkpoint()
	if err != nil {
		return err
	}
	if c, err = change(c); err != nil {
		return err
	}
	return l.replace(c, l.t.set)
}

// replace replaces the trainer by one that goes on from c with other settings.
func (l *Learner) replace(c *model.Checkpoint, set Settings) error {
	t, err := newTrainer(c, set, l.t.pool.Threads())
	if err != nil {
		return err
	}
	t.clock, t.data, t.done = l.t.clock, l.t.data, l.t.done
	l.t.Close()
	l.t = t
	return nil
}

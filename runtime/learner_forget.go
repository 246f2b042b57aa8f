package runtime

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/runtime/replay"
)

func (o *Forget) check(l *Learner) error {
	if l.memory == nil {
		return ErrNoRehearsal
	}
	if err := o.validate(); err != nil {
		return err
	}
	if o.Class != "" {
		if err := l.checkTaught(o.Class, false); err != nil {
			return err
		}
		if _, err := l.t.model.Config.WithoutClass(o.Class); err != nil {
			return fmt.Errorf("%w: without class %q: %w", ErrOperation, o.Class, err)
		}
		return nil
	}
	for i, id := range o.IDs {
		if _, ok := l.memory.Find(id); !ok || slices.Contains(o.IDs[:i], id) {
			return fmt.Errorf("%w: no remembered sample %d", ErrOperation, id)
		}
	}
	return nil
}

func (o *Forget) apply(l *Learner) error {
	if o.Class != "" {
		return l.forgetClass(o.Class)
	}
	for _, id := range o.IDs {
		i, _ := l.memory.Find(id)
		if err := l.memory.Remove(i); err != nil {
			return err
		}
	}
	l.lessons++
	return nil
}

// forgetClass takes a class out of model and memories. Later classes move down by
// one label.
func (l *Learner) forgetClass(name string) error {
	label := slices.Index(l.Classes(), name)
	if err := l.shrink(name); err != nil {
		return err
	}
	if l.opinion != nil {
		if err := l.opinion.shrink(label); err != nil {
			return err
		}
	}
	for _, m := range []*replay.Memory{l.memory, l.held} {
		if m == nil || label >= m.Classes() {
			continue
		}
		if err := m.DropClass(label); err != nil {
			return err
		}
	}
	l.lessons++
	return nil
}

func (o *Relabel) check(l *Learner) error {
	if l.memory == nil {
		return ErrNoRehearsal
	}
	if err := l.checkTaught(o.Class, false); err != nil {
		return err
	}
	i, ok := l.memory.Find(o.ID)
	if !ok {
		return fmt.Errorf("%w: no remembered sample %d", ErrOperation, o.ID)
	}
	if l.Classes()[l.memory.Label(i)] == o.Class {
		return fmt.Errorf("%w: sample %d is of class %q already", ErrOperation, o.ID, o.Class)
	}
	return nil
}

// apply learns the sample, which stays in the memory, against the class that it is
// taken out of. A second opinion, which has seen it as it came, hears nothing of it.
func (o *Relabel) apply(l *Learner) error {
	i, _ := l.memory.Find(o.ID)
	v := values{size: l.Input().Size(), inputs: make([]float32, l.Input().Size())}
	was, class := l.memory.Sample(v.inputs, i), slices.Index(l.Classes(), o.Class)
	if err := l.memory.Relabel(i, class); err != nil {
		return err
	}
	return l.correct(v, study{class: class, was: was, kept: true})
}

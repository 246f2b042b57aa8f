package runtime

import (
	"cmp"
	"slices"
)

func (o *Learn) check(l *Learner) error {
	if l.memory == nil {
		return ErrNoRehearsal
	}
	if err := o.validate(); err != nil {
		return err
	}
	v := o.values()
	if err := v.fit(l.Input()); err != nil {
		return err
	}
	return l.checkNew(l.newAmong(o.Classes...)...)
}

// newAmong returns which of the names are none of the learner's classes.
func (l *Learner) newAmong(names ...string) (list []string) {
	for _, name := range names {
		if !slices.Contains(l.Classes(), name) {
			list = append(list, name)
		}
	}
	return list
}

// Adds tells whether op would add a class.
func (l *Learner) Adds(op Operation) bool {
	switch o := op.(type) {
	case *AddClass:
		return true
	case *Teach:
		return len(l.newAmong(o.Class)) > 0
	case *Correct:
		return len(l.newAmong(o.Class)) > 0
	case *Learn:
		return len(l.newAmong(o.Classes...)) > 0
	}
	return false
}

// apply learns the samples in the order of the stream, a step for every few.
func (o *Learn) apply(l *Learner) error {
	labels := l.labels[:0]
	for _, name := range o.Classes {
		label, err := l.labelOf(name)
		if err != nil {
			return err
		}
		labels = append(labels, label)
	}
	l.labels, l.lesson = labels, lesson{values: o.values()}
	defer func() { l.lesson = lesson{} }()
	for lo := 0; lo < o.Len(); lo += l.rehearsal.Batch {
		hi := min(lo+l.rehearsal.Batch, o.Len())
		if err := l.follow(&l.lesson.values, lo, o.Labels[lo:hi], labels); err != nil {
			return err
		}
	}
	return l.endLesson()
}

// follow does one step of a stream: it learns new samples, from number first on,
// beside remembered ones, and then remembers them too. names are their classes,
// labels what those are to the learner.
func (l *Learner) follow(v *values, first int, names, labels []int) error {
	l.batch.reset(l.memory, l.Input())
	x := l.sample()
	for i, name := range names {
		if label := labels[name]; !l.holdsAfter(label, l.batch.count(label)) {
			l.batch.add(row{from: v, i: first + i, label: label})
			continue
		}
		v.sample(x, l.Input(), first+i)
		if err := l.store(x, labels[name], true); err != nil {
			return err
		}
	}
	news := len(l.batch.rows)
	l.batch.replay(l.rehearsal.Replays, uint64(l.steps))
	if err := l.step(1); err != nil {
		return err
	}
	for _, r := range l.batch.rows[:news] {
		v.sample(x, l.Input(), r.i)
		if err := l.store(x, r.label, false); err != nil {
			return err
		}
	}
	return nil
}

func (o *Correct) check(l *Learner) error {
	v := o.values()
	var was error
	if o.Was != "" {
		was = l.checkTaught(o.Was, false)
	}
	if l.memory == nil {
		return ErrNoRehearsal
	}
	return cmp.Or(o.validate(), v.fit(l.Input()), l.checkTaught(o.Class, o.New), was)
}

func (o *Correct) apply(l *Learner) error {
	label, err := l.labelOf(o.Class)
	if err != nil {
		return err
	}
	return l.correct(o.values(), study{class: label, was: slices.Index(l.Classes(), o.Was)})
}

// correct learns samples of s.class that were taken for another. None is held back:
// whoever corrects wants to see it done.
func (l *Learner) correct(v values, s study) error {
	l.lesson = lesson{values: v, label: s.class, input: l.Input()}
	defer func() { l.lesson = lesson{} }()
	s.samples = v.len()
	return l.rehearse(s)
}

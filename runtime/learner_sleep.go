package runtime

import (
	"context"
	"fmt"
)

// SleepSteps is a sleep that is worth its time: longer ones bring little more.
const SleepSteps = 1500

func (o *Sleep) check(l *Learner) error {
	switch {
	case l.memory == nil:
		return ErrNoRehearsal
	case l.memory.Len() == 0:
		return fmt.Errorf("%w: no sample is remembered that sleep could learn", ErrOperation)
	}
	return o.validate()
}

func (o *Sleep) apply(l *Learner) error {
	for n := o.From; n < o.From+o.Steps; n++ {
		l.batch.reset(l.memory, l.Input())
		l.batch.replay(l.t.set.Batch, uint64(l.steps))
		if err := l.step(l.rehearsal.sleepRate() * cosine(float64(n)/float64(o.Of))); err != nil {
			return err
		}
	}
	if o.From+o.Steps == o.Of {
		if err := l.dream(); err != nil {
			return err
		}
	}
	return l.endLesson()
}

// dream fits the mixtures of a model that imagines to what is remembered, so that
// it imagines what it has learned since.
func (l *Learner) dream() error {
	if !l.t.set.Generative || len(l.t.model.Overall) == 0 {
		return nil
	}
	return FitMixtures(context.Background(), l.Session(), l.memory, l.t.set.Seed)
}

package continual

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Lesson is what came of teaching one class from so many samples.
type Lesson struct {
	Class   int     `json:"class"`
	Shots   int     `json:"shots"`
	Recall  float64 `json:"recall"`  // of the class taught
	Base    float64 `json:"base"`    // accuracy on the other classes before, among themselves
	Old     float64 `json:"old"`     // and after, among all
	Seconds float64 `json:"seconds"` // of teaching
}

// Drop is by how much the other classes fell.
func (l *Lesson) Drop() float64 { return l.Base - l.Old }

// Taught is one seed of protocol d.
type Taught struct {
	Seed    uint64   `json:"seed"`
	Lessons []Lesson `json:"lessons"`

	Bytes         int64   `json:"bytes"`
	Samples       int     `json:"samples"`
	Seconds       float64 `json:"seconds"` // of learning the other classes
	SamplesSecond float64 `json:"samples_per_second"`
}

// Teach takes pupils of that kind through protocol d: for every class, one learns all
// others in one pass, and then that class from the first of its samples, in the
// order of a shuffle.
func (p *Plan) Teach(ctx context.Context, kind Kind, seed uint64, train, test *Images, progress func(done, total int)) (*Taught, error) {
	if kind.Mixed {
		return nil, fmt.Errorf("protocol d is about a learner that goes on, %s does not", kind.Name)
	}
	for what, m := range map[string]*Images{"training": train, "test": test} {
		if err := m.covers(what); err != nil {
			return nil, err
		}
	}
	all := &Taught{Seed: seed}
	for i, class := range classOrder(seed, len(train.Classes)) {
		told := func(done, _ int) {
			if progress != nil {
				progress(i*train.Len()+done, len(train.Classes)*train.Len())
			}
		}
		if err := p.teachClass(ctx, kind, class, all, train, test, told); err != nil {
			return nil, fmt.Errorf("class %s: %w", train.Classes[class], err)
		}
	}
	all.SamplesSecond = float64(all.Samples) / all.Seconds
	return all, nil
}

func (p *Plan) teachClass(ctx context.Context, kind Kind, class int, all *Taught, train, test *Images, progress func(done, total int)) error {
	var others []int
	for c := range train.Classes {
		if c != class {
			others = append(others, c)
		}
	}
	r := &runner{plan: p, kind: kind, train: train, test: test, seen: make([]bool, len(train.Classes)), progress: progress,
		run: &Run{Seed: all.Seed, MinACC: 1}, reached: 1,
		tasks: []Task{classTask(others, train, test), classTask([]int{class}, train, test)}}
	r.total = len(r.tasks[0].Train)
	o := p.options(train, all.Seed)
	o.Seed += uint64(class) << 32
	var err error
	if r.pupil, err = kind.New(o); err != nil {
		return err
	}
	defer r.pupil.Close()
	if err := r.learn(ctx, r.tasks[0].stream(o.Seed, 0, p.Batch, 0)); err != nil {
		return err
	}
	all.Samples, all.Seconds = all.Samples+r.run.Samples, all.Seconds+r.run.Seconds
	base, err := r.accuracy(ctx, 0)
	if err != nil {
		return err
	}
	shown := random(o.Seed, forShots).Perm(len(r.tasks[1].Train))
	for _, n := range p.Shots {
		if n > len(shown) {
			return fmt.Errorf("%w: %d samples, %d to be taught", ErrData, len(shown), n)
		}
		lesson, err := r.lesson(ctx, class, shown[:n])
		if err != nil {
			return err
		}
		lesson.Base = base
		all.Lessons = append(all.Lessons, lesson)
		all.Bytes = max(all.Bytes, r.pupil.Cost().Bytes)
	}
	return nil
}

// lesson teaches a twin of the pupil a class from some of its samples.
func (r *runner) lesson(ctx context.Context, class int, shown []int) (l Lesson, err error) {
	f, ok := r.pupil.(Forker)
	if !ok {
		return l, errors.New("there cannot be two of this learner")
	}
	twin, err := f.Fork()
	if err != nil {
		return l, err
	}
	defer twin.Close()
	pupil := r.pupil
	r.pupil = twin
	defer func() { r.pupil = pupil }()
	var batch []place
	for _, i := range shown {
		batch = append(batch, place{1, r.tasks[1].Train[i]})
	}
	r.load(r.train, batch)
	began := time.Now()
	if err := twin.Teach(r.pixels, class); err != nil {
		return l, err
	}
	l = Lesson{Class: class, Shots: len(shown), Seconds: time.Since(began).Seconds()}
	if l.Recall, err = r.accuracy(ctx, 1); err != nil {
		return l, err
	}
	l.Old, err = r.accuracy(ctx, 0)
	return l, err
}

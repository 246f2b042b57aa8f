package continual

import (
	"context"
	"fmt"
	"time"
)

// runTeaching measures by protocol d: every class in turn is the one that is taught
// to a pupil that has learned the others.
func (p *Plan) runTeaching(ctx context.Context, kind Kind, seed uint64, train, test *Images) (*Run, error) {
	for class, name := range train.Classes {
		if n, want := len(train.of(class)), p.Shots[len(p.Shots)-1]; n < want {
			return nil, fmt.Errorf("%w: %d training images of class %s for %d shots", ErrData, n, name, want)
		}
	}
	s := &school{Plan: p, kind: kind, seed: seed, train: train, test: test, lessons: make([][]lesson, len(p.Shots))}
	for class := range train.Classes {
		if err := s.teachClass(ctx, class); err != nil {
			return nil, err
		}
	}
	return s.result(), nil
}

// school is a run of protocol d.
type school struct {
	*Plan
	kind        Kind
	seed        uint64
	train, test *Images
	bases       []*Run     // a class that was not among those
	lessons     [][]lesson // by number of shots, then class
}

// lesson is what came of one.
type lesson struct {
	taught, slept known
	seconds       float64 // that teaching took
	bytes         int64   // kept in the end
}

// known is what a pupil knows at some time.
type known struct {
	recall    float64 // of the taught class
	oldChange float64 // of the accuracy on the others
	acc       float64 // over all classes
}

// teachClass lets pupils learn all classes but one, and teaches them that one.
func (s *school) teachClass(ctx context.Context, class int) error {
	c, before, err := s.base(ctx, class)
	if err != nil {
		return err
	}
	defer func() { c.pupil.Close() }()
	s.bases = append(s.bases, c.run)
	for i, n := range s.Shots {
		if i > 0 && !canFork(c.pupil) { // which has learned the class by now
			c.pupil.Close()
			if c, before, err = s.base(ctx, class); err != nil {
				return err
			}
		}
		l, err := s.teach(ctx, c, class, n, before)
		if err != nil {
			return err
		}
		s.lessons[i] = append(s.lessons[i], l)
	}
	return nil
}

func canFork(p Pupil) bool {
	_, ok := p.(Forker)
	return ok
}

// base returns a pupil that has learned all classes but one, in one pass of a random
// order, and slept; and its accuracy on them. Close it when done. Task 0 are the
// others, task 1 the one.
func (s *school) base(ctx context.Context, class int) (*course, float64, error) {
	var others []int
	for other := range s.train.Classes {
		if other != class {
			others = append(others, other)
		}
	}
	tasks := []Task{classTask(others, s.train, s.test), classTask([]int{class}, s.train, s.test)}
	pupil, err := s.kind.New(s.options(s.seed, s.train))
	if err != nil {
		return nil, 0, err
	}
	c := newCourse(s.Plan, pupil, tasks, s.train, s.test, newRun(s.Protocol, s.seed, tasks, s.train))
	c.total = batchesOf(len(tasks[0].Train), s.Batch) * len(s.train.Classes)
	c.before = batchesOf(len(tasks[0].Train), s.Batch) * class
	before, err := c.learnBase(ctx, s.seed)
	if err != nil {
		pupil.Close()
		return nil, 0, err
	}
	return c, before, nil
}

// learnBase learns the first task in one pass, and sleeps.
func (c *course) learnBase(ctx context.Context, seed uint64) (accuracy float64, err error) {
	for batch := range c.tasks[0].stream(seed, 0, c.Batch, 0) {
		if err := c.learn(ctx, batch); err != nil {
			return 0, err
		}
	}
	c.account()
	if err := c.sleep(ctx); err != nil {
		return 0, err
	}
	return c.accuracy(ctx, 0, c.tasks[0].Test)
}

// teach teaches n images of a class to a copy of the pupil, or the pupil itself if
// there can be none.
func (s *school) teach(ctx context.Context, c *course, class, n int, before float64) (l lesson, err error) {
	if err := ctx.Err(); err != nil {
		return l, err
	}
	student := *c // its run stays the base's
	if f, ok := c.pupil.(Forker); ok {
		if student.pupil, err = f.Fork(); err != nil {
			return l, err
		}
		defer student.pupil.Close()
	}
	begin := time.Now()
	if err := student.pupil.Teach(s.examples(class, n), class); err != nil {
		return l, fmt.Errorf("teaching class %s: %w", s.train.Classes[class], err)
	}
	l.seconds = time.Since(begin).Seconds()
	if l.taught, err = student.knows(ctx, before); err != nil {
		return l, err
	}
	if err := student.pupil.Finish(ctx); err != nil {
		return l, err
	}
	l.bytes = student.pupil.Cost().Bytes
	l.slept, err = student.knows(ctx, before)
	return l, err
}

// examples returns the pixels of n images of a class, the same first ones whatever n.
func (s *school) examples(class, n int) (pixels []byte) {
	of := s.train.of(class)
	for _, i := range random(s.seed, forShots+uint64(class)<<32).Perm(len(of))[:n] {
		pixels = append(pixels, s.train.Image(of[i])...)
	}
	return pixels
}

// knows measures the taught class, and the others.
func (c *course) knows(ctx context.Context, before float64) (k known, err error) {
	row, err := c.row(ctx, len(c.tasks))
	if err != nil {
		return k, err
	}
	others := float64(len(c.tasks[0].Test))
	all := others + float64(len(c.tasks[1].Test))
	return known{recall: row[1], oldChange: row[0] - before, acc: (row[0]*others + row[1]*(all-others)) / all}, nil
}

package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Lesson is what is to be learned: samples of one class.
type Lesson struct {
	Key     Key
	Class   string
	New     bool          // the class is added if the model does not have it
	Samples simd.Matrix   // scaled inputs, a row each
	Gate    *lessons.Gate // nil for the service's
	Force   bool          // whatever it takes from the classes known
}

// Done tells of an operation that is on the medium, learned and published.
type Done struct {
	lessons.Line
	Replayed bool     `json:"replayed,omitempty"` // it had been done before, under the same key
	Taken    []string `json:"taken_for,omitempty"`
}

// Teach learns samples of a class.
func (s *Service) Teach(ctx context.Context, l *Lesson) (*Done, error) {
	if err := goodName(l.Class); err != nil {
		return nil, err
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(l.Key, runtime.KindTeach, l.Class, l.Samples.Rows, func() (*Done, error) {
			op := lessons.Teaching(s.learner().Input(), l.Class, samplesOf(l.Samples))
			_, rehearses := s.learner().Rehearsal()
			op.New = l.New && rehearses
			if l.New && !rehearses && !slices.Contains(s.learner().Classes(), l.Class) {
				return nil, fmt.Errorf("%w: add the class by itself: the store does not rehearse", runtime.ErrNoRehearsal)
			}
			return s.learn(ctx, l, op, nil)
		})
	})
}

// Correct learns samples of a class against what they were taken for: was, or what the
// model says of them, if it says the same of all.
func (s *Service) Correct(ctx context.Context, l *Lesson, was string) (*Done, error) {
	if err := goodName(l.Class); err != nil {
		return nil, err
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(l.Key, runtime.KindCorrect, l.Class, l.Samples.Rows, func() (*Done, error) {
			if was != "" && !slices.Contains(s.learner().Classes(), was) {
				return nil, noClass(was, s.learner().Classes())
			}
			t := lessons.Teaching(s.learner().Input(), l.Class, samplesOf(l.Samples))
			op := &runtime.Correct{Class: l.Class, New: l.New, Was: was, Size: t.Size, Pixels: t.Pixels, Inputs: t.Inputs}
			confirms := false
			if was == "" {
				var err error
				if op.Was, err = s.takenFor(ctx, l.Samples); err != nil {
					return nil, err
				}
				if confirms = op.Was == l.Class; confirms {
					op.Was = ""
				}
			}
			return s.learn(ctx, l, op, func(line *lessons.Line) { line.Confirms = confirms })
		})
	})
}

// takenFor returns what all of x are taken for, "" if that differs.
func (s *Service) takenFor(ctx context.Context, x simd.Matrix) (string, error) {
	session, was := s.learner().Session(), ""
	for lo := 0; lo < x.Rows; lo += session.AtOnce() {
		p, err := session.Predict(ctx, x.Slice(lo, min(lo+session.AtOnce(), x.Rows)), runtime.Goodness)
		if err != nil {
			return "", err
		}
		for i := range p.Rows {
			best, _ := runtime.Best(p.Row(i))
			name := s.learner().Classes()[best]
			if was != "" && was != name {
				return "", nil
			}
			was = name
		}
	}
	return was, nil
}

// Relabel gives a remembered sample another class.
func (s *Service) Relabel(ctx context.Context, key Key, id uint64, class string, force bool) (*Done, error) {
	if err := goodName(class); err != nil {
		return nil, err
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(key, runtime.KindRelabel, class, 1, func() (*Done, error) {
			l, op := s.learner(), &runtime.Relabel{ID: id, Class: class}
			if err := s.find(id); err != nil {
				return nil, err
			}
			if err := l.Learner.Check(op); err != nil {
				return nil, err
			}
			at, _ := l.Memory().Find(id)
			was := l.Classes()[l.Memory().Label(at)]
			return s.learn(ctx, &Lesson{Key: key, Class: class, Force: force}, op, func(line *lessons.Line) { line.Was = was })
		})
	})
}

// AddClass adds a class that has no samples yet.
func (s *Service) AddClass(ctx context.Context, key Key, class string) (*Done, error) {
	if err := goodName(class); err != nil {
		return nil, err
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(key, runtime.KindAddClass, class, 0, func() (*Done, error) {
			return s.learn(ctx, &Lesson{Key: key, Class: class, Force: true}, &runtime.AddClass{Class: class}, nil)
		})
	})
}

// Stream is the next samples of a stream, of any classes.
type Stream struct {
	Key     Key
	Samples simd.Matrix
	Classes []string // of each sample; those that are new are added
}

// Learn learns the next samples of a stream, without a gate, and tells what each was taken
// for before.
func (s *Service) Learn(ctx context.Context, t *Stream) (*Done, error) {
	for _, class := range t.Classes {
		if err := goodName(class); err != nil {
			return nil, err
		}
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(t.Key, runtime.KindLearn, "", t.Samples.Rows, func() (*Done, error) {
			l := s.learner()
			if t.Samples.Rows == 0 || t.Samples.Rows != len(t.Classes) {
				return nil, badRequest("%d classes of %d samples", len(t.Classes), t.Samples.Rows)
			}
			values := lessons.Teaching(l.Input(), "-", samplesOf(t.Samples))
			op := &runtime.Learn{Size: values.Size, Pixels: values.Pixels, Inputs: values.Inputs}
			for _, name := range t.Classes {
				at := slices.Index(op.Classes, name)
				if at < 0 {
					at, op.Classes = len(op.Classes), append(op.Classes, name)
				}
				op.Labels = append(op.Labels, at)
			}
			if err := l.Learner.Check(op); err != nil {
				return nil, err
			}
			taken, err := s.judge(ctx, t.Samples, op.Classes, op.Labels)
			if err != nil {
				return nil, err
			}
			line := lessons.LineOf(op)
			done, err := s.commit(t.Key, op, &line, time.Now())
			if err != nil {
				return nil, err
			}
			done.Taken = taken
			return done, nil
		})
	})
}

// once does a request unless its key says that it was done.
func (s *Service) once(key Key, kind runtime.OperationKind, class string, samples int, do func() (*Done, error)) (*Done, error) {
	if key.Name != "" {
		before, err := s.keys.find(key)
		if err != nil {
			return nil, err
		}
		if before != nil {
			s.stats.replayed.Add(1)
			return before.doneBefore(lessons.Names[kind], class, samples), nil
		}
	}
	done, err := do()
	if err != nil {
		s.stats.failures.Add(1)
	}
	return done, err
}

// learn does an operation on samples of a class, if it passes the gate.
func (s *Service) learn(ctx context.Context, l *Lesson, op runtime.Operation, add func(*lessons.Line)) (*Done, error) {
	began, learner := time.Now(), s.learner()
	if err := learner.Learner.Check(op); err != nil {
		return nil, err
	}
	if l.Samples.Rows > 0 {
		if _, err := s.judge(ctx, l.Samples, []string{l.Class}, make([]int, l.Samples.Rows)); err != nil {
			return nil, err
		}
	}
	line := lessons.LineOf(op)
	if add != nil {
		add(&line)
	}
	if _, rehearses := learner.Rehearsal(); rehearses {
		harm, err := s.try(ctx, l, op)
		if err != nil {
			return nil, err
		}
		line.Effect = &lessons.Effect{Harm: harm}
	}
	return s.commit(l.Key, op, &line, began)
}

// try does an operation on a copy of the learner, which is taken over when it is
// committed, and says what it takes; a Refused error if that is too much.
func (s *Service) try(ctx context.Context, l *Lesson, op runtime.Operation) (lessons.Harm, error) {
	trial, err := s.learner().Try(ctx, op)
	if err != nil {
		return lessons.Harm{}, err
	}
	harm, gate := lessons.HarmOf(trial), l.Gate
	if gate == nil {
		gate = s.opt.Gate
	}
	if excess := gate.Excess(harm); excess != "" && !l.Force {
		s.learner().DropTrial()
		s.stats.refused.Add(1)
		return harm, &Refused{excess, harm}
	}
	return harm, nil
}

// commit logs an operation, learns it and publishes what came of it.
func (s *Service) commit(key Key, op runtime.Operation, line *lessons.Line, began time.Time) (*Done, error) {
	var used *keyed
	if key.Name != "" {
		var err error
		if used, err = s.keys.begin(key, s.store.Next()); err != nil {
			return nil, err
		}
	}
	sequence, err := s.store.Do(op)
	if err != nil {
		if used != nil {
			if void := s.keys.void(used); void != nil {
				s.opt.Log.Warn(void.Error())
			}
		}
		return nil, err
	}
	// It is done, whatever comes: that must be told.
	line.Operation = sequence
	_, stream := op.(*runtime.Learn)
	s.settle(stream && time.Since(s.seen) < knownEvery)
	if line.Effect != nil {
		for _, c := range s.Known().Classes {
			if c.Class == line.Class {
				line.Recall = &lessons.Recalled{Recall: runtime.Recall{Class: c.Class, Held: c.Held, Right: c.Right, Taught: c.Taught, Kept: c.Kept, AtLeast: c.AtLeast}, Enough: c.Enough}
			}
		}
		line.Seconds = time.Since(began).Seconds()
	}
	done := &Done{Line: *line}
	if used != nil {
		used.done = done
	}
	s.fresh, s.sleep = true, s.sleep.after(op)
	s.stats.operated(line)
	s.tell(EventOperation, done)
	return done, nil
}

// knownEvery is how often, at most, it is found out how well the classes are known while
// a stream is learned: that takes longer than learning some of its samples.
const knownEvery = 2 * time.Second

// settle publishes what has been learned, finds out what is known now, or leaves that for
// later, and takes a snapshot if one is due. What fails of that is told, but takes nothing
// back.
func (s *Service) settle(later bool) {
	if err := s.publish(); err != nil {
		s.opt.Log.Error("publishing: " + err.Error())
	}
	if s.stale = later; !later {
		s.refresh()
	}
	s.save()
}

// save takes a snapshot if one is due.
func (s *Service) save() {
	if s.store.Due() {
		if err := s.snapshot(); err != nil {
			s.opt.Log.Error("snapshot: " + err.Error())
		}
	}
}

// refresh finds out how well the classes are known.
func (s *Service) refresh() {
	if err := s.learnKnown(s.stopping); err != nil && s.stopping.Err() == nil {
		s.opt.Log.Error("looking at what is known: " + err.Error())
	}
	s.stale, s.seen = false, time.Now()
}

// samplesOf returns the rows of x as samples.
func samplesOf(x simd.Matrix) []data.Sample {
	list := make([]data.Sample, x.Rows)
	for i := range list {
		list[i].X = x.Row(i)
	}
	return list
}

func noClass(name string, classes []string) error {
	return fmt.Errorf("%w: class %q is none of the model's %d", ErrNotFound, name, len(classes))
}

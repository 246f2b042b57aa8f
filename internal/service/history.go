package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// Changed tells of a change of the history.
type Changed struct {
	Kind     string           `json:"kind"` // undo, rollback or take-out
	Sequence uint64           `json:"sequence"`
	Undone   []lessons.Listed `json:"undone,omitempty"`
	*store.Rolled
	Taken *store.Taken `json:"taken_out,omitempty"`
}

// MaxHistory is how many operations History returns.
const MaxHistory = 1000

// History returns the last n things that can be undone, the newest first. It waits for
// nothing.
func (s *Service) History(n int) ([]Past, error) {
	if n < 1 || n > MaxHistory {
		return nil, badRequest("%d operations, want 1…%d", n, MaxHistory)
	}
	units, err := lessons.History(s.opt.Disk, s.opt.Dir, n)
	if err != nil {
		return nil, err
	}
	out := make([]Past, 0, len(units))
	for i := range slices.Backward(units) {
		u := &units[i]
		out = append(out, Past{u.Listed(), u.Before, u.Time, u.Words()})
	}
	return out, nil
}

// Past is something in the history.
type Past struct {
	lessons.Listed
	Before uint64    `json:"before"` // the operation that it comes after
	Time   time.Time `json:"time"`
	Text   string    `json:"text"`
}

// Undo takes the last n things back, exactly. If last is not 0 it is the last operation
// that the caller has seen: where there are others, it is ErrChanged and nothing is
// done.
func (s *Service) Undo(ctx context.Context, n int, last uint64) (*Changed, error) {
	if n < 1 || n > MaxHistory {
		return nil, badRequest("%d operations to undo, want 1…%d", n, MaxHistory)
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Changed, error) {
		units, err := lessons.History(s.opt.Disk, s.opt.Dir, n)
		if err != nil {
			return nil, err
		}
		if len(units) < n {
			return nil, badRequest("the log has %d operations that can be undone, not %d", len(units), n)
		}
		from := units[len(units)-1].Last
		if last != 0 && last != from {
			return nil, changed(last, from)
		}
		out := &Changed{Kind: "undo"}
		for i := range slices.Backward(units) {
			out.Undone = append(out.Undone, units[i].Listed())
		}
		return out, s.rewind(out, func() (err error) {
			out.Rolled, err = store.RollbackFrom(s.opt.Disk, s.opt.Dir, from, units[0].Before, s.load)
			return err
		})
	})
}

func changed(seen, is uint64) error {
	return errors.Join(ErrChanged, badRequest("the last operation is %d, not %d", is, seen))
}

// Rollback goes back, or forth, to the state after an operation.
func (s *Service) Rollback(ctx context.Context, to uint64) (*Changed, error) {
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Changed, error) {
		out := &Changed{Kind: "rollback"}
		return out, s.rewind(out, func() (err error) {
			out.Rolled, err = store.Rollback(s.opt.Disk, s.opt.Dir, to, s.load)
			return err
		})
	})
}

// TakeOut makes the state as if some operations had never been.
func (s *Service) TakeOut(ctx context.Context, operations []uint64) (*Changed, error) {
	if len(operations) == 0 || len(operations) > MaxHistory {
		return nil, badRequest("%d operations to take out, want 1…%d", len(operations), MaxHistory)
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Changed, error) {
		out := &Changed{Kind: "take-out"}
		return out, s.rewind(out, func() (err error) {
			out.Taken, err = store.Without(s.opt.Disk, s.opt.Dir, operations, s.load)
			return err
		})
	})
}

// rewind changes the history, with the store closed, and tells of it.
func (s *Service) rewind(out *Changed, do func() error) error {
	if err := s.reopen(do); err != nil {
		return err
	}
	s.fresh, s.sleep = true, nil
	s.settle(false)
	out.Sequence = s.store.Sequence
	s.tell(EventHistory, out)
	return nil
}

// Forget makes the learner forget a class, or remembered samples, and rehearses the
// others for some steps, in parts, afterwards.
func (s *Service) Forget(ctx context.Context, key Key, class string, ids []uint64, steps int) (*Done, error) {
	if steps < 0 || steps > runtime.MaxSleepSteps {
		return nil, badRequest("%d steps of sleep, want 0…%d", steps, runtime.MaxSleepSteps)
	}
	return order(ctx, s, s.jobs, func(ctx context.Context) (*Done, error) {
		return s.once(key, runtime.KindForget, class, len(ids), func() (*Done, error) {
			l, op := s.learner(), &runtime.Forget{Class: class, IDs: ids}
			for _, id := range ids {
				if err := s.find(id); err != nil {
					return nil, err
				}
			}
			if class != "" && !slices.Contains(l.Classes(), class) {
				return nil, noClass(class, l.Classes())
			}
			if err := l.Learner.Check(op); err != nil {
				return nil, err
			}
			before, line := l.Memory().Len(), lessons.LineOf(op)
			done, err := s.commit(key, op, &line, time.Now())
			if err != nil {
				return nil, err
			}
			done.Samples = before - s.learner().Memory().Len()
			if steps > 0 && s.learner().Memory().Len() > 0 {
				s.begin(&lessons.SleepPlan{Steps: steps}, true)
			}
			return done, nil
		})
	})
}

// Snapshot writes the state as it is now.
func (s *Service) Snapshot(ctx context.Context) (uint64, error) {
	return order(ctx, s, s.jobs, func(context.Context) (uint64, error) { return s.store.Sequence, s.snapshot() })
}

func (s *Service) snapshot() error {
	if err := s.store.Snapshot(); err != nil {
		return err
	}
	s.stats.mu.Lock()
	s.stats.snapshot = time.Now()
	s.stats.mu.Unlock()
	s.tell(EventSnapshot, map[string]uint64{"sequence": s.store.Sequence})
	return nil
}

package store

import (
	"errors"
	"io"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// Operations hands out the operations that the log still holds, undone ones
// too, by sequence number, to each, whose error ends it. Payloads are valid until each returns. It
// needs no lock. Damage ends it with an error after what can be read.
func Operations(fsys durable.FS, dir string, each func(Entry) error) error {
	l, err := readLayout(fsys, dir)
	if err != nil {
		return err
	}
	e, damage := l.readEnd()
	of := line{}
	switch {
	case damage == nil:
		of = l.lineOf(&e)
	case !isDamage(damage):
		return damage
	default:
		of = l.lineTo(l.behindAll(&e)-1, len(l.segments), true)
	}
	for i, s := range l.segments {
		switch {
		case s.err == nil:
			if err := l.operations(i, &of, each); err != nil {
				return err
			}
		case !l.rolledBackBehind(i):
			return s.err
		}
	}
	return damage
}

// rolledBackBehind tells whether a rollback has left damage in segment i behind.
func (l *layout) rolledBackBehind(i int) bool {
	return slices.ContainsFunc(l.segments[i+1:], func(s *segment) bool { return s.rollback })
}

// operations hands out those of one segment, as far as they count or counted.
func (l *layout) operations(i int, of *line, each func(Entry) error) error {
	s, hi := l.segments[i], uint64(maxSequence)
	damaged := true // the last one's end may be torn
	if i+1 < len(l.segments) && l.segments[i+1].err == nil {
		next := l.segments[i+1]
		// A rollback may follow on damage, and a gap on what was being dropped.
		hi, damaged = next.first-1, next.rollback || next.number != s.number+1
	}
	f, err := l.fsys.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := newSegmentReader(s, f)
	for r.next <= hi {
		at := r.off
		h, body, err := r.read()
		if errors.Is(err, io.EOF) && !damaged {
			return r.wrong(ErrDamaged, "operations %d…%d are missing", r.next, hi)
		}
		unreadable := errors.Is(err, errTorn) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrTooLarge)
		if errors.Is(err, io.EOF) || damaged && unreadable {
			return nil // what is the matter with the end is said elsewhere
		}
		if errors.Is(err, errTorn) {
			return wrong(s.path, r.off, ErrDamaged, "operation %d: %w", r.next, errors.Unwrap(err))
		}
		if err != nil {
			return err
		}
		err = splitFrame(&h, body, func(e Entry) error {
			if e.Sequence > hi {
				return nil
			}
			if e.Sequence == s.first {
				e.After = s.parent
			}
			e.Undone = !of.holds(e.Sequence)
			return stop(each(e))
		})
		if own := (stopped{}); errors.As(err, &own) {
			return own.error
		}
		if err != nil {
			return &FileError{s.path, at, err}
		}
	}
	return nil
}

// stopped marks an error of the receiver's own.
type stopped struct{ error }

func stop(err error) error {
	if err == nil {
		return nil
	}
	return stopped{err}
}

// Report is what Verify found.
type Report struct {
	Operations int      `json:"operations"` // in the log, undone ones too
	Undone     int      `json:"undone,omitempty"`
	Snapshots  int      `json:"snapshots"` // that are whole
	Opens      bool     `json:"opens"`     // the state can be made, whatever else is damaged
	Damage     []string `json:"damage,omitempty"`
}

// Verify reads every snapshot and every frame of the log, hands the operations
// to each, and reports all that is wrong. It changes nothing and needs no lock.
func Verify(fsys durable.FS, dir string, load Load, each func(Entry) error) (*Report, error) {
	l, err := readLayout(fsys, dir)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	for _, n := range l.snapshots {
		s, err := l.loadSnapshot(n, load)
		if err != nil {
			r.Damage = append(r.Damage, err.Error())
			continue
		}
		discard(s)
		r.Snapshots++
	}
	err = Operations(fsys, dir, func(e Entry) error {
		r.Operations++
		if e.Undone {
			r.Undone++
		}
		if err := each(e); err != nil {
			r.Damage = append(r.Damage, err.Error())
		}
		return nil
	})
	if err != nil {
		r.Damage = append(r.Damage, err.Error())
	}
	opens, err := l.whole(load)
	if r.Opens = opens; err != nil && len(r.Damage) == 0 {
		r.Damage = append(r.Damage, err.Error())
	}
	return r, nil
}

// whole tells whether the state can be made, and reports why there is no way to it
// from one of the snapshots.
func (l *layout) whole(load Load) (opens bool, err error) {
	e, err := l.readEnd()
	if err != nil {
		return false, err
	}
	of := l.lineOf(&e)
	r, err := l.rebuild(of, load)
	if err != nil {
		return false, err
	}
	discard(r.state)
	if len(l.snapshots) > 0 && l.snapshots[0] < of.base {
		return true, of.err
	}
	return true, nil
}

package store

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// State is what operations change. Equal states must become equal states by
// equal operations, to the bit.
type State interface {
	// Check reports why an operation cannot be applied. It is asked before the
	// operation, and those that are appended with it, are logged. A State with a
	// method Alone(Operation) bool says which are to be appended alone.
	Check(op Operation) error
	// Apply applies an operation that Check has let pass. An error means that
	// the state is spoilt.
	Apply(op Operation) error
	// Encode writes a snapshot, a .pff file, with the mark in it.
	Encode(w io.Writer, m Mark) error
}

// alone tells whether a state wants an operation in a frame of its own, by a method
// Alone: one that changes what Check says of those behind it.
func alone(s State, op Operation) bool {
	a, ok := s.(interface{ Alone(op Operation) bool })
	return ok && a.Alone(op)
}

// Mark says which store's state a snapshot holds, and after which operation.
type Mark struct {
	Store    Identity `json:"identity"`
	Sequence uint64   `json:"sequence"`
}

// discard ends a state that is no longer used: one that has a method Close is
// closed.
func discard(s State) {
	if c, ok := s.(interface{ Close() }); ok {
		c.Close()
	}
}

// Load reads what State.Encode has written.
type Load func(r io.Reader) (State, Mark, error)

// loadSnapshot reads a snapshot.
func (l *layout) loadSnapshot(sequence uint64, load Load) (State, error) {
	path := snapshotPath(l.dir, sequence)
	f, err := l.fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	s, m, err := load(bufio.NewReader(io.NewSectionReader(f, 0, size)))
	switch {
	case errors.Is(err, ErrVersion):
		return nil, fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	case m.Store != l.identity:
		discard(s)
		return nil, fmt.Errorf("%s: %w: %s", path, ErrForeign, m.Store)
	case m.Sequence != sequence:
		discard(s)
		return nil, fmt.Errorf("%s: %w: the state after operation %d under another's name", path, ErrDamaged, m.Sequence)
	}
	return s, nil
}

// rebuilt is a state made from a snapshot and the log behind it.
type rebuilt struct {
	state    State
	snapshot uint64   // that was used
	behind   int64    // bytes of the log that were read
	applied  int      // operations
	skipped  []error  // what was wrong with newer snapshots
	bad      []uint64 // their numbers
}

// rebuild makes the state at the end of a line.
func (l *layout) rebuild(of line, load Load) (*rebuilt, error) {
	out := &rebuilt{}
	for _, n := range slices.Backward(l.snapshots) {
		if !of.holds(n) {
			continue
		}
		s, err := l.loadSnapshot(n, load)
		if errors.Is(err, ErrVersion) {
			return nil, err
		}
		if err != nil {
			out.skipped, out.bad = append(out.skipped, err), append(out.bad, n)
			continue
		}
		out.state, out.snapshot = s, n
		if err := out.replay(l, of); err != nil {
			discard(s)
			return nil, err
		}
		return out, nil
	}
	// Why there is none: what is wrong with the newest, if there was one.
	if len(out.skipped) > 0 {
		return nil, fmt.Errorf("%w; no other snapshot and log lead there", out.skipped[0])
	}
	return nil, cmp.Or(of.err, fmt.Errorf("%s: %w: there is no snapshot to begin with", l.dir, ErrDamaged))
}

// replay applies what lies between the snapshot and the end of the line.
func (o *rebuilt) replay(l *layout, of line) error {
	var previous *uint32 // sum of the last frame
	for _, s := range slices.Backward(of.stretches) {
		if s.hi <= o.snapshot {
			continue
		}
		if previous != nil && !s.seg.rollback && s.seg.previous != *previous {
			return wrong(s.seg.path, 52, ErrDamaged, "the segment does not belong behind the one before")
		}
		sum, err := o.replayStretch(l.fsys, s)
		if err != nil {
			return err
		}
		previous = &sum
	}
	return nil
}

// replayStretch applies the operations of a stretch that the state lacks and
// returns the sum of the last frame.
func (o *rebuilt) replayStretch(fsys durable.FS, s stretch) (uint32, error) {
	r, err := eachFrame(fsys, s.seg, s.hi, func(h *frameHead, body []byte) error {
		return splitFrame(h, body, func(e Entry) error {
			if e.Sequence <= o.snapshot || e.Sequence > s.hi {
				return nil
			}
			o.applied++
			if err := redo(o.state, e.Operation); err != nil {
				return fmt.Errorf("operation %d %w", e.Sequence, err)
			}
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	o.behind += r.off - blockBytes
	return r.previous, nil
}

// redo checks and applies an operation that is in the log.
func redo(s State, op Operation) error {
	err := s.Check(op)
	if err == nil {
		err = s.Apply(op)
	}
	if err == nil || errors.Is(err, ErrVersion) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrState, err)
}

// eachFrame hands out the frames of a segment that have operations up to hi, all
// of which must be there and whole.
func eachFrame(fsys durable.FS, s *segment, hi uint64, each func(*frameHead, []byte) error) (*segmentReader, error) {
	f, err := fsys.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := newSegmentReader(s, f)
	for r.next <= hi {
		at := r.off
		h, body, err := r.read()
		switch {
		case errors.Is(err, io.EOF):
			return r, r.wrong(ErrDamaged, "operations %d…%d are missing", r.next, hi)
		case errors.Is(err, errTorn):
			return r, wrong(s.path, r.off, ErrDamaged, "operation %d: %w", r.next, errors.Unwrap(err))
		case err != nil:
			return r, err
		}
		if err := each(&h, body); err != nil {
			return r, &FileError{s.path, at, err}
		}
	}
	return r, nil
}

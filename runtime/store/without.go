package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// Taken says what Without did.
type Taken struct {
	From  uint64 `json:"from"`  // the last operation before
	To    uint64 `json:"to"`    // the last operation now
	Out   uint64 `json:"out"`   // operations that no longer count
	Again uint64 `json:"again"` // later ones, which count under new numbers
}

// Without makes the state as if some operations had never been: it goes back to before
// the first of them and does the later ones again, under new numbers. The log gets that
// as a whole or, by a crash, not at all. What is taken out stays in it as what a
// rollback undoes does, until Store.Compact drops it.
//
// It fails, and changes nothing, if a later operation cannot be without them
// (ErrDependent), if the log does not lead there any more (ErrUnreachable), or if one of
// them does not count or is not in the log (ErrOperation).
func Without(fsys durable.FS, dir string, sequences []uint64, load Load) (*Taken, error) {
	l, lock, err := lockLayout(fsys, dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	return l.without(sequences, load)
}

func (l *layout) without(sequences []uint64, load Load) (*Taken, error) {
	if len(sequences) == 0 {
		return nil, fmt.Errorf("%s: %w: no operation to take out", l.dir, ErrOperation)
	}
	e, err := l.readEnd()
	if err != nil {
		return nil, err
	}
	of := l.lineOf(&e)
	out := slices.Compact(slices.Sorted(slices.Values(sequences)))
	before, later, err := l.split(of, out)
	if err != nil {
		return nil, err
	}
	if err := l.tryWithout(before, later, load); err != nil {
		return nil, err
	}
	t := &Taken{From: of.last(), Out: uint64(len(out))}
	for _, f := range later {
		t.Again += uint64(len(f.ops))
	}
	next := l.behindAll(&e)
	if t.To = before; t.Again > 0 {
		t.To = next + t.Again - 1
	}
	b, h, err := l.segmentOf(next, before, later)
	if err != nil {
		return nil, err
	}
	if err := l.settle(&e, false); err != nil {
		return nil, err
	}
	return t, l.writeBlock(segmentPath(l.dir, h.number), b)
}

// oldFrame is what is left of a frame.
type oldFrame struct {
	time int64
	ops  []Entry
}

// split returns the operation before the first of those that are taken out, and what
// else comes behind it on the line.
func (l *layout) split(of line, out []uint64) (before uint64, later []oldFrame, err error) {
	found := 0
	for _, s := range slices.Backward(of.stretches) {
		if s.hi < out[0] {
			continue
		}
		_, err := eachFrame(l.fsys, s.seg, s.hi, func(h *frameHead, body []byte) error {
			f := oldFrame{time: h.time}
			err := splitFrame(h, body, func(e Entry) error {
				switch {
				case e.Sequence < out[0] || e.Sequence > s.hi:
				case slices.Contains(out, e.Sequence):
					if found++; found == 1 {
						before = e.After
						if e.Sequence == s.seg.first {
							before = s.seg.parent
						}
					}
				default:
					e.Payload = slices.Clone(e.Payload)
					f.ops = append(f.ops, e)
				}
				return nil
			})
			if len(f.ops) > 0 {
				later = append(later, f)
			}
			return err
		})
		if err != nil {
			return 0, nil, err
		}
	}
	if found < len(out) {
		for _, n := range out {
			if !slices.ContainsFunc(of.stretches, func(s stretch) bool { return s.lo <= n && n <= s.hi }) {
				return 0, nil, fmt.Errorf("%s: %w: there is no operation %d in the log that counts", l.dir, ErrOperation, n)
			}
		}
	}
	return before, later, nil
}

// byIdentity tells whether a state says, by a method ByIdentity, that an operation names
// something that earlier ones have numbered: without one of those it would be about
// something else.
func byIdentity(s State, op Operation) bool {
	b, ok := s.(interface{ ByIdentity(op Operation) bool })
	return ok && b.ByIdentity(op)
}

// tryWithout does what comes later on the state before.
func (l *layout) tryWithout(before uint64, later []oldFrame, load Load) error {
	r, err := l.rebuild(l.lineTo(before, len(l.segments), true), load)
	if err != nil {
		return fmt.Errorf("%s: %w: the state after operation %d: %w", l.dir, ErrUnreachable, before, err)
	}
	defer discard(r.state)
	for _, f := range later {
		for _, e := range f.ops {
			if byIdentity(r.state, e.Operation) {
				return fmt.Errorf("%s: operation %d %w: it names things by numbers that would be others", l.dir, e.Sequence, ErrDependent)
			}
			err := redo(r.state, e.Operation)
			if errors.Is(err, ErrVersion) {
				return err
			}
			if err != nil {
				return fmt.Errorf("%s: operation %d %w: %w", l.dir, e.Sequence, ErrDependent, err)
			}
		}
	}
	return nil
}

// segmentOf returns a segment that goes back to operation before and holds frames, and
// its header. Unless there are none it ends as if the store had been closed.
func (l *layout) segmentOf(next, before uint64, frames []oldFrame) ([]byte, segmentHeader, error) {
	h := l.headerBehind(next, before)
	b := h.encode(l.identity)
	previous := h.previous
	for _, f := range frames {
		ops := make([]Operation, len(f.ops))
		for i, e := range f.ops {
			ops[i] = e.Operation
		}
		if next+uint64(len(ops)) > maxSequence {
			return nil, h, fmt.Errorf("%s: %w: no sequence numbers left", l.dir, ErrFull)
		}
		b = appendFrame(b, h.sum, frameHead{sequence: next, time: f.time, previous: previous}, ops)
		previous, next = le.Uint32(b[len(b)-sumBytes:]), next+uint64(len(ops))
	}
	if len(frames) > 0 {
		b = appendFrame(b, h.sum, frameHead{sequence: next, time: now(), previous: previous}, nil)
	}
	if held := l.logBytes(); held+int64(len(b)) > l.limit {
		return nil, h, fmt.Errorf("%s: %w: %d bytes, and %d more would exceed its limit, %d", l.dir, ErrFull, held, len(b), l.limit)
	}
	return b, h, nil
}

package store

import (
	"fmt"
	"io"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// Intact returns the last operation of a damaged store to which Rollback can go:
// snapshots and log are whole up to it. Operations are not applied, so it takes
// no longer than reading. It needs no lock.
func Intact(fsys durable.FS, dir string, load Load) (uint64, error) {
	l, err := readLayout(fsys, dir)
	if err != nil {
		return 0, err
	}
	candidates := slices.Clone(l.snapshots)
	for _, s := range l.segments {
		if s.err != nil {
			continue
		}
		n, err := l.lastWhole(s)
		if err != nil {
			return 0, err
		}
		candidates = append(candidates, n)
	}
	slices.Sort(candidates)
	for _, n := range slices.Backward(slices.Compact(candidates)) {
		if _, err := l.rebuild(l.lineTo(n, len(l.segments), true), loadIdle(load)); err == nil {
			return n, nil
		} else if !isDamage(err) {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%s: %w: no snapshot can be read", dir, ErrUnreachable)
}

// lastWhole returns the last operation of a segment before which all frames are
// whole, or what comes before the segment.
func (l *layout) lastWhole(s *segment) (uint64, error) {
	f, err := l.fsys.Open(s.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	e, err := readEnd(s, f)
	if err != nil && !isDamage(err) {
		return 0, err
	}
	if e.next == s.first {
		return s.parent, nil
	}
	return e.next - 1, nil
}

// idle is a state that operations do not change.
type idle struct{}

func (idle) Check(Operation) error        { return nil }
func (idle) Apply(Operation) error        { return nil }
func (idle) Encode(io.Writer, Mark) error { return nil }

// loadIdle reads snapshots as load does, and lets go of their states.
func loadIdle(load Load) Load {
	return func(r io.Reader) (State, Mark, error) {
		s, m, err := load(r)
		if err == nil {
			discard(s)
		}
		return idle{}, m, err
	}
}

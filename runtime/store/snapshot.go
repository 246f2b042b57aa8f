package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// Snapshot writes the state to a file, begins a new segment of the log, and then
// drops snapshots beyond those kept, and what only they need. After an error the
// store is still whole, and another Snapshot finishes the work.
func (s *Store) Snapshot() error {
	if s.err != nil {
		return s.err
	}
	if err := s.save(); err != nil {
		return err
	}
	return s.prune()
}

// save writes a snapshot, unless there is a good one, and begins a segment.
func (s *Store) save() error {
	l, n := s.layout, s.Sequence
	if !slices.Contains(l.snapshots, n) || slices.Contains(s.bad, n) {
		err := durable.WriteAtomic(l.fsys, snapshotPath(l.dir, n), func(w io.Writer) error {
			return s.State.Encode(w, Mark{l.identity, n})
		})
		s.noteSnapshot(n, err == nil)
		if err != nil {
			return err
		}
	}
	s.behind, s.since = 0, 0
	if s.tail != nil && s.end.bytes == blockBytes {
		return nil // a fresh one already
	}
	return s.startSegment()
}

// noteSnapshot notes a snapshot that has been written, or that may be there
// though writing it failed: it does not count then.
func (s *Store) noteSnapshot(n uint64, good bool) {
	s.bad = slices.DeleteFunc(s.bad, func(b uint64) bool { return b == n })
	if !good {
		s.bad = append(s.bad, n)
	}
	at, found := slices.BinarySearch(s.layout.snapshots, n)
	if !found {
		s.layout.snapshots = slices.Insert(s.layout.snapshots, at, n)
	}
}

// prune drops all snapshots but the newest of the line that are not known to be
// bad, as many as are kept, and then the segments that none of those needs.
func (s *Store) prune() error {
	l := s.layout
	var kept []uint64
	for _, n := range slices.Backward(l.snapshots) {
		if len(kept) < l.keep && s.line.holds(n) && !slices.Contains(s.bad, n) {
			kept = append(kept, n)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	if err := s.dropSnapshots(kept); err != nil {
		return err
	}
	return s.dropSegments(s.layout.before(kept[len(kept)-1]))
}

// dropSnapshots removes the snapshots that are not kept.
func (s *Store) dropSnapshots(kept []uint64) error {
	l := s.layout
	for _, n := range slices.Clone(l.snapshots) {
		if slices.Contains(kept, n) {
			continue
		}
		if err := l.fsys.Remove(snapshotPath(l.dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		isN := func(m uint64) bool { return m == n }
		l.snapshots, s.bad = slices.DeleteFunc(l.snapshots, isN), slices.DeleteFunc(s.bad, isN)
	}
	return nil
}

// dropSegments removes the first n segments, once the snapshots that need them
// are gone for good: those must not outlive the log behind them.
func (s *Store) dropSegments(n int) error {
	l := s.layout
	if n == 0 {
		return nil
	}
	if err := l.fsys.SyncDir(l.dir); err != nil {
		return err
	}
	for range n {
		if err := l.fsys.Remove(l.segments[0].path); err != nil {
			return err
		}
		s.line.forget(l.segments[0])
		l.segments = l.segments[1:]
	}
	return nil
}

// before returns how many segments hold nothing behind an operation.
func (l *layout) before(oldest uint64) int {
	for i := len(l.segments) - 1; i > 0; i-- {
		if s := l.segments[i]; s.err == nil && s.first <= oldest+1 {
			return i
		}
	}
	return 0
}

// forget takes the stretch of a segment that has been dropped out of the line.
func (l *line) forget(dropped *segment) {
	for i, s := range l.stretches {
		if s.seg == dropped {
			l.base = s.hi
			l.stretches = l.stretches[:i]
			return
		}
	}
}

// Compact takes a snapshot, reads it back, and drops everything else: other
// snapshots, operations before it, and what rollbacks have undone.
func (s *Store) Compact() error {
	if s.err != nil {
		return s.err
	}
	if err := s.save(); err != nil {
		return err
	}
	again, err := s.layout.loadSnapshot(s.Sequence, s.load)
	if err != nil {
		s.bad = append(s.bad, s.Sequence)
		return fmt.Errorf("nothing was dropped: %w", err)
	}
	discard(again)
	if err := s.dropSnapshots([]uint64{s.Sequence}); err != nil {
		return err
	}
	// The last one begins behind the snapshot, perhaps by a rollback.
	if err := s.dropSegments(len(s.layout.segments) - 1); err != nil {
		return err
	}
	return s.layout.fsys.SyncDir(s.layout.dir)
}

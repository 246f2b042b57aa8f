package store

import (
	"fmt"
	"math/rand/v2"
)

// Append logs operations, all of them or none, and applies them. It returns the
// sequence number of the first. Once it has returned without an error they are
// on the medium.
//
// An error of Check or of a limit is returned before anything is written. After
// an error of the file system, a full disk say, neither the state nor the log
// have changed, and the same Append may succeed later; only a crash meanwhile
// can make operations appear that were under way. After ErrState the store is to
// be closed.
func (s *Store) Append(ops ...Operation) (first uint64, err error) {
	if s.err != nil {
		return 0, s.err
	}
	if err := checkOperations(ops); err != nil {
		return 0, err
	}
	for _, op := range ops {
		if len(ops) > 1 && alone(s.State, op) {
			return 0, fmt.Errorf("%w: one of kind %d among %d, want it alone", ErrOperation, op.Kind, len(ops))
		}
		if err := s.State.Check(op); err != nil {
			return 0, err
		}
	}
	first = s.end.next
	if err := s.log(ops); err != nil {
		return 0, err
	}
	s.Sequence = s.end.next - 1
	for i, op := range ops {
		if err := s.State.Apply(op); err != nil {
			s.err = fmt.Errorf("operation %d %w: %w", first+uint64(i), ErrState, err)
			return first, s.err
		}
	}
	return first, nil
}

// log makes room and writes a frame with operations.
func (s *Store) log(ops []Operation) error {
	l := s.layout
	size := int64(frameHeadBytes + operationsBytes(ops) + sumBytes)
	if held := l.logBytes(); held+size > l.limit {
		return fmt.Errorf("%s: %w: %d bytes, and %d more would exceed its limit, %d; compact the store", l.dir, ErrFull, held, size, l.limit)
	}
	if s.end.next+uint64(len(ops)) > maxSequence {
		return fmt.Errorf("%s: %w: no sequence numbers left", l.dir, ErrFull)
	}
	if s.tail == nil {
		if err := s.startSegment(); err != nil {
			return err
		}
	}
	if err := s.write(ops); err != nil {
		return err
	}
	s.behind += size
	s.since += len(ops)
	return nil
}

// write writes a frame behind the last one, in the place of a mark of closing, and
// waits for the medium. Without operations it writes such a mark. After an error
// the log is as before.
func (s *Store) write(ops []Operation) error {
	last := s.last()
	head := frameHead{sequence: s.end.next, time: now(), previous: s.end.previous}
	s.buf = appendFrame(s.buf[:0], last.sum, head, ops)
	_, err := s.tail.WriteAt(s.buf, s.end.bytes)
	if err == nil {
		if err = s.tail.Sync(); err != nil {
			s.abandon()
			err = fmt.Errorf("sync %s: %w", last.path, err)
		}
	} else if s.tail.Truncate(s.end.bytes) != nil {
		s.abandon()
	}
	if err != nil {
		return err
	}
	if s.end.sealed = len(ops) == 0; s.end.sealed {
		return nil
	}
	s.end.bytes += int64(len(s.buf))
	s.end.previous = le.Uint32(s.buf[len(s.buf)-sumBytes:])
	s.end.next += uint64(len(ops))
	last.bytes = s.end.bytes
	s.extend(last)
	return nil
}

// extend takes operations that have been logged into the line.
func (s *Store) extend(last *segment) {
	if len(s.line.stretches) == 0 || s.line.stretches[0].seg != last {
		s.line.stretches = append([]stretch{{seg: last, lo: last.first}}, s.line.stretches...)
	}
	s.line.stretches[0].hi = s.end.next - 1
}

func (s *Store) last() *segment { return s.layout.segments[len(s.layout.segments)-1] }

// abandon gives the last segment up, since what the system says of it can no
// longer be relied on: the next frame begins a fresh one. What has not been
// acknowledged is taken away if that is possible, lest it appear later.
func (s *Store) abandon() {
	if s.tail.Truncate(s.end.bytes) == nil {
		s.tail.Sync()
	}
	s.tail.Close()
	s.tail = nil
}

// startSegment begins a segment behind the last frame. The one before gets no
// frame any more, whether or not that succeeds: the fresh one may be there
// though it failed.
func (s *Store) startSegment() error {
	if s.tail != nil {
		s.tail.Close()
		s.tail = nil
	}
	h := segmentHeader{number: s.last().number + 1, first: s.end.next, parent: s.Sequence, rollback: s.Sequence != s.end.next-1, salt: rand.Uint32()}
	if !h.rollback {
		h.previous = s.end.previous
	}
	return s.beginSegment(h)
}

func (s *Store) beginSegment(h segmentHeader) error {
	l := s.layout
	path := segmentPath(l.dir, h.number)
	if err := l.writeBlock(path, h.encode(l.identity)); err != nil {
		return err
	}
	f, err := l.fsys.Edit(path)
	if err != nil {
		return err
	}
	s.tail = f
	l.segments = append(l.segments, &segment{segmentHeader: h, path: path, bytes: blockBytes})
	s.end = end{next: h.first, bytes: blockBytes, previous: h.previous}
	return nil
}

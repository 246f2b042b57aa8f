package store

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"

	"github.com/pffedge/pffedge/model/durable"
)

// Rolled says what a rollback did.
type Rolled struct {
	From uint64 `json:"from"` // the last operation before; the last that was found, if Damaged
	To   uint64 `json:"to"`   // the last operation now
	// Undone is how many operations no longer count, Redone how many of those
	// that an earlier rollback had undone count again.
	Undone uint64 `json:"undone"`
	Redone uint64 `json:"redone,omitempty"`
	// Damaged says that the log's end could not be read: more operations than
	// Undone may be lost.
	Damaged bool `json:"damaged,omitempty"`
}

// Rollback makes the state after operation to, which may be 0, the current one.
// It works on damaged stores too, if a snapshot and the log lead there.
//
// What it undoes stays in the log and can be read (Operations) and come back, by
// rolling to one of its operations, until Store.Compact drops it; later
// operations get numbers of their own. A crash leaves all of a rollback or none.
func Rollback(fsys durable.FS, dir string, to uint64, load Load) (*Rolled, error) {
	return rollback(fsys, dir, to, func(uint64) error { return nil }, load)
}

// RollbackFrom is Rollback for a caller that has looked at the log: if its last
// operation that counts is not from, ErrChanged is returned and nothing done.
func RollbackFrom(fsys durable.FS, dir string, from, to uint64, load Load) (*Rolled, error) {
	return rollback(fsys, dir, to, func(last uint64) error {
		if last != from {
			return fmt.Errorf("%s: %w: the last operation is %d, not %d", dir, ErrChanged, last, from)
		}
		return nil
	}, load)
}

// rollback is Rollback if the number of the last operation before is accepted.
func rollback(fsys durable.FS, dir string, to uint64, accept func(from uint64) error, load Load) (*Rolled, error) {
	l, lock, err := lockLayout(fsys, dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	return l.rollback(to, accept, load)
}

// lockLayout reads a store's folder under the lock, which is to be closed.
func lockLayout(fsys durable.FS, dir string) (*layout, io.Closer, error) {
	if _, err := readRules(fsys, dir); err != nil {
		return nil, nil, err
	}
	lock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, nil, err
	}
	l, err := readLayout(fsys, dir)
	if err != nil {
		lock.Close()
		return nil, nil, err
	}
	return l, lock, nil
}

func (l *layout) rollback(to uint64, accept func(from uint64) error, load Load) (*Rolled, error) {
	e, damage := l.readEnd()
	if damage != nil && !isDamage(damage) {
		return nil, damage
	}
	next := l.behindAll(&e)
	if to >= next {
		return nil, fmt.Errorf("%s: %w: operation %d; the last is %d", l.dir, ErrUnreachable, to, next-1)
	}
	now := line{base: next - 1} // all that was found, if the end is damaged
	if damage == nil {
		now = l.lineOf(&e)
	} else {
		now = l.lineTo(next-1, len(l.segments), true)
	}
	if err := accept(now.last()); err != nil {
		return nil, err
	}
	target := l.lineTo(to, len(l.segments), true)
	r, err := l.rebuild(target, load)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: the state after operation %d: %w", l.dir, ErrUnreachable, to, err)
	}
	discard(r.state)
	out := &Rolled{From: now.last(), To: to, Undone: now.without(target), Redone: target.without(now), Damaged: damage != nil}
	if damage == nil && to == out.From {
		return out, nil
	}
	if err := l.settle(&e, damage != nil); err != nil {
		return nil, err
	}
	h := l.headerBehind(next, to)
	return out, l.writeBlock(segmentPath(l.dir, h.number), h.encode(l.identity))
}

// headerBehind returns the header of a segment behind the last whose first operation,
// next, comes after operation parent.
func (l *layout) headerBehind(next, parent uint64) segmentHeader {
	h := segmentHeader{number: 1, first: next, parent: parent, rollback: true, salt: rand.Uint32()}
	if n := len(l.segments); n > 0 {
		h.number = l.segments[n-1].number + 1
	}
	return h
}

// behindAll returns a sequence number that nothing in the store has had, as far
// as can be read.
func (l *layout) behindAll(e *end) uint64 {
	next := max(e.next, e.highest, 1)
	for _, s := range l.segments {
		next = max(next, s.first)
	}
	for _, n := range l.snapshots {
		next = max(next, n+1)
	}
	return next
}

// without returns how many operations of the line are not in another.
func (l *line) without(other line) (n uint64) {
	// What comes before the stretches is common to lines that reach it.
	for _, s := range l.stretches {
		n += s.hi - s.lo + 1
		for _, o := range other.stretches {
			if o.seg == s.seg {
				n -= min(o.hi, s.hi) - s.lo + 1
			}
		}
	}
	return n
}

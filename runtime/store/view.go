package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pffedge/pffedge/model/durable"
)

// Recovery says what opening a store found.
type Recovery struct {
	Snapshot uint64 // sequence number of the snapshot that was read
	Replayed int    // operations applied behind it
	// Skipped holds what was wrong with newer snapshots.
	Skipped []error
	// Torn says what lay behind the last whole frame: an operation that was not
	// acknowledged, or, if the last one's end has been cut off or damaged, that
	// one, which cannot be told apart. Nil if nothing did.
	Torn error
}

// View is a store's state as it was when it was read.
type View struct {
	State    State
	Sequence uint64 // of the last operation in it
	Recovery Recovery

	layout *layout
	line   line
	end    end
	bad    []uint64 // snapshots that cannot be read
	behind int64    // bytes of the log behind the snapshot
	since  int      // operations behind it
}

// Read makes a store's state without a lock and without changing anything. Its
// writer may go on meanwhile.
func Read(fsys durable.FS, dir string, load Load) (*View, error) {
	return patiently(func() (*View, error) { return read(fsys, dir, load) })
}

// Close closes the state, if that has a method Close.
func (v *View) Close() { discard(v.State) }

// patiently reads again when a file is gone that was there a moment ago: a
// writer drops old ones.
func patiently[T any](read func() (T, error)) (T, error) {
	const patience = 50
	for try := 1; ; try++ {
		v, err := read()
		if !errors.Is(err, fs.ErrNotExist) || try == patience {
			return v, err
		}
	}
}

func read(fsys durable.FS, dir string, load Load) (*View, error) {
	l, err := readLayout(fsys, dir)
	if err != nil {
		return nil, err
	}
	v := &View{layout: l}
	if v.end, err = l.readEnd(); err != nil {
		return nil, err
	}
	v.line = l.lineOf(&v.end)
	r, err := l.rebuild(v.line, load)
	if err != nil {
		return nil, err
	}
	v.State, v.bad, v.behind, v.since = r.state, r.bad, r.behind, r.applied
	v.Sequence = v.line.last()
	v.Recovery = Recovery{r.snapshot, r.applied, r.skipped, v.end.torn}
	return v, nil
}

// last returns the sequence number of the operation that a line leads to.
func (l *line) last() uint64 {
	if len(l.stretches) == 0 {
		return l.base
	}
	return l.stretches[0].hi
}

// Segment describes a file of the log.
type Segment struct {
	File     string `json:"file"` // its name in the store's folder
	Number   uint32 `json:"number"`
	First    uint64 `json:"first"`  // sequence number of its first operation
	Parent   uint64 `json:"parent"` // the operation before it
	Rollback bool   `json:"rollback,omitempty"`
	Bytes    int64  `json:"bytes"`
	Damage   string `json:"damage,omitempty"` // what is wrong with its header
}

// Snapshot describes a file of a state.
type Snapshot struct {
	File     string `json:"file"`     // its name in the store's folder
	Sequence uint64 `json:"sequence"` // of the last operation in it
	Bytes    int64  `json:"bytes"`
	Undone   bool   `json:"undone,omitempty"` // by a rollback
}

// Info describes a store.
type Info struct {
	Identity  Identity   `json:"identity"`
	Version   int        `json:"version"`
	Sequence  uint64     `json:"sequence"` // of the last operation; 0 if damage hides it
	Next      uint64     `json:"next"`     // sequence number of the next
	Keep      int        `json:"keep"`     // snapshots
	Every     int        `json:"every"`    // operations after which a snapshot is due
	Stretch   int64      `json:"stretch"`  // bytes of log after which one is
	Limit     int64      `json:"limit"`    // bytes that the log may have
	LogBytes  int64      `json:"log_bytes"`
	Bytes     int64      `json:"bytes"`  // log and snapshots
	Sealed    bool       `json:"sealed"` // nothing has been cut off: it was closed, or a segment begun, after the last operation
	Torn      string     `json:"torn,omitempty"`
	Segments  []Segment  `json:"segments"`  // by number
	Snapshots []Snapshot `json:"snapshots"` // by sequence number
}

// Stat describes a store. It reads the last segment and no snapshot, and needs
// no lock. A store whose end is damaged is described as far as can be, together
// with the error.
func Stat(fsys durable.FS, dir string) (*Info, error) {
	return patiently(func() (*Info, error) { return stat(fsys, dir) })
}

func stat(fsys durable.FS, dir string) (*Info, error) {
	l, err := readLayout(fsys, dir)
	if err != nil {
		return nil, err
	}
	info := &Info{
		Identity: l.identity, Version: Version, Keep: l.keep, Every: l.every, Stretch: l.stretch, Limit: l.limit,
		LogBytes: l.logBytes(), Segments: []Segment{}, Snapshots: []Snapshot{},
	}
	for _, s := range l.segments {
		x := Segment{filepath.Base(s.path), s.number, s.first, s.parent, s.rollback, s.bytes, ""}
		if s.err != nil {
			x.Damage = s.err.Error()
		}
		info.Segments = append(info.Segments, x)
	}
	e, damage := l.readEnd()
	of := line{}
	if damage != nil && !isDamage(damage) {
		return nil, damage
	}
	info.Next = l.behindAll(&e)
	if damage == nil {
		of = l.lineOf(&e)
		info.Sequence, info.Next, info.Sealed = of.last(), e.next, e.sealed || e.bytes == blockBytes && e.torn == nil
	}
	if e.torn != nil {
		info.Torn = e.torn.Error()
	}
	info.Bytes = info.LogBytes
	for _, n := range l.snapshots {
		path := snapshotPath(dir, n)
		size, err := sizeOf(l.fsys, path)
		if err != nil {
			return nil, err
		}
		info.Snapshots = append(info.Snapshots, Snapshot{filepath.Base(path), n, size, damage == nil && !of.holds(n)})
		info.Bytes += size
	}
	return info, damage
}

func sizeOf(fsys durable.FS, path string) (int64, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Size()
}

// Warnings says what opening found that should not be there, in a line each.
func (r *Recovery) Warnings() []string {
	var list []string
	for _, err := range r.Skipped {
		list = append(list, fmt.Sprintf("%v; an older snapshot and a longer log serve instead", err))
	}
	if r.Torn != nil {
		list = append(list, fmt.Sprintf("%v: what a crash left of an operation that was not acknowledged is passed over", r.Torn))
	}
	return list
}

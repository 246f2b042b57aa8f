package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/pffedge/pffedge/model/durable"
)

// layout is what lies in a store's folder.
type layout struct {
	fsys durable.FS
	dir  string
	*rules
	segments  []*segment // by number
	snapshots []uint64   // sequence numbers, ascending
	temps     []string   // paths of what interrupted saves left
}

// readLayout reads the folder, the file STORE and the headers of the segments.
func readLayout(fsys durable.FS, dir string) (*layout, error) {
	l := &layout{fsys: fsys, dir: dir}
	var err error
	if l.rules, err = readRules(fsys, dir); err != nil {
		return nil, err
	}
	names, err := fsys.List(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if n, ok := parseName(name, snapshotPrefix, snapshotSuffix, snapshotDigits, 63); ok {
			l.snapshots = append(l.snapshots, n)
		}
		if durable.IsTemp(name) {
			l.temps = append(l.temps, filepath.Join(dir, name))
		}
		n, ok := parseName(name, segmentPrefix, segmentSuffix, segmentDigits, 32)
		if !ok {
			continue
		}
		s, err := readSegment(fsys, filepath.Join(dir, name), uint32(n), l.identity)
		if err != nil {
			return nil, err
		}
		l.segments = append(l.segments, s)
	}
	slices.Sort(l.snapshots)
	slices.SortFunc(l.segments, func(a, b *segment) int { return int(int64(a.number) - int64(b.number)) })
	return l, nil
}

func readRules(fsys durable.FS, dir string) (*rules, error) {
	path := filepath.Join(dir, storeFile)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := fsys.List(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w: a directory without a file %s", dir, ErrNotStore, storeFile)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readUpTo(f, blockBytes+1)
	if err != nil {
		return nil, err
	}
	return parseRules(path, b)
}

// readUpTo reads the first n bytes of a file, or all.
func readUpTo(f durable.File, n int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(f, 0, n))
}

// readSegment reads a segment's header. A header that is wrong is in the
// segment; only one of a newer version is an error by itself.
func readSegment(fsys durable.FS, path string, number uint32, id Identity) (*segment, error) {
	s := &segment{path: path, segmentHeader: segmentHeader{number: number}}
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s.bytes, err = f.Size(); err != nil {
		return nil, err
	}
	b, err := readUpTo(f, blockBytes)
	if err != nil {
		return nil, err
	}
	h, err := parseSegmentHeader(path, b, number, id)
	switch {
	case errors.Is(err, ErrVersion):
		return nil, err
	case err != nil:
		s.err = err
	case s.bytes > maxSegmentBytes:
		s.err = wrong(path, 0, ErrTooLarge, "%d bytes", s.bytes)
	default:
		s.segmentHeader = *h
	}
	return s, nil
}

// stretch is a run of operations in one segment.
type stretch struct {
	seg    *segment
	lo, hi uint64 // the first and the last; none if hi < lo
}

// line is what leads to a state: stretches, the last one first, each behind the
// parent of the one before.
type line struct {
	stretches []stretch
	base      uint64 // what comes before the last stretch
	err       error  // why it does not go back further
}

// holds tells whether a snapshot with operations up to n is of this line.
func (l *line) holds(n uint64) bool {
	return n == l.base || slices.ContainsFunc(l.stretches, func(s stretch) bool { return s.lo <= n && n <= s.hi })
}

// lineTo returns what leads to an operation that comes before segment i, whose
// parent it is.
func (l *layout) lineTo(n uint64, i int, afterRollback bool) line {
	out := line{base: n}
	number := uint32(0) // of the segment at i, if there is one
	if i < len(l.segments) {
		number = l.segments[i].number
	}
	for i--; i >= 0; i-- {
		s := l.segments[i]
		if number > s.number+1 && !afterRollback {
			out.err = fmt.Errorf("%s: %w: segments %d…%d are missing", l.dir, ErrDamaged, s.number+1, number-1)
			return out
		}
		number = s.number
		if s.err != nil && !afterRollback {
			out.err = s.err
			return out
		}
		if s.err != nil || s.first > out.base {
			continue // none of it belongs here
		}
		out.stretches = append(out.stretches, stretch{s, s.first, out.base})
		out.base, afterRollback = s.parent, s.rollback
	}
	if out.base > 0 {
		out.err = fmt.Errorf("%s: %w: operations up to %d are missing", l.dir, ErrDamaged, out.base)
	}
	return out
}

// lineOf returns what leads to the end of the last segment.
func (l *layout) lineOf(e *end) line {
	last := l.segments[len(l.segments)-1]
	out := l.lineTo(last.parent, len(l.segments)-1, last.rollback)
	if e.next > last.first {
		out.stretches = append([]stretch{{last, last.first, e.next - 1}}, out.stretches...)
	}
	return out
}

// readEnd reads the last segment, and compares its end with the snapshots.
func (l *layout) readEnd() (end, error) {
	if len(l.segments) == 0 {
		return end{}, fmt.Errorf("%s: %w: no segment of the log", l.dir, ErrDamaged)
	}
	last := l.segments[len(l.segments)-1]
	if last.err != nil {
		return end{}, last.err
	}
	f, err := l.fsys.Open(last.path)
	if err != nil {
		return end{}, err
	}
	defer f.Close()
	e, err := readEnd(last, f)
	if err != nil {
		return e, err
	}
	if n := len(l.snapshots); n > 0 && l.snapshots[n-1] >= e.next {
		err = wrong(last.path, e.bytes, ErrDamaged, "the log ends before operation %d, which a snapshot holds", l.snapshots[n-1])
	}
	return e, err
}

// logBytes returns the size of the log.
func (l *layout) logBytes() (n int64) {
	for _, s := range l.segments {
		n += s.bytes
	}
	return n
}

package crashfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
)

const sectorBytes = 512

// node is a file or a folder, by whatever names.
type node struct {
	dir  bool
	data []byte // as processes read it
	// sectors holds what the medium may have in each sector that has been
	// written since it was last synced, the newest last; nil stands for a sector
	// that never was.
	sectors map[int][][]byte
	// doubtful sectors were being written when a sync failed: a later one does
	// not write them again.
	doubtful map[int]bool
	sizes    []int // lengths that the medium may know, the newest last
}

// sector returns a copy of what processes read in sector s, nil beyond the end.
func (n *node) sector(s int) []byte {
	if s*sectorBytes >= len(n.data) {
		return nil
	}
	b := make([]byte, sectorBytes)
	copy(b, n.data[s*sectorBytes:])
	return b
}

// edit changes the data from byte lo to hi and keeps what the sectors were.
func (n *node) edit(lo, hi int, change func()) {
	first, last := lo/sectorBytes, (hi+sectorBytes-1)/sectorBytes
	if n.sectors == nil {
		n.sectors, n.doubtful = map[int][][]byte{}, map[int]bool{}
	}
	for s := first; s < last; s++ {
		if n.sectors[s] == nil {
			n.sectors[s] = [][]byte{n.sector(s)}
		}
	}
	change()
	for s := first; s < last; s++ {
		if now := n.sector(s); now == nil {
			n.sectors[s] = append(n.sectors[s], make([]byte, sectorBytes))
		} else {
			n.sectors[s] = append(n.sectors[s], now)
		}
		delete(n.doubtful, s)
	}
	n.sizes = append(n.sizes, len(n.data))
}

func (n *node) write(b []byte, at int) {
	if len(b) == 0 {
		return
	}
	lo := min(at, len(n.data)) // a gap is written too, with zeros
	n.edit(lo, at+len(b), func() {
		if grow := at + len(b) - len(n.data); grow > 0 {
			n.data = append(n.data, make([]byte, grow)...)
		}
		copy(n.data[at:], b)
	})
}

func (n *node) truncate(size int) {
	old := len(n.data)
	n.edit(min(size, old), max(size, old), func() {
		if size <= old {
			n.data = n.data[:size:size]
		} else {
			n.data = append(n.data, make([]byte, size-old)...)
		}
	})
}

// sync puts everything on the medium but what an earlier sync gave up.
func (n *node) sync() {
	for s := range n.sectors {
		if !n.doubtful[s] {
			delete(n.sectors, s)
		}
	}
	n.sizes = []int{len(n.data)}
}

// giveUp is a sync that fails.
func (n *node) giveUp() {
	for s := range n.sectors {
		n.doubtful[s] = true
	}
}

type file struct {
	disk   *Disk
	node   *node
	path   string
	write  bool
	closed bool
}

var errReadOnly = errors.New("not open for writing")

// ReadAt is no step: reading changes nothing.
func (f *file) ReadAt(b []byte, off int64) (int, error) {
	switch {
	case f.closed:
		return 0, fs.ErrClosed
	case f.disk.crashed:
		return 0, ErrCrashed
	case f.node.dir:
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: errors.New("is a directory")}
	}
	return bytes.NewReader(f.node.data).ReadAt(b, off)
}

func (f *file) Size() (int64, error) {
	if f.closed {
		return 0, fs.ErrClosed
	}
	return int64(len(f.node.data)), nil
}

// writable does a step that needs a file open for writing.
func (f *file) writable(what string) (first bool, err error) {
	if f.closed {
		return false, fs.ErrClosed
	}
	if !f.write {
		return false, &fs.PathError{Op: what, Path: f.path, Err: errReadOnly}
	}
	return f.disk.step(what, f.path)
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	first, err := f.writable("write")
	switch {
	case err == nil || first:
		f.node.write(b, int(off))
		return len(b), err
	case f.disk.fault.Short && errors.Is(err, f.disk.fault.Err):
		f.node.write(b[:len(b)/2], int(off))
		return len(b) / 2, err
	}
	return 0, err
}

func (f *file) Truncate(size int64) error {
	first, err := f.writable("truncate")
	if err == nil || first {
		f.node.truncate(int(size))
	}
	return err
}

func (f *file) Sync() error {
	first, err := f.writable("sync")
	switch {
	case err == nil:
		f.node.sync()
	case !first && !errors.Is(err, ErrCrashed):
		f.node.giveUp()
	}
	return err
}

func (f *file) Close() error {
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	if !f.write {
		return nil
	}
	_, err := f.disk.step("close", f.path)
	return err
}

var _ io.ReaderAt = (*file)(nil)

package data

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/pffedge/pffedge/model"
)

// An IDX file is a big-endian header and bytes:
//
//	0   magic: 0, 0, 8 for bytes, number of dimensions
//	4   one uint32 a dimension; the first is the number of items
//	…   the items
const (
	idxLabels = 0x00000801 // n
	idxImages = 0x00000803 // n, height, width
)

// idxFile is an IDX file whose header has been read and found plausible.
type idxFile struct {
	name string
	r    *bufio.Reader
	dims []int
	at   int64 // offset behind the header
	io.Closer
}

// openIDX opens the file at path, plain or gzipped, and reads its header.
func openIDX(path string, magic uint32) (*idxFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := gunzip(f)
	if err == nil {
		var idx *idxFile
		if idx, err = newIDX(path, r, magic); err == nil {
			idx.Closer = f
			return idx, nil
		}
	} else {
		err = atOffset(path, 0, "damaged gzip: %w", err)
	}
	f.Close()
	return nil, err
}

// newIDX reads a header from r.
func newIDX(name string, r *bufio.Reader, magic uint32) (*idxFile, error) {
	f := &idxFile{name: name, r: r}
	got, err := f.word()
	if err != nil {
		return nil, err
	}
	if got != magic {
		return nil, atOffset(name, 0, "magic number %#08x, want %#08x", got, magic)
	}
	for range magic & 0xff {
		n, err := f.word()
		if err != nil {
			return nil, err
		}
		if n > maxSetBytes {
			return nil, atOffset(name, f.at-4, "%w: dimension of %d", ErrTooLarge, n)
		}
		f.dims = append(f.dims, int(n))
	}
	return f, f.checkDims()
}

func (f *idxFile) word() (uint32, error) {
	var b [4]byte
	n, err := io.ReadFull(f.r, b[:])
	if err != nil {
		return 0, f.broken(f.at+int64(n), err, "in the header")
	}
	f.at += 4
	return binary.BigEndian.Uint32(b[:]), nil
}

// checkDims keeps the size within the caps, each product before it is used.
func (f *idxFile) checkDims() error {
	item := 1
	for i, d := range f.dims[1:] {
		if d < 1 || d > model.MaxFeatures/item {
			return atOffset(f.name, int64(8+4*i), "items of %v bytes, want 1…%d in all", f.dims[1:], model.MaxFeatures)
		}
		item *= d
	}
	if f.dims[0] > maxSetBytes/item {
		return atOffset(f.name, 4, "%w: %d items of %d bytes", ErrTooLarge, f.dims[0], item)
	}
	return nil
}

// count returns the number of items.
func (f *idxFile) count() int { return f.dims[0] }

// itemSize returns the number of bytes of an item.
func (f *idxFile) itemSize() int {
	size := 1
	for _, d := range f.dims[1:] {
		size *= d
	}
	return size
}

// items reads all items; the file must end behind them.
func (f *idxFile) items(ctx context.Context) ([]byte, error) {
	want := f.count() * f.itemSize()
	b, err := readSized(ctx, f.r, want)
	if err != nil {
		return nil, f.early(f.at+int64(len(b)), err)
	}
	return b, f.end()
}

// early explains an error that ended the items at offset.
func (f *idxFile) early(offset int64, err error) error {
	return f.broken(offset, err, "of the %d bytes of %d items the header promises", f.count()*f.itemSize(), f.count())
}

func (f *idxFile) tooLong() error {
	return atOffset(f.name, f.at+int64(f.count()*f.itemSize()), "more bytes than the %d items the header promises", f.count())
}

// end checks that nothing follows the items and, in gzip, the checksum.
func (f *idxFile) end() error {
	end := f.at + int64(f.count()*f.itemSize())
	switch _, err := f.r.ReadByte(); {
	case err == nil:
		return f.tooLong()
	case !errors.Is(err, io.EOF):
		return f.broken(end, err, "")
	}
	return nil
}

// broken explains an error from below.
func (f *idxFile) broken(offset int64, err error, format string, args ...any) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return atOffset(f.name, offset, "file ends early, "+format, args...)
	}
	return atOffset(f.name, offset, "%w", err)
}

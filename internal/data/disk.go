package data

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/pffedge/pffedge/model"
)

// diskImages are grey images of one size that stay on disk, one after the
// other in a file, and are read one at a time.
type diskImages struct {
	name string // of the file or set they come from, for errors
	f    *os.File
	at   int64  // where the first image begins in f
	temp string // f's name where it is to be removed on close

	mu  sync.Mutex // guards what follows
	buf []byte     // one image
	err error      // the first that a read met
}

// scale writes image i, scaled to 0…1, to dst, and tells whether it could be
// read.
func (d *diskImages) scale(dst []float32, i int, in model.Input) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at + int64(i)*int64(len(d.buf))
	if n, err := d.f.ReadAt(d.buf, at); n < len(d.buf) {
		if d.err == nil {
			d.err = d.broken(at+int64(n), err)
		}
		return false
	}
	in.ScaleBytes(dst, d.buf)
	return true
}

func (d *diskImages) broken(at int64, err error) error {
	if errors.Is(err, io.EOF) {
		return atOffset(d.name, at, "file has become shorter while in use")
	}
	return atOffset(d.name, at, "%w", err)
}

// failure returns the first error that a read met.
func (d *diskImages) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *diskImages) close() error {
	err := d.f.Close()
	if d.temp != "" {
		err = errors.Join(err, os.Remove(d.temp))
	}
	return err
}

// spool writes the n images of size bytes that next yields, each valid until
// the next one, to a temporary file in os.TempDir. Where the system allows, it
// has no name any more, so that nothing is left however the process ends.
func spool(ctx context.Context, name string, n, size int, next func(i int) ([]byte, error)) (d *diskImages, err error) {
	f, err := os.CreateTemp("", "pffedge-*.images")
	if err != nil {
		return nil, inFile(name, "no room to unpack its images: %w", err)
	}
	d = &diskImages{name: name, f: f, buf: make([]byte, size)}
	if os.Remove(f.Name()) != nil {
		d.temp = f.Name()
	}
	defer func() {
		if err != nil {
			d.close()
			d = nil
		}
	}()
	w := bufio.NewWriterSize(f, bufferSize)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		image, err := next(i)
		if err != nil {
			return d, err
		}
		if _, err := w.Write(image); err != nil {
			return d, inFile(name, "no room to unpack its images: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return d, inFile(name, "no room to unpack its images: %w", err)
	}
	return d, nil
}

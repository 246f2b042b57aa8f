package data

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// bufferSize is that of the readers under all formats, and what may be
// peeked at.
const bufferSize = 1 << 16

var gzipMagic = []byte{0x1f, 0x8b}

// gunzip returns a reader of the data in r, decompressed when it is gzip.
func gunzip(r io.Reader) (*bufio.Reader, error) {
	br := bufio.NewReaderSize(r, bufferSize)
	if head, _ := br.Peek(len(gzipMagic)); string(head) != string(gzipMagic) {
		return br, nil
	}
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(z, bufferSize), nil
}

// readSized reads exactly n bytes. Memory grows with what has arrived, so
// that a claim of many bytes costs nothing by itself.
func readSized(ctx context.Context, r io.Reader, n int) ([]byte, error) {
	buf := make([]byte, 0, min(n, 1<<20))
	for len(buf) < n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(n, 2*cap(buf))), buf...)
		}
		got, err := io.ReadFull(r, buf[len(buf):min(cap(buf), len(buf)+1<<20)])
		buf = buf[:len(buf)+got]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return buf, io.ErrUnexpectedEOF
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// capped reads at most left bytes of r and then fails with reason.
type capped struct {
	r      io.Reader
	left   int
	reason error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		if n, err := c.r.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, c.reason
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// tooLong is the reason of a capped reader.
func tooLong(what string, limit int) error {
	return fmt.Errorf("%w: %s of more than %d MiB", ErrTooLarge, what, limit>>20)
}

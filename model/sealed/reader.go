// Package sealed reads what small files and sections of files have in common: a header of
// 64 bytes with a signature, a version, flags and its own sum, a body with a sum behind
// it, and nothing after that.
//
//	byte 0   8 bytes  signature
//	     8   u32      version
//	    12   u32      flags
//	    16   40 bytes what the kind says
//	    56   u32      0
//	    60   u32      CRC-32C of bytes 0…59
//	    64            the body, and its CRC-32C
//
// Integers are little-endian.
package sealed

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/pffedge/pffedge/model"
)

// Error says where something was met that is wrong.
type Error struct {
	What   string // is read: "replay memory", say
	Offset int64  // in bytes from its start
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: byte %d: %v", e.What, e.Offset, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Kind is a kind of contents.
type Kind struct {
	What      string
	Magic     []byte // the signature, 8 bytes
	Version   uint32 // the highest that can be read
	Flags     uint32 // that are known
	Foreign   error  // it is something else
	Truncated error  // it ends too early
}

const (
	headerBytes = 64
	sumBytes    = 4
	chunk       = 1 << 14 // bytes that are asked for, and allocated, at once
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Reader reads contents from front to back and knows where it is.
type Reader struct {
	Kind
	src *bufio.Reader
	off int64
	sum uint32 // of what was read since the header
	buf []byte
}

// NewReader returns a reader of contents of that kind.
func NewReader(src io.Reader, k Kind) *Reader { return &Reader{Kind: k, src: bufio.NewReader(src)} }

// Offset returns how many bytes have been read.
func (r *Reader) Offset() int64 { return r.off }

// Wrong returns an Error about byte at, which wraps named.
func (r *Reader) Wrong(at int64, named error, format string, args ...any) error {
	return &Error{r.What, at, fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}

// Next returns the next n bytes, valid until it is called again. After an error it
// returns those that there are.
func (r *Reader) Next(n int) ([]byte, error) {
	r.buf = r.buf[:0]
	return r.More(n)
}

// More returns what Next and More returned before, and n bytes more.
func (r *Reader) More(n int) ([]byte, error) {
	for n > 0 {
		lo, k := len(r.buf), min(n, chunk)
		r.buf = slices.Grow(r.buf, k)[:lo+k]
		got, err := io.ReadFull(r.src, r.buf[lo:])
		r.off += int64(got)
		r.buf = r.buf[:lo+got]
		r.sum = crc32.Update(r.sum, castagnoli, r.buf[lo:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = r.Truncated
		}
		if err != nil {
			return r.buf, &Error{r.What, r.off, err}
		}
		n -= k
	}
	return r.buf, nil
}

// Header reads and checks the header, with its flags.
func (r *Reader) Header() (b []byte, flags uint32, err error) {
	b, err = r.Next(headerBytes)
	if n := min(len(b), len(r.Magic)); !bytes.Equal(b[:n], r.Magic[:n]) {
		return nil, 0, r.Wrong(0, r.Foreign, "it does not start with its signature")
	}
	if err != nil {
		return nil, 0, err
	}
	le := binary.LittleEndian
	if got, want := crc32.Checksum(b[:60], castagnoli), le.Uint32(b[60:]); got != want {
		return nil, 0, r.Wrong(60, model.ErrChecksum, "computed %08x, stored %08x", got, want)
	}
	version, flags := le.Uint32(b[8:]), le.Uint32(b[12:])
	switch {
	case version > r.Version:
		return nil, 0, r.Wrong(8, model.ErrVersion, "version %d of a %s, this program reads up to %d", version, r.What, r.Version)
	case version < 1:
		return nil, 0, r.Wrong(8, model.ErrFormat, "version 0")
	case flags&^r.Flags != 0:
		return nil, 0, r.Wrong(12, model.ErrVersion, "unknown flags %#x", flags)
	case le.Uint32(b[56:]) != 0:
		return nil, 0, r.Wrong(56, model.ErrFormat, "reserved bytes are not zero")
	}
	r.sum = 0
	return b, flags, nil
}

// Sum reads the sum of the body, and expects the end behind it.
func (r *Reader) Sum() error {
	sum, at := r.sum, r.off
	b, err := r.Next(sumBytes)
	if err != nil {
		return err
	}
	if want := binary.LittleEndian.Uint32(b); sum != want {
		return r.Wrong(at, model.ErrChecksum, "computed %08x, stored %08x", sum, want)
	}
	switch _, err := r.src.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return r.Wrong(r.off, model.ErrFormat, "more bytes behind the end")
	default:
		return &Error{r.What, r.off, err}
	}
}

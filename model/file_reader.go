package model

import (
	"errors"
	"fmt"
	"io"
)

// readChunk is how many bytes are asked for, and allocated, at once while
// nothing proves that the file holds as much as it claims.
const readChunk = 1 << 18

// reader reads a file from front to back and knows where it is.
type reader struct {
	src  io.Reader
	size int64 // bytes that src is known to hold, or -1
	off  int64
	part string // for errors
	crc  uint32 // CRC-32C of the bytes read since it was last set to 0

	signature []byte // once it was met
	mapped    *File  // where values stay, or nil; src is its window then
}

// wrong returns an error about the byte at.
func (r *reader) wrong(at int64, err error) error {
	return &FileError{Part: r.part, Offset: at, Err: err}
}

// fill reads len(b) bytes.
func (r *reader) fill(b []byte) error {
	for len(b) > 0 {
		n, err := io.ReadFull(r.src, b[:min(len(b), readChunk)])
		r.crc = updateChecksum(r.crc, b[:n])
		r.off += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return r.wrong(r.off, ErrTruncated)
		}
		if err != nil {
			return r.wrong(r.off, err)
		}
		b = b[n:]
	}
	return nil
}

// bytes reads n bytes.
func (r *reader) bytes(n int) ([]byte, error) {
	var b []byte
	for len(b) < n {
		lo := len(b)
		b = append(b, make([]byte, min(n-lo, readChunk))...)
		if err := r.fill(b[lo:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// lines reads values that lie like l into memory aligned as simd wants it. Where
// the size of the file is not known, the memory grows with what has been read.
func (r *reader) lines(l lines) ([]byte, error) {
	var b []byte
	total := l.memory()
	if r.size >= 0 {
		b = alignedBytes(total)
	}
	grow := func(n int) {
		if n <= len(b) {
			return
		}
		grown := alignedBytes(min(total, max(n, 2*len(b))))
		copy(grown, b)
		b = grown
	}
	for done := 0; done < l.body; {
		n := min(readChunk, l.body-done)
		grow(done + n)
		if err := r.fill(b[done : done+n]); err != nil {
			return nil, err
		}
		done += n
	}
	at := l.body
	for _, run := range l.rest {
		for left := run.lines; left > 0; {
			n := left
			if run.live > 0 {
				n = min(left, max(readChunk/l.line, 1))
			}
			file, err := r.bytes(n * run.live)
			if err != nil {
				return nil, err
			}
			grow(at + n*l.line)
			if run.live > 0 {
				l.spread(b[at:], file, run.live)
			}
			at, left = at+n*l.line, left-n
		}
	}
	return b[:total:total], nil
}

// skip reads n bytes and keeps none.
func (r *reader) skip(n int64) error {
	buf := make([]byte, min(n, readChunk))
	for ; n > 0; n -= int64(len(buf)) {
		buf = buf[:min(n, int64(len(buf)))]
		if err := r.fill(buf); err != nil {
			return err
		}
	}
	return nil
}

// section reads s by means of read, which must read s.Bytes bytes, then
// checks the checksum and the padding.
func (r *reader) section(s Section, read func() error) error {
	r.part, r.crc = "section "+s.Name, 0
	if err := read(); err != nil {
		return err
	}
	if r.crc != s.CRC {
		return r.wrong(s.Offset, fmt.Errorf("%w: computed %08x, stored %08x", ErrChecksum, r.crc, s.CRC))
	}
	var padding [alignment]byte
	b := padding[:s.end()-r.off]
	at := r.off
	if err := r.fill(b); err != nil {
		return err
	}
	if !allZero(b) {
		return r.wrong(at, fmt.Errorf("%w: the padding after the section is not zero", ErrFormat))
	}
	return nil
}

// values reads a section of values that lie like l.
func (r *reader) values(s Section, l lines) (b []byte, err error) {
	err = r.section(s, func() error {
		b, err = r.lines(l)
		return err
	})
	fromFile(b, l.size)
	return b, err
}

// matrix is values for a matrix in a file of that version, which may stay in
// the mapping; then checking it is left for later.
func (r *reader) matrix(s Section, l lines, version int) (b []byte, later bool, err error) {
	if !r.mapped.stays(s) {
		b, err = r.values(s, l)
		return b, false, err
	}
	err = r.section(s, func() error {
		b, err = r.mapped.leave(r, s, l, version)
		return err
	})
	return b, true, err
}

// into reads a section of values that lie like l into memory.
func (r *reader) into(memory []byte, s Section, l lines) error {
	err := r.section(s, func() error {
		if err := r.fill(memory[:l.body]); err != nil {
			return err
		}
		rest, err := r.bytes(int(l.file()) - l.body)
		if err == nil {
			l.spreadAll(memory[l.body:], rest)
		}
		return err
	})
	fromFile(memory, l.size)
	return err
}

// text reads a JSON section.
func (r *reader) text(s Section) (b []byte, err error) {
	err = r.section(s, func() error {
		b, err = r.bytes(int(s.Bytes))
		return err
	})
	return b, err
}

// end expects the end of the file.
func (r *reader) end() error {
	var b [1]byte
	switch _, err := io.ReadFull(r.src, b[:]); err {
	case io.EOF:
		return nil
	case nil:
		return r.wrong(r.off, fmt.Errorf("%w: more bytes after the last section", ErrFormat))
	default:
		return r.wrong(r.off, err)
	}
}

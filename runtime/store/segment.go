package store

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/pffedge/pffedge/model/durable"
)

// segment is one file of the log.
type segment struct {
	segmentHeader
	path  string
	bytes int64
	err   error // what is wrong with the header, the rest of which is then zero
}

// segmentReader reads the frames of a segment.
type segmentReader struct {
	seg      *segment
	src      *bufio.Reader
	off      int64  // of the next frame
	next     uint64 // sequence number of the next operation
	previous uint32 // sum of the frame before
	head     [frameHeadBytes]byte
	body     []byte // of the last frame, with its sum
}

// errTorn says that what lies at the end is no frame.
var errTorn = errors.New("no whole frame")

func newSegmentReader(s *segment, f durable.File) *segmentReader {
	return &segmentReader{
		seg: s, src: bufio.NewReaderSize(io.NewSectionReader(f, blockBytes, s.bytes-blockBytes), 1<<16),
		off: blockBytes, next: s.first, previous: s.previous,
	}
}

func (r *segmentReader) wrong(named error, format string, args ...any) error {
	return wrong(r.seg.path, r.off, named, format, args...)
}

// read returns the next frame, io.EOF at the end, an error around errTorn for
// what may be the rest of one, and any other error for one that is whole and
// wrong. The body is valid until the next call.
func (r *segmentReader) read() (frameHead, []byte, error) {
	left := r.seg.bytes - r.off
	if left == 0 {
		return frameHead{}, nil, io.EOF
	}
	if left < frameHeadBytes {
		return frameHead{}, nil, r.wrong(errTorn, "%d bytes", left)
	}
	if _, err := io.ReadFull(r.src, r.head[:]); err != nil {
		return frameHead{}, nil, r.failed(err)
	}
	h, valid := parseFrameHead(r.head[:], r.seg.sum)
	if !valid {
		return h, nil, r.wrong(errTorn, "the checksum of its head does not match")
	}
	if err := checkFrameHead(&h); err != nil {
		return h, nil, &FileError{r.seg.path, r.off, err}
	}
	if h.sequence != r.next {
		return h, nil, r.wrong(ErrDamaged, "operation %d follows where %d is due", h.sequence, r.next)
	}
	if h.previous != r.previous {
		return h, nil, r.wrong(ErrDamaged, "the frame of operation %d does not belong behind the one before", h.sequence)
	}
	body, err := r.readBody(&h, left)
	if err != nil {
		return h, nil, err
	}
	r.off += frameHeadBytes + int64(len(body)) + sumBytes
	r.next = h.next()
	return h, body, nil
}

// readBody reads what is behind a frame's head.
func (r *segmentReader) readBody(h *frameHead, left int64) ([]byte, error) {
	n := int(h.bytes) + sumBytes
	if left-frameHeadBytes < int64(n) {
		return nil, r.wrong(errTorn, "the frame of operation %d ends %d bytes early", h.sequence, int64(n)-left+frameHeadBytes)
	}
	if cap(r.body) < n {
		r.body = make([]byte, n) // the file has as many
	}
	r.body = r.body[:n]
	if _, err := io.ReadFull(r.src, r.body); err != nil {
		return nil, r.failed(err)
	}
	body := r.body[:h.bytes]
	sum := crc32.Update(crc32.Update(r.seg.sum, castagnoli, r.head[:]), castagnoli, body)
	if sum != le.Uint32(r.body[h.bytes:]) {
		return nil, r.wrong(errTorn, "the checksum of the frame of operation %d does not match", h.sequence)
	}
	r.previous = sum
	return body, nil
}

// failed returns an error of reading itself. A file that has become shorter
// meanwhile was cut.
func (r *segmentReader) failed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.wrong(errTorn, "it ends early")
	}
	return &FileError{r.seg.path, r.off, err}
}

// later returns the largest sequence number behind the heads of frames that
// begin after a byte, and whether there is any. One frame is under way at a time, so a frame
// behind one that is not whole says that the latter had been acknowledged.
func later(f durable.File, s *segment, after int64, due uint64) (next uint64, at int64, found bool, err error) {
	const piece = 1 << 16
	b := make([]byte, piece+frameHeadBytes-1)
	for off := after; off+frameHeadBytes <= s.bytes; off += piece {
		n, err := f.ReadAt(b[:min(int64(len(b)), s.bytes-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, 0, false, &FileError{s.path, off, err}
		}
		for i := 0; i+frameHeadBytes <= n && i < piece; i++ {
			h, valid := parseFrameHead(b[i:], s.sum)
			if !valid || h.sequence < due || h.sequence > maxSequence || h.operations > MaxFrameOperations {
				continue
			}
			if !found {
				at = off + int64(i)
			}
			next, found = max(next, h.next()), true
		}
	}
	return next, at, found, nil
}

// end is where the last segment ends.
type end struct {
	next     uint64 // sequence number of the next operation
	bytes    int64  // of whole frames with operations, the header included
	previous uint32 // sum of the last of them
	sealed   bool   // the store was closed after it, and nothing is amiss
	torn     error  // what lies behind it; nil if nothing does
	highest  uint64 // sequence number behind all that has been seen, damage or not
}

// readEnd reads all of a segment and finds out where it ends. What is not whole
// there was not acknowledged, unless more comes behind it.
func readEnd(s *segment, f durable.File) (end, error) {
	r := newSegmentReader(s, f)
	e := end{next: s.first, bytes: blockBytes, previous: s.previous, highest: s.first}
	for {
		h, body, err := r.read()
		switch {
		case errors.Is(err, io.EOF):
			return e, nil
		case errors.Is(err, errTorn):
			e.torn = err
			e.sealed = false
			return e, e.judge(s, f)
		case err == nil:
			if err = splitFrame(&h, body, func(Entry) error { return nil }); err != nil {
				err = &FileError{s.path, e.bytes, err}
			}
		}
		if err == nil && e.sealed {
			err = wrong(s.path, e.bytes, ErrDamaged, "a frame behind the mark of closing")
		}
		if err != nil {
			next, _, _, _ := later(f, s, e.bytes, e.next)
			e.highest = max(e.highest, next)
			return e, err
		}
		if e.sealed = h.seals(); !e.sealed { // the next frame takes a mark's place
			e.next, e.highest, e.bytes, e.previous = r.next, r.next, r.off, r.previous
		}
	}
}

// judge tells damage from what a crash leaves.
func (e *end) judge(s *segment, f durable.File) error {
	next, at, found, err := later(f, s, e.bytes+1, e.next)
	if err != nil {
		return err
	}
	if !found {
		return nil
	}
	e.highest = max(e.highest, next)
	var where *FileError
	errors.As(e.torn, &where)
	return &FileError{s.path, where.Offset, fmt.Errorf("%w: operation %d: %w, and yet another follows at byte %d", ErrDamaged, e.next, errors.Unwrap(where), at)}
}

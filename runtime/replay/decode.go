package replay

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/pffedge/pffedge/model"
)

// Decode reads a memory from r, which must end where the memory ends. It accepts
// only what AppendBinary writes and returns a DecodeError otherwise. The memory it
// uses is a small multiple of what r delivers, and a sample's scratch.
func Decode(r io.Reader) (*Memory, error) {
	d := &decoder{src: bufio.NewReader(r)}
	h, err := d.header()
	if err != nil {
		return nil, err
	}
	m := newMemory(h.opt)
	m.undecided, m.seen = h.undecided, h.seen
	if err := d.classes(m, h); err != nil {
		return nil, err
	}
	if err := d.samples(m); err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return m, nil
}

// decoder reads a memory from front to back and knows where it is.
type decoder struct {
	src *bufio.Reader
	off int64
	sum uint32 // CRC-32C since it was last set to 0
	buf []byte
}

func (d *decoder) wrong(at int64, named error, format string, args ...any) error {
	return &DecodeError{at, fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}

// decodeChunk is how many bytes are asked for, and allocated, at once.
const decodeChunk = 1 << 14

// more appends n bytes of the memory to d.buf.
func (d *decoder) more(n int) error {
	for n > 0 {
		lo, k := len(d.buf), min(n, decodeChunk)
		d.buf = slices.Grow(d.buf, k)[:lo+k]
		got, err := io.ReadFull(d.src, d.buf[lo:])
		d.off += int64(got)
		d.buf = d.buf[:lo+got]
		d.sum = crc32.Update(d.sum, castagnoli, d.buf[lo:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return &DecodeError{d.off, ErrTruncated}
		}
		if err != nil {
			return &DecodeError{d.off, err}
		}
		n -= k
	}
	return nil
}

// next returns the next n bytes, which the next call overwrites.
func (d *decoder) next(n int) ([]byte, error) {
	d.buf = d.buf[:0]
	err := d.more(n)
	return d.buf, err
}

// front is what a header says.
type front struct {
	opt              Options
	undecided        bool
	seen             uint64
	classes, samples uint32
}

func (d *decoder) header() (*front, error) {
	b, err := d.next(headerBytes)
	if n := min(len(b), len(magic)); !bytes.Equal(b[:n], magic[:n]) {
		return nil, d.wrong(0, ErrMagic, "it does not start with its signature")
	}
	if err != nil {
		return nil, err
	}
	if got, want := crc32.Checksum(b[:60], castagnoli), le.Uint32(b[60:]); got != want {
		return nil, d.wrong(60, ErrChecksum, "computed %08x, stored %08x", got, want)
	}
	version, flags := le.Uint32(b[8:]), le.Uint32(b[12:])
	switch {
	case version > Version:
		return nil, d.wrong(8, ErrVersion, "version %d of a replay memory, this program reads up to %d", version, Version)
	case version < 1:
		return nil, d.wrong(8, ErrFormat, "version 0")
	case flags&^flagUndecided != 0:
		return nil, d.wrong(12, ErrVersion, "unknown flags %#x", flags)
	case le.Uint32(b[56:]) != 0:
		return nil, d.wrong(56, ErrFormat, "reserved bytes are not zero")
	}
	return d.front(b, flags == flagUndecided)
}

// front checks the fields of a header.
func (d *decoder) front(b []byte, undecided bool) (*front, error) {
	inputs, bits, budget := le.Uint32(b[16:]), le.Uint32(b[20:]), le.Uint64(b[32:])
	f := &front{
		opt:       Options{Inputs: int(min(inputs, math.MaxInt32)), Budget: int(min(budget, math.MaxInt32)), Bits: int(min(bits, 255)), Seed: le.Uint64(b[24:])},
		undecided: undecided, seen: le.Uint64(b[40:]), classes: le.Uint32(b[48:]), samples: le.Uint32(b[52:]),
	}
	err := f.opt.validate()
	switch {
	case err != nil:
		return nil, d.wrong(16, ErrFormat, "%w", err)
	case bits == 0 || undecided && bits != 8:
		return nil, d.wrong(20, ErrFormat, "%d bits a value, undecided: %v", bits, undecided)
	case f.seen > maxID+1:
		return nil, d.wrong(40, ErrTooLarge, "%d samples seen, at most %d possible", f.seen, int64(maxID+1))
	case f.classes > model.MaxClasses:
		return nil, d.wrong(48, ErrTooLarge, "%d classes, at most %d allowed", f.classes, model.MaxClasses)
	case uint64(f.samples) > f.seen:
		return nil, d.wrong(52, ErrFormat, "%d samples of %d seen", f.samples, f.seen)
	case f.opt.least(max(int(f.classes), 1)) > f.opt.Budget || int(min(f.samples, MaxBudget/minEntry))*minEntry > f.opt.Budget:
		return nil, d.wrong(48, ErrFormat, "%d classes and %d samples in %d bytes", f.classes, f.samples, f.opt.Budget)
	}
	return f, nil
}

// minEntry is the least that a sample takes.
const minEntry = minRecord + entryBytes

// classes reads the table of classes into m.
func (d *decoder) classes(m *Memory, f *front) error {
	d.sum = 0
	var seen, kept uint64
	for range f.classes {
		at := d.off
		b, err := d.next(storedClass)
		if err != nil {
			return err
		}
		c := class{seen: le.Uint64(b), threshold: le.Uint64(b[8:]), first: uint32(kept), count: le.Uint32(b[16:])}
		kept += uint64(c.count)
		if c.seen > f.seen-seen || kept > uint64(f.samples) || uint64(c.count) > c.seen {
			return d.wrong(at, ErrFormat, "class %d has %d samples of %d", len(m.classes), c.count, c.seen)
		}
		seen += c.seen
		m.classes = append(m.classes, c)
		m.order = append(m.order, 0)
	}
	if kept != uint64(f.samples) {
		return d.wrong(52, ErrFormat, "%d samples, the classes have %d", f.samples, kept)
	}
	return nil
}

// samples reads those that the classes of m announce, and the sum.
func (d *decoder) samples(m *Memory) error {
	var ids []uint64
	for label := range m.classes {
		n := m.classes[label].count
		for range n {
			id, err := d.sample(m)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			return d.wrong(d.off, ErrFormat, "two samples are number %d", ids[i])
		}
	}
	sum, at := d.sum, d.off
	b, err := d.next(sumBytes)
	if err != nil {
		return err
	}
	if want := le.Uint32(b); sum != want {
		return d.wrong(at, ErrChecksum, "computed %08x, stored %08x", sum, want)
	}
	return nil
}

// sample reads a sample to the end of m and returns its identity.
func (d *decoder) sample(m *Memory) (uint64, error) {
	at := d.off
	b, err := d.next(storedID + 1)
	if err != nil {
		return 0, err
	}
	id := uint64(le.Uint32(b)) | uint64(b[4])<<32
	if id >= m.seen {
		return 0, d.wrong(at, ErrFormat, "sample %d of %d", id, m.seen)
	}
	for d.buf[len(d.buf)-1] >= 0x80 && len(d.buf) < storedID+binary.MaxVarintLen32 {
		if err := d.more(1); err != nil {
			return 0, err
		}
	}
	head, k := binary.Uvarint(d.buf[storedID:])
	if limit := plainBytes(m.opt.Inputs, m.codes.bits); k <= 0 || head>>1 > uint64(limit) {
		return 0, d.wrong(at, ErrTooLarge, "a record of more than %d bytes", limit)
	}
	if err := d.more(int(head >> 1)); err != nil {
		return 0, err
	}
	record := d.buf[storedID:]
	if !m.canonical(record) {
		return 0, d.wrong(at+storedID, ErrFormat, "not the record of %d codes of %d bits", m.opt.Inputs, m.codes.bits)
	}
	if m.Bytes()+max(len(record), minRecord)+entryBytes > m.opt.Budget {
		return 0, d.wrong(at, ErrFormat, "the samples take more than the budget of %d bytes", m.opt.Budget)
	}
	m.buffer.reserve(max(len(record), minRecord), m.opt.Budget-len(m.classes)*classBytes)
	m.buffer.n++
	m.buffer.set(m.buffer.n-1, m.buffer.add(record), id)
	return id, nil
}

// canonical tells whether a record is what appendRecord writes for its codes.
func (m *Memory) canonical(record []byte) bool {
	m.prepare()
	body, runs, _ := splitRecord(record)
	if !expand(m.given, body, runs, m.codes.bits, &same) {
		return false
	}
	m.record = appendRecord(m.record[:0], m.work, m.given, m.codes.bits, &same)
	return bytes.Equal(record, m.record)
}

// end expects the end of the memory.
func (d *decoder) end() error {
	switch _, err := d.src.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return d.wrong(d.off, ErrFormat, "more bytes behind the end")
	default:
		return &DecodeError{d.off, err}
	}
}

package replay

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/sealed"
)

// Decode reads a memory from r, which must end where the memory ends. It accepts
// only what AppendBinary writes and returns a DecodeError otherwise. The memory it
// uses is a small multiple of what r delivers, and a sample's scratch.
func Decode(r io.Reader) (*Memory, error) {
	d := &decoder{sealed.NewReader(r, kind)}
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
	return m, nil
}

// kind is what a memory is encoded as.
var kind = sealed.Kind{What: "replay memory", Magic: magic, Version: Version, Flags: flagUndecided, Foreign: ErrMagic, Truncated: ErrTruncated}

// decoder reads a memory.
type decoder struct{ *sealed.Reader }

// front is what a header says.
type front struct {
	opt              Options
	undecided        bool
	seen             uint64
	classes, samples uint32
}

func (d *decoder) header() (*front, error) {
	b, flags, err := d.Header()
	if err != nil {
		return nil, err
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
		return nil, d.Wrong(16, ErrFormat, "%w", err)
	case bits == 0 || undecided && bits != 8:
		return nil, d.Wrong(20, ErrFormat, "%d bits a value, undecided: %v", bits, undecided)
	case f.seen > maxID+1:
		return nil, d.Wrong(40, ErrTooLarge, "%d samples seen, at most %d possible", f.seen, int64(maxID+1))
	case f.classes > model.MaxClasses:
		return nil, d.Wrong(48, ErrTooLarge, "%d classes, at most %d allowed", f.classes, model.MaxClasses)
	case uint64(f.samples) > f.seen:
		return nil, d.Wrong(52, ErrFormat, "%d samples of %d seen", f.samples, f.seen)
	case f.opt.least(max(int(f.classes), 1)) > f.opt.Budget || int(min(f.samples, MaxBudget/minEntry))*minEntry > f.opt.Budget:
		return nil, d.Wrong(48, ErrFormat, "%d classes and %d samples in %d bytes", f.classes, f.samples, f.opt.Budget)
	}
	return f, nil
}

// minEntry is the least that a sample takes.
const minEntry = minRecord + entryBytes

// classes reads the table of classes into m.
func (d *decoder) classes(m *Memory, f *front) error {
	var seen, kept uint64
	for range f.classes {
		at := d.Offset()
		b, err := d.Next(storedClass)
		if err != nil {
			return err
		}
		c := class{seen: le.Uint64(b), threshold: le.Uint64(b[8:]), first: uint32(kept), count: le.Uint32(b[16:])}
		kept += uint64(c.count)
		if c.seen > f.seen-seen || kept > uint64(f.samples) || uint64(c.count) > c.seen {
			return d.Wrong(at, ErrFormat, "class %d has %d samples of %d", len(m.classes), c.count, c.seen)
		}
		seen += c.seen
		m.classes = append(m.classes, c)
		m.order = append(m.order, 0)
	}
	if kept != uint64(f.samples) {
		return d.Wrong(52, ErrFormat, "%d samples, the classes have %d", f.samples, kept)
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
			return d.Wrong(d.Offset(), ErrFormat, "two samples are number %d", ids[i])
		}
	}
	return d.Sum()
}

// sample reads a sample to the end of m and returns its identity.
func (d *decoder) sample(m *Memory) (uint64, error) {
	at := d.Offset()
	b, err := d.Next(storedID + 1)
	if err != nil {
		return 0, err
	}
	id := uint64(le.Uint32(b)) | uint64(b[4])<<32
	if id >= m.seen {
		return 0, d.Wrong(at, ErrFormat, "sample %d of %d", id, m.seen)
	}
	for b[len(b)-1] >= 0x80 && len(b) < storedID+binary.MaxVarintLen32 {
		if b, err = d.More(1); err != nil {
			return 0, err
		}
	}
	head, k := binary.Uvarint(b[storedID:])
	if limit := plainBytes(m.opt.Inputs, m.codes.bits); k <= 0 || head>>1 > uint64(limit) {
		return 0, d.Wrong(at, ErrTooLarge, "a record of more than %d bytes", limit)
	}
	if b, err = d.More(int(head >> 1)); err != nil {
		return 0, err
	}
	record := b[storedID:]
	if !m.canonical(record) {
		return 0, d.Wrong(at+storedID, ErrFormat, "not the record of %d codes of %d bits", m.opt.Inputs, m.codes.bits)
	}
	if m.Bytes()+max(len(record), minRecord)+entryBytes > m.opt.Budget {
		return 0, d.Wrong(at, ErrFormat, "the samples take more than the budget of %d bytes", m.opt.Budget)
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

package model

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Encode writes m to w as a .pff file, in its only form: equal models are
// equal bytes. Nothing is written unless m is valid. m must not change
// meanwhile.
func Encode(w io.Writer, m *Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	return encode(w, m, nil)
}

// EncodeCheckpoint is Encode for a training run. The file is also a model:
// Decode reads it and ignores the rest. c.Trainer must be JSON; spaces
// between its tokens are dropped.
func EncodeCheckpoint(w io.Writer, c *Checkpoint) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return encode(w, c.Model, c)
}

// encode writes m, or c, which contains m, unless it is nil.
func encode(w io.Writer, m *Model, c *Checkpoint) error {
	return encodeVersion(FormatVersion, w, m, c, nil)
}

// encodeVersion writes a file of that version, signed unless signature is nil.
func encodeVersion(version int, w io.Writer, m *Model, c *Checkpoint, signature []byte) error {
	k := contents{
		version: version, config: &m.Config, tensors: shapes(&m.Config).Tensors(), int8: m.Int8 != nil,
		overall: len(m.Overall), checkpoint: c != nil, momentBits: c.momentBits(), kept: c.keptSections(), signed: signature != nil,
	}
	for _, x := range m.PerClass {
		k.perClass = append(k.perClass, len(x))
	}
	body, err := k.payloads(m, c)
	if err != nil {
		return err
	}
	if k.signed {
		body = append(body, payload{bytes: signature})
	}
	if err := k.check(); err != nil {
		return err
	}
	sections, scratch := k.sections(), make([]byte, lineBuffer)
	for i := range sections {
		sections[i].CRC = body[i].crc(scratch)
	}
	buf := bufio.NewWriterSize(w, writeBuffer)
	if err := write(buf, sections, body, scratch, header{version: version, flags: k.flags()}); err != nil {
		return err
	}
	return buf.Flush()
}

const (
	writeBuffer = 1 << 16
	lineBuffer  = 1 << 12 // to collect lines in, of which the file holds only a part
)

// payload is what a section holds: bytes, values in the memory of tensors or
// rows of a mixture.
type payload struct {
	bytes  []byte
	memory []byte // of values that lie like lines
	lines  lines
	rows   [][]float32
}

// payloads returns the payloads of all sections but the signature, in the order
// of k.sections, and sets the lengths of the JSON sections.
func (k *contents) payloads(m *Model, c *Checkpoint) ([]payload, error) {
	var list []payload
	text := func(length *int64, v any) error {
		b, err := json.Marshal(v)
		*length = int64(len(b))
		list = append(list, payload{bytes: b})
		return err
	}
	values := func(sections []stored, memories [][]byte) {
		for i, s := range sections {
			list = append(list, payload{memory: memories[i], lines: k.lines(s)})
		}
	}
	if err := text(&k.configBytes, &m.Config); err != nil {
		return nil, err
	}
	if err := text(&k.provenanceBytes, &m.Provenance); err != nil {
		return nil, fmt.Errorf("%w: the provenance's settings are not JSON: %w", ErrFormat, err)
	}
	values(k.parameters(), m.memories())
	if len(m.Overall) > 0 {
		list = append(list, payload{rows: m.Overall.rows(k.version)})
	}
	for _, x := range m.PerClass {
		list = append(list, payload{rows: x.rows(k.version)})
	}
	if c != nil {
		values(k.residuals(), c.Residuals.memories())
		values(k.moments(), c.memories())
		if err := text(&k.trainerBytes, json.RawMessage(c.Trainer)); err != nil {
			return nil, fmt.Errorf("%w: the trainer's state is not JSON: %w", ErrFormat, err)
		}
		for _, b := range c.Kept {
			list = append(list, payload{bytes: b.Data})
		}
	}
	return list, nil
}

// memories returns the memory of m's parameters in the order of
// contents.parameters.
func (m *Model) memories() (list [][]byte) {
	if m.Int8 == nil {
		for _, slot := range m.Params.slots() {
			list = append(list, memory(*slot))
		}
		return list
	}
	for _, slot := range m.Int8.slots() {
		if slot.vector != nil {
			list = append(list, memory(*slot.vector))
			continue
		}
		list = append(list, memory(*slot.codes), memory(*slot.scale))
	}
	return append(list, memory(m.Int8.Clip))
}

// memories returns the memory of c's moments in the order of contents.moments.
func (c *Checkpoint) memories() (list [][]byte) {
	m := c.Lean
	if m == nil {
		m = MomentsOf(c.First, c.Second)
	}
	if m.Bits == 0 {
		return nil
	}
	for which := range 2 {
		for _, x := range m.slots() {
			list = append(list, momentMemory(x, which))
		}
	}
	return list
}

// momentBits returns the bits of a moment, 32 for no checkpoint at all.
func (c *Checkpoint) momentBits() int {
	if c == nil || c.Lean == nil {
		return 32
	}
	return c.Lean.Bits
}

// flags returns those of the header.
func (k *contents) flags() (flags uint32) {
	if k.checkpoint {
		flags |= flagCheckpoint | momentFlags[k.momentBits]
	}
	if k.int8 {
		flags |= flagInt8
	}
	if k.signed {
		flags |= flagSigned
	}
	if len(k.kept) > 0 {
		flags |= flagKept
	}
	return flags
}

// each hands the bytes of p to emit, piece by piece.
func (p payload) each(scratch []byte, emit func([]byte) error) error {
	if p.memory != nil {
		return p.lines.emit(p.memory, scratch, emit)
	}
	for _, v := range p.rows {
		if err := emitValues(memory(v), 4, emit); err != nil {
			return err
		}
	}
	return emit(p.bytes)
}

func (p payload) crc(scratch []byte) uint32 {
	var sum uint32
	p.each(scratch, func(b []byte) error {
		sum = updateChecksum(sum, b)
		return nil
	})
	return sum
}

func write(w io.Writer, sections []Section, body []payload, scratch []byte, h header) error {
	var table []byte
	for _, s := range sections {
		table = s.appendTo(table)
	}
	h.sections, h.tableCRC, h.length = len(sections), checksum(table), sections[len(sections)-1].end()
	emit := func(b []byte) error {
		_, err := w.Write(b)
		return err
	}
	if err := emit(append(h.encode(), table...)); err != nil {
		return err
	}
	var zeros [alignment]byte
	for i, s := range sections {
		if err := body[i].each(scratch, emit); err != nil {
			return err
		}
		if err := emit(zeros[:s.end()-s.Offset-s.Bytes]); err != nil {
			return err
		}
	}
	return nil
}

package model

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/crc32"
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
	k := contents{config: &m.Config, tensors: m.Params.Tensors(), overall: len(m.Overall), checkpoint: c != nil, momentBits: c.momentBits()}
	for _, x := range m.PerClass {
		k.perClass = append(k.perClass, len(x))
	}
	body, err := k.payloads(m, c)
	if err != nil {
		return err
	}
	if err := k.check(); err != nil {
		return err
	}
	sections := k.sections()
	for i := range sections {
		sections[i].CRC = body[i].crc()
	}
	buf := bufio.NewWriterSize(w, writeBuffer)
	if err := write(buf, sections, body, k.flags()); err != nil {
		return err
	}
	return buf.Flush()
}

const writeBuffer = 1 << 16

// payload is what a section holds.
type payload struct {
	text   []byte
	values [][]float32
	codes  []byte // as in memory
	size   int    // bytes of a code
}

// payloads returns the payloads of all sections, in the order of
// k.sections, and sets the lengths of the JSON sections.
func (k *contents) payloads(m *Model, c *Checkpoint) ([]payload, error) {
	var list []payload
	text := func(length *int64, v any) error {
		b, err := json.Marshal(v)
		*length = int64(len(b))
		list = append(list, payload{text: b})
		return err
	}
	tensors := func(p *Params) {
		for _, t := range p.Tensors() {
			list = append(list, payload{values: [][]float32{t.Data}})
		}
	}
	if err := text(&k.configBytes, &m.Config); err != nil {
		return nil, err
	}
	if err := text(&k.provenanceBytes, &m.Provenance); err != nil {
		return nil, err
	}
	tensors(m.Params)
	if len(m.Overall) > 0 {
		list = append(list, payload{values: m.Overall.rows()})
	}
	for _, x := range m.PerClass {
		list = append(list, payload{values: x.rows()})
	}
	if c != nil {
		if c.Lean == nil {
			tensors(c.First)
			tensors(c.Second)
		} else {
			list = append(list, c.Lean.payloads()...)
		}
		if err := text(&k.trainerBytes, json.RawMessage(c.Trainer)); err != nil {
			return nil, fmt.Errorf("%w: the trainer's state is not JSON: %w", ErrFormat, err)
		}
	}
	return list, nil
}

// payloads returns the first and then the second moments of all tensors, which
// have fewer than 32 bits.
func (m *Moments) payloads() []payload {
	if m.Bits == 0 {
		return nil
	}
	var list []payload
	for which := range 2 {
		for _, x := range m.slots() {
			memory, size := codes(x, which)
			list = append(list, payload{codes: memory, size: size})
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
func (k *contents) flags() uint32 {
	if !k.checkpoint {
		return 0
	}
	return flagCheckpoint | momentFlags[k.momentBits]
}

// each hands the bytes of p to emit, piece by piece.
func (p payload) each(emit func([]byte) error) error {
	if p.text != nil {
		return emit(p.text)
	}
	if p.size > 0 {
		return codesToFile(p.codes, p.size, emit)
	}
	for _, v := range p.values {
		if err := toFile(v, emit); err != nil {
			return err
		}
	}
	return nil
}

func (p payload) crc() uint32 {
	var sum uint32
	p.each(func(b []byte) error {
		sum = crc32.Update(sum, castagnoli, b)
		return nil
	})
	return sum
}

func write(w io.Writer, sections []Section, body []payload, flags uint32) error {
	var table []byte
	for _, s := range sections {
		table = s.appendTo(table)
	}
	h := header{sections: len(sections), tableCRC: checksum(table), length: sections[len(sections)-1].end(), flags: flags}
	emit := func(b []byte) error {
		_, err := w.Write(b)
		return err
	}
	if err := emit(append(h.encode(), table...)); err != nil {
		return err
	}
	var zeros [alignment]byte
	for i, s := range sections {
		if err := body[i].each(emit); err != nil {
			return err
		}
		if err := emit(zeros[:s.end()-s.Offset-s.Bytes]); err != nil {
			return err
		}
	}
	return nil
}

package onnx

import (
	"encoding/binary"
	"io"
)

// message is a protocol buffer in the making: bytes, and data that are written
// only in the end.
type message struct {
	pieces []piece
	size   int64
}

type piece struct {
	bytes []byte
	data  func(io.Writer) error // size bytes in their place, if not nil
	size  int64
}

// Wire types: how the value of a field is written.
const (
	wireVarint = 0
	wireBytes  = 2 // a length, then as many bytes
)

func (m *message) append(b []byte) {
	m.size += int64(len(b))
	if last := len(m.pieces) - 1; last >= 0 && m.pieces[last].data == nil {
		m.pieces[last].bytes = append(m.pieces[last].bytes, b...)
		return
	}
	m.pieces = append(m.pieces, piece{bytes: append([]byte(nil), b...)})
}

func (m *message) key(field, wire int) {
	m.append(binary.AppendUvarint(nil, uint64(field)<<3|uint64(wire)))
}

// number appends a field of a whole number that is not below 0.
func (m *message) number(field int, v int64) {
	m.key(field, wireVarint)
	m.append(binary.AppendUvarint(nil, uint64(v)))
}

// text appends a field of text, unless it is empty.
func (m *message) text(field int, s string) {
	if s == "" {
		return
	}
	m.length(field, int64(len(s)))
	m.append([]byte(s))
}

// data appends a field of n bytes, which write writes.
func (m *message) data(field int, n int64, write func(io.Writer) error) {
	m.length(field, n)
	m.later(piece{data: write, size: n})
}

func (m *message) later(p piece) {
	m.pieces = append(m.pieces, p)
	m.size += p.size
}

// message appends a field that is a message.
func (m *message) message(field int, inner *message) {
	m.length(field, inner.size)
	for _, p := range inner.pieces {
		if p.data == nil {
			m.append(p.bytes)
		} else {
			m.later(p)
		}
	}
}

func (m *message) length(field int, n int64) {
	m.key(field, wireBytes)
	m.append(binary.AppendUvarint(nil, uint64(n)))
}

func (m *message) write(w io.Writer) error {
	for _, p := range m.pieces {
		if p.data == nil {
			if _, err := w.Write(p.bytes); err != nil {
				return err
			}
		} else if err := p.data(w); err != nil {
			return err
		}
	}
	return nil
}

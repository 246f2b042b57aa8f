// Package safetensors reads and writes the safetensors format for arrays. It
// is our own because no well-kept Go library reads the format with bounded
// memory and all its rules enforced.
//
//	byte 0    ┌──────────────────────────────────────┐
//	          │ n, the header's length: 8 bytes      │
//	8         ├──────────────────────────────────────┤
//	          │ {"__metadata__":{…},"W1":{"dtype":   │
//	          │ "F32","shape":[784,500],             │
//	          │ "data_offsets":[0,1568000]},…}       │┄ spaces up to a multiple of 64
//	8 + n     ├──────────────────────────────────────┤
//	          │ the arrays, one behind the other     │
//	          └──────────────────────────────────────┘
//
// The data have no checksum: damage to them is a changed value and nothing
// else.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/array"
)

// MaxHeaderBytes bounds the header. The format allows 100 MB; a network's
// configuration stays far below.
const MaxHeaderBytes = 1 << 25

const (
	prefixBytes = 8
	alignment   = 64 // of the first array; those that follow have no gaps
	metadataKey = "__metadata__"
)

// File is what a safetensors file holds.
type File struct {
	Metadata map[string]string
	Arrays   []array.Array // in the order of their data
}

// Read reads a file from r, which must end where the file ends. The memory it
// takes is bounded by a small multiple of what r delivers.
func Read(r io.Reader) (*File, error) {
	var prefix [prefixBytes]byte
	if k, err := io.ReadFull(r, prefix[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("header: %w: %d bytes of %d", array.ErrTruncated, k, prefixBytes)
	} else if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if n > MaxHeaderBytes {
		return nil, fmt.Errorf("header: %w: %d bytes, at most %d allowed; is this a safetensors file?", array.ErrTooLarge, n, MaxHeaderBytes)
	}
	text, err := array.Read(r, int64(n))
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	f := &File{Metadata: h.metadata}
	for _, e := range h.entries {
		a := array.Array{Name: e.name, Type: e.dtype, Shape: e.shape}
		if a.Data, err = array.Read(r, e.end-e.begin); err != nil {
			return nil, fmt.Errorf("array %s: %w", array.Quote(e.name), err)
		}
		f.Arrays = append(f.Arrays, a)
	}
	return f, array.End(r)
}

// described is an array in the header, its fields in the order in which they
// are written.
type described struct {
	Type    array.Type `json:"dtype"`
	Shape   []int      `json:"shape"`
	Offsets [2]int64   `json:"data_offsets"`
}

// Write writes a file in its only form for these metadata and arrays: equal
// contents are equal bytes. The first array begins at a multiple of 64 bytes.
func Write(w io.Writer, metadata map[string]string, arrays []array.Source) error {
	if _, err := array.Total(arrays); err != nil {
		return err
	}
	header, err := header(metadata, arrays)
	if err != nil {
		return err
	}
	if len(header) > MaxHeaderBytes {
		return fmt.Errorf("%w: a header of %d bytes, at most %d allowed", array.ErrTooLarge, len(header), MaxHeaderBytes)
	}
	prefix := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(append(prefix, header...)); err != nil {
		return err
	}
	for _, a := range arrays {
		if err := a.Data(w); err != nil {
			return err
		}
	}
	return nil
}

// header returns the header, padded.
func header(metadata map[string]string, arrays []array.Source) ([]byte, error) {
	b, err := []byte{'{'}, error(nil)
	if len(metadata) > 0 {
		if b, err = appendField(b, metadataKey, metadata); err != nil {
			return nil, err
		}
	}
	var at int64
	for _, a := range arrays {
		n, err := a.Bytes()
		if err != nil {
			return nil, err
		}
		place := described{a.Type, append([]int{}, a.Shape...), [2]int64{at, at + n}}
		if b, err = appendField(b, a.Name, place); err != nil {
			return nil, err
		}
		at += n
	}
	b = append(b, '}')
	for (prefixBytes+len(b))%alignment != 0 {
		b = append(b, ' ')
	}
	return b, nil
}

// appendField appends a field to an object that is open.
func appendField(b []byte, key string, value any) ([]byte, error) {
	if len(b) > 1 {
		b = append(b, ',')
	}
	name, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(value)
	return append(append(append(b, name...), ':'), text...), err
}

package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// SectionKind says how a section of a .pff file is laid out.
type SectionKind uint16

// The kinds of sections. The first three are those of a Tensor.
const (
	PackedSection  = SectionKind(PackedTensor)
	VectorSection  = SectionKind(VectorTensor)
	LateralSection = SectionKind(LateralTensor)
	MixtureSection = SectionKind(4) // a component a row: weight, mean, Chol
	JSONSection    = SectionKind(5)
	// SignatureSection is what Sign adds: an Ed25519 key and its signature.
	SignatureSection = SectionKind(6)
	BytesSection     = SectionKind(7) // a Blob
)

// String returns the kind's name in FORMAT.md.
func (k SectionKind) String() string {
	switch k {
	case PackedSection:
		return "packed"
	case VectorSection:
		return "vector"
	case LateralSection:
		return "lateral"
	case MixtureSection:
		return "mixture"
	case JSONSection:
		return "json"
	case SignatureSection:
		return "signature"
	case BytesSection:
		return "bytes"
	}
	return fmt.Sprintf("kind %d", uint16(k))
}

// DType is the type of a section's values.
type DType uint16

// The types of values.
const (
	Text    DType = 1 // UTF-8
	Float32 DType = 2

	// Moments of 16 and 8 bits, see simd.Moments and FORMAT.md.
	First16  DType = 3
	Second16 DType = 4
	First8   DType = 5
	Second8  DType = 6

	Int8  DType = 7 // codes −127…127, see Int8Params
	Bytes DType = 8

	Residual8 DType = 9 // what learning keeps beside int8 codes, see Residuals
)

// String returns the type's name in FORMAT.md.
func (d DType) String() string {
	switch d {
	case Text:
		return "text"
	case Float32:
		return "float32"
	case First16:
		return "first16"
	case Second16:
		return "second16"
	case First8:
		return "first8"
	case Second8:
		return "second8"
	case Int8:
		return "int8"
	case Bytes:
		return "bytes"
	case Residual8:
		return "residual8"
	}
	return fmt.Sprintf("type %d", uint16(d))
}

// size returns the bytes of a value.
func (d DType) size() int {
	switch d {
	case Float32:
		return 4
	case First16, Second16:
		return 2
	}
	return 1
}

// Section is an entry of a .pff file's section table.
type Section struct {
	Name       string
	Kind       SectionKind
	DType      DType
	Rows, Cols int    // logical shape; 0×0 for JSON
	Offset     int64  // of the first byte, a multiple of 64
	Bytes      int64  // length without the padding up to the next section
	CRC        uint32 // CRC-32C of these bytes
}

// end returns where the section after s starts, or the file ends.
func (s Section) end() int64 { return align(s.Offset + s.Bytes) }

func align(n int64) int64 { return (n + alignment - 1) / alignment * alignment }

const nameBytes = 24

func (s Section) appendTo(table []byte) []byte {
	table = append(table, make([]byte, entryBytes)...)
	b := table[len(table)-entryBytes:]
	le := binary.LittleEndian
	copy(b[:nameBytes], s.Name)
	le.PutUint16(b[24:], uint16(s.Kind))
	le.PutUint16(b[26:], uint16(s.DType))
	le.PutUint32(b[28:], s.CRC)
	le.PutUint32(b[32:], uint32(s.Rows))
	le.PutUint32(b[36:], uint32(s.Cols))
	le.PutUint64(b[40:], uint64(s.Offset))
	le.PutUint64(b[48:], uint64(s.Bytes))
	return table
}

// parseEntry reads the entryBytes bytes b. It refuses what appendTo would
// write otherwise; whether the section makes sense is for the caller to say.
func parseEntry(b []byte) (Section, error) {
	le := binary.LittleEndian
	name, padding, _ := bytes.Cut(b[:nameBytes], []byte{0})
	rows, cols := le.Uint32(b[32:]), le.Uint32(b[36:])
	offset, length := le.Uint64(b[40:]), le.Uint64(b[48:])
	switch {
	case !allZero(padding) || !allZero(b[56:64]):
		return Section{}, fmt.Errorf("%w: reserved bytes are not zero", ErrFormat)
	case rows > math.MaxInt32 || cols > math.MaxInt32 || offset > maxFileBytes || length > maxFileBytes:
		return Section{}, fmt.Errorf("%w: section %q is %d×%d, %d bytes from byte %d", ErrTooLarge, name, rows, cols, length, offset)
	}
	return Section{
		Name: string(name), Kind: SectionKind(le.Uint16(b[24:])), DType: DType(le.Uint16(b[26:])),
		CRC: le.Uint32(b[28:]), Rows: int(rows), Cols: int(cols), Offset: int64(offset), Bytes: int64(length),
	}, nil
}

// difference says what keeps s from being the section that must stand in
// its place, or returns nil. Checksums are not compared.
func (s Section) difference(want Section) error {
	switch {
	case s.Name != want.Name:
		return fmt.Errorf("%w: section %q where %q belongs", ErrFormat, s.Name, want.Name)
	case s.Kind != want.Kind || s.DType != want.DType:
		return fmt.Errorf("%w: section %q is %v of %v, want %v of %v", ErrFormat, s.Name, s.Kind, s.DType, want.Kind, want.DType)
	case s.Rows != want.Rows || s.Cols != want.Cols:
		return fmt.Errorf("%w: section %q is %d×%d, want %d×%d", ErrFormat, s.Name, s.Rows, s.Cols, want.Rows, want.Cols)
	case s.Offset != want.Offset || s.Bytes != want.Bytes:
		return fmt.Errorf("%w: section %q has %d bytes from byte %d, want %d from byte %d", ErrFormat, s.Name, s.Bytes, s.Offset, want.Bytes, want.Offset)
	}
	return nil
}

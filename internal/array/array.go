// Package array holds what the formats for exchanging arrays have in common:
// a named array as it was read, one as it is to be written, the types of
// values, and reading in which memory grows only with what has arrived.
//
// Data are little-endian and in C order, the last index varying fastest,
// whatever the file said.
package array

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode"
)

// What can be wrong with a file of arrays.
var (
	ErrFormat    = errors.New("malformed")
	ErrTruncated = errors.New("file ends too early")
	ErrTooLarge  = errors.New("too large")
	ErrType      = errors.New("unsupported type")
	ErrValue     = errors.New("invalid value")
)

// Limits of a file of arrays.
const (
	MaxBytes = 1 << 32 // of all arrays together
	MaxRank  = 32      // dimensions of an array
)

// Array is a named array that was read from a file.
type Array struct {
	Name  string
	Type  Type
	Shape []int  // no dimensions: a single value
	Data  []byte // little-endian, C order; of Text, UTF-8
}

// Type is the type of an array's values, under the name that safetensors has
// for it.
type Type string

// The types that arrays are converted from; files may hold others.
const (
	F16  Type = "F16" // IEEE 754 binary16
	BF16 Type = "BF16"
	F32  Type = "F32"
	F64  Type = "F64"
	I8   Type = "I8"
	U8   Type = "U8"
	Bool Type = "BOOL"
	// Text is a single string, which NumPy has and safetensors has not.
	Text Type = "text"
)

var sizes = map[Type]int{
	Bool: 1, U8: 1, I8: 1, "F8_E4M3": 1, "F8_E5M2": 1, F16: 2, BF16: 2, "I16": 2, "U16": 2,
	F32: 4, "I32": 4, "U32": 4, F64: 8, "I64": 8, "U64": 8,
}

// Size returns the bytes of a value, 0 for a type that is not known or has no
// fixed size.
func (t Type) Size() int { return sizes[t] }

// Bytes returns the size of an array, at most MaxBytes.
func Bytes(shape []int, size int) (int64, error) {
	if len(shape) > MaxRank {
		return 0, fmt.Errorf("%w: %d dimensions, at most %d allowed", ErrTooLarge, len(shape), MaxRank)
	}
	n, empty := int64(size), false
	for _, d := range shape {
		switch {
		case d < 0 || d > math.MaxInt32:
			return 0, fmt.Errorf("%w: a dimension of %d, want 0…%d", ErrTooLarge, d, math.MaxInt32)
		case d == 0:
			empty = true
		case n > MaxBytes/int64(d):
			return 0, fmt.Errorf("%w: shape %v, at most %d bytes allowed", ErrTooLarge, shape, int64(MaxBytes))
		default:
			n *= int64(d)
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// Count returns the number of values of a shape.
func Count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Place names value i of an array for an error message: [3][4] in a matrix,
// "value 7" in a list.
func Place(shape []int, i int) string {
	if len(shape) < 2 {
		return fmt.Sprintf("value %d", i)
	}
	place := ""
	for at := len(shape) - 1; at >= 0; at-- {
		place = fmt.Sprintf("[%d]%s", i%shape[at], place)
		i /= shape[at]
	}
	return place
}

// Quote returns a name for an error message: as it is where it is plain, in
// quotes otherwise, and no longer than a line allows.
func Quote(name string) string {
	const most = 80
	plain := name != ""
	for _, r := range name {
		plain = plain && unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != unicode.ReplacementChar && r != '"'
	}
	if len(name) > most {
		return strconv.Quote(name[:most]) + "…"
	}
	if !plain {
		return strconv.Quote(name)
	}
	return name
}

package simd

import (
	"fmt"
	"unsafe"
)

// PanelWidth is the number of columns in one panel of a Packed matrix: 16
// float32 values, one cache line.
const PanelWidth = 16

// Matrix holds float32 activations, one sample a row.
//
// Columns Cols..Stride of every row are padding. They are zero in a new
// Matrix and every kernel keeps them zero, so kernels may read and write
// whole panels without a column tail.
type Matrix struct {
	Rows, Cols int
	Stride     int       // distance between rows in values, a multiple of PanelWidth
	Data       []float32 // Rows·Stride values
}

// NewMatrix returns a zero matrix of rows×cols.
//
// The stride is an odd number of cache lines: a stride of 2 KiB, say, would
// map every row's panel to the same few cache sets, and the column-wise
// reads of GemmTF32 would evict each other.
func NewMatrix(rows, cols int) Matrix {
	stride := Stride(cols)
	return Matrix{Rows: rows, Cols: cols, Stride: stride, Data: alignedFloats(rows * stride)}
}

// Stride returns the row stride that NewMatrix chooses for cols columns.
func Stride(cols int) int {
	lines := panels(cols)
	if lines%2 == 0 {
		lines++
	}
	return lines * PanelWidth
}

// Row returns the Cols values of row i.
func (m Matrix) Row(i int) []float32 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// PaddedRow returns row i with its padding, panels(Cols)·PanelWidth values.
func (m Matrix) PaddedRow(i int) []float32 {
	w := panels(m.Cols) * PanelWidth
	return m.Data[i*m.Stride : i*m.Stride+w : i*m.Stride+w]
}

// Slice returns rows lo..hi as a matrix that shares m's memory.
func (m Matrix) Slice(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Rows {
		panic(fmt.Sprintf("simd: rows %d:%d of a matrix with %d rows", lo, hi, m.Rows))
	}
	m.Data = m.Data[lo*m.Stride : hi*m.Stride]
	m.Rows = hi - lo
	return m
}

// Zero sets every value, padding included, to zero.
func (m Matrix) Zero() { clear(m.Data) }

// check panics unless m's fields agree with each other.
func (m Matrix) check(operation, operand string) {
	if m.Rows < 0 || m.Cols <= 0 || m.Stride < PaddedLen(m.Cols) || m.Stride%PanelWidth != 0 || len(m.Data) < m.Rows*m.Stride {
		panic(fmt.Sprintf("simd: %s: %s is malformed: %d×%d, stride %d, %d values", operation, operand, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}

// panels returns how many panels hold n columns.
func panels(n int) int { return (n + PanelWidth - 1) / PanelWidth }

// PaddedLen returns n rounded up to whole panels.
func PaddedLen(n int) int { return panels(n) * PanelWidth }

// NewVector returns n zero values followed by zero padding up to a whole
// panel, so that kernels may read whole panels of it. Its length is
// PaddedLen(n).
func NewVector(n int) []float32 { return alignedFloats(PaddedLen(n)) }

// alignedFloats returns n zero values whose first lies at the start of a
// cache line. Go does not move heap objects, so the alignment lasts.
func alignedFloats(n int) []float32 {
	const line = PanelWidth * 4
	if n == 0 {
		return nil
	}
	buf := make([]float32, n+PanelWidth-1)
	skip := 0
	if rest := uintptr(unsafe.Pointer(&buf[0])) % line; rest != 0 {
		skip = int(line-rest) / 4
	}
	return buf[skip : skip+n : skip+n]
}

// asBytes, asInt8s and asInt32s return x's memory as values of another type.
func asBytes(x []float32) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

func asInt8s(x []float32) []int8 {
	return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

func asInt32s(x []float32) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

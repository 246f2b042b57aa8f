package runtime

import (
	"unsafe"

	"github.com/pffedge/pffedge/simd"
)

// memory hands out scratch memory and counts it. While planning it only
// counts, and hands out shapes without values: what is planned is what the same
// code makes.
type memory struct {
	planning bool
	bytes    int64
}

// pageBytes is what Go's allocator rounds a block of more than largeBytes to.
const (
	pageBytes  = 8 << 10
	largeBytes = 32 << 10
)

// allocated returns the memory that n bytes take once Go has allocated them as
// one block.
func allocated(n int64) int64 {
	if n <= largeBytes {
		return n
	}
	return (n + pageBytes - 1) / pageBytes * pageBytes
}

func (m *memory) add(n int) { m.bytes += allocated(int64(n)) }

// aligned is what simd allocates for n values.
func aligned(n int) int {
	if n == 0 {
		return 0
	}
	return 4 * (n + simd.PanelWidth - 1)
}

// matrix is simd.NewMatrix.
func (m *memory) matrix(rows, cols int) simd.Matrix {
	stride := simd.Stride(cols)
	m.add(aligned(rows * stride))
	if m.planning {
		return simd.Matrix{Rows: rows, Cols: cols, Stride: stride}
	}
	return simd.NewMatrix(rows, cols)
}

// vector is simd.NewVector.
func (m *memory) vector(n int) []float32 {
	m.add(aligned(simd.PaddedLen(n)))
	if m.planning {
		return nil
	}
	return simd.NewVector(n)
}

// list makes n values of any type.
func list[T any](m *memory, n int) []T {
	var one T
	m.add(n * int(unsafe.Sizeof(one)))
	if m.planning {
		return nil
	}
	return make([]T, n)
}

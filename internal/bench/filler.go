package bench

import (
	"math/rand/v2"
	"unsafe"

	"github.com/pffedge/pffedge/simd"
)

// filler draws operands: values between −1 and 1, the same in every run.
type filler struct{ *rand.PCG }

func newFiller() filler { return filler{rand.NewPCG(1, 2)} }

func (f filler) next() float32 { return float32(int32(f.Uint64()>>32)) / (1 << 31) }

func (f filler) fill(x []float32) []float32 {
	for i := range x {
		x[i] = f.next()
	}
	return x
}

func (f filler) vector(n int) []float32 { return f.fill(simd.NewVector(n))[:n] }

func (f filler) matrix(rows, cols int) simd.Matrix {
	m := simd.NewMatrix(rows, cols)
	for r := range rows {
		f.fill(m.Row(r))
	}
	return m
}

func (f filler) packed(k, n int) simd.Packed {
	p := simd.NewPacked(k, n)
	for row := range k {
		for col := range n {
			p.Set(row, col, f.next())
		}
	}
	return p
}

func (f filler) activations(rows, cols int) simd.MatrixU7 {
	m := simd.NewMatrixU7(rows, cols)
	for r := range rows {
		row := m.Row(r)
		for i := range row {
			row[i] = uint8(f.Uint64() >> 57)
		}
	}
	return m
}

func (f filler) weights(k, n int) simd.PackedI8 {
	p := simd.NewPackedI8(k, n)
	for row := range k {
		for col := range n {
			p.Data[p.Index(row, col)] = int8(f.next() * 127)
		}
	}
	return p
}

func (f filler) sums(rows, cols int) simd.MatrixI32 {
	m := simd.NewMatrixI32(rows, cols)
	for r := range rows {
		row := m.Row(r)
		for i := range row {
			row[i] = int32(f.next() * 1e6)
		}
	}
	return m
}

// bytesOf returns the memory of x.
func bytesOf[T float32 | int32 | uint16 | int8](x []T) []byte {
	var value T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(value)))
}

package simd

import "fmt"

// MatrixU7 holds quantised activations, one sample a row: values 0…127 in
// bytes. Columns Cols..Stride of every row are zero.
type MatrixU7 struct {
	Rows, Cols int
	Stride     int     // distance between rows in bytes, a multiple of 64
	Data       []uint8 // Rows·Stride values
}

// MaxU7 is the largest quantised activation: the products of two activations
// with weights of ±127 add up to less than 2¹⁵, which lets every instruction
// set's int8 multiplication be exact.
const MaxU7 = 127

// lineBytes is the size of a cache line.
const lineBytes = 4 * PanelWidth

// NewMatrixU7 returns a zero matrix of rows×cols whose stride is an odd number
// of cache lines, see NewMatrix.
func NewMatrixU7(rows, cols int) MatrixU7 {
	stride := Stride((cols+3)/4) * 4
	return MatrixU7{Rows: rows, Cols: cols, Stride: stride, Data: asBytes(alignedFloats(rows * stride / 4))}
}

// Row returns the Cols values of row i.
func (m MatrixU7) Row(i int) []uint8 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

func (m MatrixU7) check(operation, operand string) {
	if m.Rows < 0 || m.Cols <= 0 || m.Stride < m.Cols || m.Stride%lineBytes != 0 || len(m.Data) < m.Rows*m.Stride {
		panic(fmt.Sprintf("simd: %s: %s is malformed: %d×%d, stride %d, %d values", operation, operand, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}

// MatrixI32 holds the sums of an int8 product, laid out like a Matrix.
type MatrixI32 struct {
	Rows, Cols int
	Stride     int // distance between rows in values, a multiple of PanelWidth
	Data       []int32
}

// NewMatrixI32 returns a zero matrix of rows×cols.
func NewMatrixI32(rows, cols int) MatrixI32 {
	stride := Stride(cols)
	return MatrixI32{Rows: rows, Cols: cols, Stride: stride, Data: asInt32s(alignedFloats(rows * stride))}
}

// Row returns the Cols values of row i.
func (m MatrixI32) Row(i int) []int32 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

func (m MatrixI32) check(operation, operand string) {
	if m.Rows < 0 || m.Cols <= 0 || m.Stride < PaddedLen(m.Cols) || m.Stride%PanelWidth != 0 || len(m.Data) < m.Rows*m.Stride {
		panic(fmt.Sprintf("simd: %s: %s is malformed: %d×%d, stride %d, %d values", operation, operand, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}

// PackedI8 is a K×N int8 weight matrix in panels of 16 columns and groups of 4
// rows, the layout that dot-product instructions read one cache line at a time:
//
//	Data[(((n/16)·⌈K/4⌉ + k/4)·16 + n%16)·4 + k%4] = q[k][n]
//
// Values are −127…127: −128 is left out, so that negation and the sum of two
// products stay in range. Rows past K and columns past N are zero.
type PackedI8 struct {
	K, N int
	Data []int8 // PackedLenI8(K, N) values
}

// groupsOf returns the number of groups of four that hold k rows.
func groupsOf(k int) int { return (k + 3) / 4 }

// PackedLenI8 returns the number of values, padding included, that a packed
// int8 K×N matrix holds.
func PackedLenI8(k, n int) int { return panels(n) * groupsOf(k) * lineBytes }

// NewPackedI8 returns a zero K×N matrix.
func NewPackedI8(k, n int) PackedI8 {
	return PackedI8{K: k, N: n, Data: asInt8s(alignedFloats(PackedLenI8(k, n) / 4))}
}

// Index returns the position of q[k][n] in Data.
func (p PackedI8) Index(k, n int) int {
	return (((n/PanelWidth)*groupsOf(p.K)+k/4)*PanelWidth+n%PanelWidth)*4 + k%4
}

// Panels returns the number of panels.
func (p PackedI8) Panels() int { return panels(p.N) }

// Panel returns panel j, ⌈K/4⌉·64 values.
func (p PackedI8) Panel(j int) []int8 {
	n := groupsOf(p.K) * lineBytes
	return p.Data[j*n : (j+1)*n : (j+1)*n]
}

// maxDepth is the largest K whose sums cannot leave 32 bits.
const maxDepth = (1<<31 - 1) / (MaxU7 * 127)

// sumDepth is how many rows ProductI8 sums in 32 bits at a time: whole groups,
// and no more than maxDepth.
const sumDepth = 1 << 17

func (p PackedI8) check(operation, operand string) {
	if p.K <= 0 || p.N <= 0 || len(p.Data) < PackedLenI8(p.K, p.N) {
		panic(fmt.Sprintf("simd: %s: %s is malformed: packed int8 %d×%d, %d values", operation, operand, p.K, p.N, len(p.Data)))
	}
}

// QuantizeU7 writes x·inverse, rounded to the nearest integer, ties to even,
// and clamped to 0…127, to dst; NaN becomes 0. inverse is one over the value
// of one step. dst must be at least as long as x.
func QuantizeU7(dst []uint8, x []float32, inverse float32) {
	if len(dst) < len(x) {
		tooShort("QuantizeU7", len(dst), len(x))
	}
	n := whole(len(x))
	if n > 0 {
		quantizeU7(dst[:n], x[:n], inverse)
	}
	quantizeU7Generic(dst[n:], x[n:], inverse)
}

// DequantizeI32 writes acc[i]·scale[i]·factor to dst: scale holds the values
// of one step of each column's weights, factor that of the row's activations.
// acc and scale must be at least as long as dst.
func DequantizeI32(dst []float32, acc []int32, scale []float32, factor float32) {
	scale = firstOf("DequantizeI32", scale, len(dst))
	if len(acc) < len(dst) {
		tooShort("DequantizeI32", len(acc), len(dst))
	}
	acc = acc[:len(dst)]
	n := whole(len(dst))
	if n > 0 {
		dequantizeI32(dst[:n], acc[:n], scale[:n], factor)
	}
	dequantizeI32Generic(dst[n:], acc[n:], scale[n:], factor)
}

// DequantizeAddI32 adds to dst what DequantizeI32 writes.
func DequantizeAddI32(dst []float32, acc []int32, scale []float32, factor float32) {
	scale = firstOf("DequantizeAddI32", scale, len(dst))
	if len(acc) < len(dst) {
		tooShort("DequantizeAddI32", len(acc), len(dst))
	}
	acc = acc[:len(dst)]
	n := whole(len(dst))
	if n > 0 {
		dequantizeAddI32(dst[:n], acc[:n], scale[:n], factor)
	}
	dequantizeAddI32Generic(dst[n:], acc[n:], scale[n:], factor)
}

// RequantizeU7 writes relu(acc[i]·scale[i] + bias[i]) to dst as QuantizeU7
// does: scale and bias carry the value of one step of acc in steps of dst.
// acc, scale and bias must be at least as long as dst.
func RequantizeU7(dst []uint8, acc []int32, scale, bias []float32) {
	scale, bias = firstOf("RequantizeU7", scale, len(dst)), firstOf("RequantizeU7", bias, len(dst))
	if len(acc) < len(dst) {
		tooShort("RequantizeU7", len(acc), len(dst))
	}
	acc = acc[:len(dst)]
	n := whole(len(dst))
	if n > 0 {
		requantizeU7(dst[:n], acc[:n], scale[:n], bias[:n])
	}
	requantizeU7Generic(dst[n:], acc[n:], scale[n:], bias[n:])
}

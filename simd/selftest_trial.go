package simd

import "fmt"

// trial runs checks: it draws operands, the same in each run, and keeps
// results until the next.
type trial struct {
	pool     *Pool
	absolute bool // operands without their signs
	coarse   bool // operands are multiples of ⅛: sums of their products are exact
	drawn    uint64
	operands []float32 // memory for operands, reused by every check: a start should touch little
	used     int       // of operands
	results  []result
	kept     []float64 // memory for results
}

// of runs a check on one implementation.
func (t *trial) of(c check, isa ISA, absolute bool) []result {
	active = isa
	t.absolute, t.coarse, t.drawn, t.used = absolute, false, 0, 0
	t.results, t.kept = t.results[:0], t.kept[:0]
	c.run(t)
	return t.results
}

// floats returns n zero values from the start of a cache line.
func (t *trial) floats(n int) []float32 {
	if t.operands == nil {
		t.operands = alignedFloats(1 << 14)
	}
	from, to := t.used, t.used+PaddedLen(n)
	if to > len(t.operands) {
		return alignedFloats(n)
	}
	t.used = to
	x := t.operands[from : from+n : from+n]
	clear(x)
	return x
}

// result holds values that an operation computed. float64 holds float32 and
// the integers exactly.
type result struct {
	what   string
	cols   int // of a matrix; 0 for a vector
	values []float64
}

// element names value i.
func (r result) element(i int) string {
	if r.cols == 0 {
		return fmt.Sprintf("%s[%d]", r.what, i)
	}
	return fmt.Sprintf("%s[%d][%d]", r.what, i/r.cols, i%r.cols)
}

// next returns a value from [−1, 1).
func (t *trial) next() float32 {
	t.drawn++
	bits := int32(splitmix(t.drawn) >> 32)
	v := float32(bits>>8) * (1.0 / (1 << 23))
	if t.coarse {
		v = float32(bits>>28) / 8
	}
	if t.absolute && v < 0 {
		v = -v
	}
	return v
}

func (t *trial) fill(x []float32) {
	for i := range x {
		x[i] = t.next()
	}
}

// zeros and zeroWeights return zero matrices.

func (t *trial) zeros(rows, cols int) Matrix {
	stride := Stride(cols)
	return Matrix{Rows: rows, Cols: cols, Stride: stride, Data: t.floats(rows * stride)}
}

func (t *trial) zeroWeights(k, n int) Packed {
	return Packed{K: k, N: n, Data: t.floats(PackedLen(k, n))}
}

func (t *trial) zeroSums(rows, cols int) MatrixI32 {
	stride := Stride(cols)
	return MatrixI32{Rows: rows, Cols: cols, Stride: stride, Data: asInt32s(t.floats(rows * stride))}
}

func (t *trial) matrix(rows, cols int) Matrix {
	m := t.zeros(rows, cols)
	for r := range rows {
		t.fill(m.Row(r))
	}
	return m
}

func (t *trial) packed(k, n int) Packed {
	p := t.zeroWeights(k, n)
	for row := range k {
		for col := range n {
			p.Set(row, col, t.next())
		}
	}
	return p
}

// moments returns packed values that are not negative.
func (t *trial) moments(k, n int) Packed {
	p := t.packed(k, n)
	squares(p.Data)
	return p
}

// lean returns moments of 16 or 8 bits, of all sizes up to 1.
func (t *trial) lean(n, bits int) Moments {
	m := Moments{Bits: bits}
	for range n {
		first, second := t.next(), t.next()
		switch bits {
		case 16:
			m.First16 = append(m.First16, uint16(first16.encode(first, 0)))
			m.Second16 = append(m.Second16, uint16(second16.encode(second*second*second*second, 0)))
		case 8:
			m.First8 = append(m.First8, uint8(first8.encode(first, 0)))
			m.Second8 = append(m.Second8, uint8(second8.encode(second*second*second*second, 0)))
		}
	}
	return m
}

// keepLean notes moments.
func (t *trial) keepLean(m Moments) {
	if m.Bits == 16 {
		keep(t, "m", m.First16...)
		keep(t, "v", m.Second16...)
		return
	}
	keep(t, "m", m.First8...)
	keep(t, "v", m.Second8...)
}

func squares(x []float32) []float32 {
	for i, v := range x {
		x[i] = v * v
	}
	return x
}

// row returns a vector with some awkward values: −0, denormals, large ones.
func (t *trial) row(n int) []float32 {
	x := t.floats(n)
	t.fill(x)
	for i := range x {
		switch t.drawn++; t.drawn % 29 {
		case 3:
			x[i] *= 0
		case 5:
			x[i] *= 0x1p-130
		case 7:
			x[i] *= 0x1p20
		}
	}
	return x
}

func (t *trial) activations(rows, cols int) MatrixU7 {
	stride := Stride((cols+3)/4) * 4
	m := MatrixU7{Rows: rows, Cols: cols, Stride: stride, Data: asBytes(t.floats(rows * stride / 4))}
	for r := range rows {
		row := m.Row(r)
		for i := range row {
			row[i] = uint8(64 + int(64*t.next())) // 0…127
		}
	}
	return m
}

func (t *trial) weights(k, n int) PackedI8 {
	p := PackedI8{K: k, N: n, Data: asInt8s(t.floats(PackedLenI8(k, n) / 4))}
	for row := range k {
		for col := range n {
			p.Data[p.Index(row, col)] = int8(127 * t.next())
		}
	}
	return p
}

// sums returns int32 values up to the largest that an int8 product has.
func (t *trial) sums(n int) []int32 {
	x := asInt32s(t.floats(n))
	for i := range x {
		x[i] = int32(t.next() * (1 << 30) * max(t.next(), 0x1p-20))
	}
	return x
}

// keep notes results; keepMatrix, keepPacked and keepSums those of matrices.

func keep[T float32 | int32 | uint16 | uint8](t *trial, what string, x ...T) {
	t.note(what, 0, widen(t, x))
}

func (t *trial) keepMatrix(m Matrix) {
	from := len(t.kept)
	for i := range m.Rows {
		widen(t, m.PaddedRow(i))
	}
	t.note("dst", PaddedLen(m.Cols), t.kept[from:])
}

func (t *trial) keepPacked(what string, p Packed) {
	from := len(t.kept)
	for k := range p.K {
		for n := range p.N {
			t.kept = append(t.kept, float64(p.At(k, n)))
		}
	}
	t.note(what, p.N, t.kept[from:])
}

func (t *trial) keepSums(m MatrixI32) {
	from := len(t.kept)
	for i := range m.Rows {
		widen(t, m.Row(i))
	}
	t.note("dst", m.Cols, t.kept[from:])
}

func (t *trial) note(what string, cols int, values []float64) {
	t.results = append(t.results, result{what, cols, values})
}

// widen adds x to the results' memory and returns it there.
func widen[T float32 | int32 | uint16 | uint8](t *trial, x []T) []float64 {
	from := len(t.kept)
	for _, v := range x {
		t.kept = append(t.kept, float64(v))
	}
	return t.kept[from:]
}

package simd

import "fmt"

// trial is one run of a check: it draws operands, the same in each, and keeps
// results.
type trial struct {
	pool     *Pool
	absolute bool // operands without their signs
	coarse   bool // operands are multiples of ⅛: sums of their products are exact
	drawn    uint64
	results  []result
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

func (t *trial) matrix(rows, cols int) Matrix {
	m := NewMatrix(rows, cols)
	for r := range rows {
		t.fill(m.Row(r))
	}
	return m
}

func (t *trial) packed(k, n int) Packed {
	p := NewPacked(k, n)
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

func squares(x []float32) []float32 {
	for i, v := range x {
		x[i] = v * v
	}
	return x
}

// row returns a vector with some awkward values: −0, denormals, large ones.
func (t *trial) row(n int) []float32 {
	x := make([]float32, n)
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
	m := NewMatrixU7(rows, cols)
	for r := range rows {
		row := m.Row(r)
		for i := range row {
			row[i] = uint8(64 + int(64*t.next())) // 0…127
		}
	}
	return m
}

func (t *trial) weights(k, n int) PackedI8 {
	p := NewPackedI8(k, n)
	for row := range k {
		for col := range n {
			p.Data[p.Index(row, col)] = int8(127 * t.next())
		}
	}
	return p
}

// sums returns int32 values up to the largest that an int8 product has.
func (t *trial) sums(n int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(t.next() * (1 << 30) * max(t.next(), 0x1p-20))
	}
	return x
}

// keepMatrix, keepPacked and keep note results.

func (t *trial) keepMatrix(m Matrix) {
	r := result{what: "dst", cols: PaddedLen(m.Cols)}
	for i := range m.Rows {
		r.values = append(r.values, widen(m.PaddedRow(i))...)
	}
	t.results = append(t.results, r)
}

func (t *trial) keepPacked(what string, p Packed) {
	values := make([]float32, p.K*p.N)
	p.Unpack(values)
	t.results = append(t.results, result{what: what, cols: p.N, values: widen(values)})
}

func (t *trial) keepSums(m MatrixI32) {
	r := result{what: "dst", cols: m.Cols}
	for i := range m.Rows {
		r.values = append(r.values, widen(m.Row(i))...)
	}
	t.results = append(t.results, r)
}

func keep[T float32 | int32 | uint8](t *trial, what string, x ...T) {
	t.results = append(t.results, result{what: what, values: widen(x)})
}

func widen[T float32 | int32 | uint8](x []T) []float64 {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide
}

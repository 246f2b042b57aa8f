package simd

// sparseRow holds the inputs of one sample that are not zero, in order.
type sparseRow struct {
	values []float32
	rows   []int32 // their positions; nil in an unused sparseRow
}

// sparseShare is the share of inputs, in quarters, up to which a row counts as
// sparse: there both ways take as long (measured with AVX2 at K = N = 500 and
// 2000; at a tenth the sparse one takes a fifth to an eighth of the time).
const sparseShare = 3

// nonzero gathers the values of x that are not zero, or returns an unused
// sparseRow where they are too many to be worth it. A NaN is not zero. The
// result is valid until the next call.
func (p *Pool) nonzero(x []float32) sparseRow {
	if cap(p.sparse.rows) < len(x) {
		p.sparse = sparseRow{make([]float32, len(x)), make([]int32, len(x))}
	}
	values, rows := p.sparse.values[:len(x)], p.sparse.rows[:len(x)]
	n := 0
	for i, v := range x {
		values[n], rows[n] = v, int32(i)
		if v != 0 {
			n++
		}
	}
	if 4*n > sparseShare*len(x) {
		return sparseRow{}
	}
	return sparseRow{values[:n], rows[:n]}
}

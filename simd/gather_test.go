package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGatherAdd(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 60, func(t *testing.T, f *fences, s source, x shape) {
		if x.m > 100 {
			return
		}
		b, dst := f.packed(x.k, x.n), f.matrix(x.m, x.n)
		s.fillPacked(b)
		s.fillMatrix(dst)
		before, rows := dst.clone(), make([]int, x.m)
		for i := range rows {
			rows[i] = s.IntN(x.k+1) - 1
		}
		p.GatherAddF32(dst, rows, 0.75, b)
		for i, k := range rows {
			for j, v := range before.Row(i) {
				if k >= 0 {
					v += float32(0.75 * b.At(k, j))
				}
				require.Equal(t, v, dst.Row(i)[j], "%v: row %d takes row %d, column %d", x, i, k, j)
			}
		}
		requireMatrixPadding(t, dst, "%v", x)
	})
}

// TestGatherAddIsAProduct compares with the product it stands for, on several
// threads.
func TestGatherAddIsAProduct(t *testing.T) {
	p, s := newTestPool(t, 3), newSource(61)
	b, oneHot := s.packed(10, 700), NewMatrix(500, 10)
	rows := make([]int, oneHot.Rows)
	for i := range rows {
		rows[i] = s.IntN(10)
		oneHot.Row(i)[rows[i]] = 5
	}
	want, got := NewMatrix(500, 700), NewMatrix(500, 700)
	p.GemmF32(want, oneHot, b)
	p.GatherAddF32(got, rows, 5, b)
	requireBits(t, want.Data, got.Data, "one-hot rows")
}

func TestGatherAddShapes(t *testing.T) {
	p, s := newTestPool(t, 1), newSource(62)
	b := s.packed(4, 20)
	for name, call := range map[string]func(dst Matrix){
		"more rows than indices": func(dst Matrix) { p.GatherAddF32(dst, []int{0}, 1, b) },
		"fewer columns":          func(dst Matrix) { p.GatherAddF32(dst, []int{0, 0}, 1, s.packed(4, 19)) },
		"an index too large":     func(dst Matrix) { p.GatherAddF32(dst, []int{0, 4}, 1, b) },
	} {
		dst := NewMatrix(2, 20)
		require.Panics(t, func() { call(dst) }, name)
		requireZeros(t, dst.Data, "%s: nothing may be written before the check", name)
	}
}

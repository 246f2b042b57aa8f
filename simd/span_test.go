package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpans(t *testing.T) {
	pool := NewPool(1)
	defer pool.Close()
	of := func(cols int, at ...int) []span {
		a := NewMatrixU7(1, cols)
		for _, i := range at {
			a.Row(0)[i] = 1
		}
		return pool.spansOfRow(a)
	}
	require.Empty(t, of(30))
	require.Equal(t, []span{{0, 8}}, of(30, 0, 12, 29))
	require.Equal(t, []span{{0, 1}, {7, 8}}, of(30, 3, 29))
	require.Equal(t, []span{{1, 6}}, of(30, 4, 20), "three groups between them")
	require.Equal(t, []span{{1, 2}, {6, 7}}, of(30, 4, 24), "four of them")
	require.Equal(t, []span{{24, 25}}, of(101, 99, 98))
	require.Equal(t, []span{{25, 26}}, of(101, 100))
	require.Nil(t, pool.spansOfRow(NewMatrixU7(2, 8)))
}

// TestSparseRowsI8: rows with few values give what their sums are by definition,
// also where a product adds to what is there or adds nothing.
func TestSparseRowsI8(t *testing.T) {
	const k, n = 203, 90
	eachISA(t, func(t *testing.T) {
		for _, threads := range []int{1, 2} {
			pool, s, b := NewPool(threads), newSource(3), NewPackedI8(k, n)
			for i := range k {
				for j := range n {
					b.Data[b.Index(i, j)] = int8(s.Uint32()%255) - 127
				}
			}
			for _, at := range [][]int{{}, {0}, {202}, {0, 17, 18, 100, 202}, {5, 6, 30, 60, 90, 120, 150, 180}} {
				a, dst, want := NewMatrixU7(1, k), NewMatrixI32(1, n), make([]int32, n)
				for _, i := range at {
					a.Row(0)[i] = uint8(1 + i%127)
					for j := range n {
						want[j] += int32(a.Row(0)[i]) * int32(b.Data[b.Index(i, j)])
					}
				}
				for i := range dst.Data {
					dst.Data[i] = -5
				}
				pool.GemmI8(dst, a, b)
				require.Equal(t, want, dst.Row(0), "%v", at)
				pool.GemmAddI8(dst, a, b)
				for j := range want {
					want[j] *= 2
				}
				require.Equal(t, want, dst.Row(0), "%v, added", at)
			}
			pool.Close()
		}
	})
}

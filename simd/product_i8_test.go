package simd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProductI8 holds every shape to the definition, bit by bit, over what an
// earlier product left in the scratch memory.
func TestProductI8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, threads := range []int{1, 3} {
			pool := NewPool(threads)
			for _, shape := range [][3]int{{1, 1, 1}, {1, 784, 500}, {2, 5, 17}, {10, 32, 33}, {13, 500, 130}, {0, 4, 16}, {2*SumRows + 7, 20, 40}} {
				m, k, n := shape[0], shape[1], shape[2]
				s := newSource(uint64(k))
				a, b := NewMatrixU7(m, k), NewPackedI8(k, n)
				for r := range m {
					for i := range k {
						a.Row(r)[i] = uint8(s.Uint32() % 128)
					}
				}
				for i := range k {
					for j := range n {
						b.Data[b.Index(i, j)] = int8(s.Uint32()%255) - 127
					}
				}
				scale, factor, sums := s.vector(n), s.vector(m), NewMatrixI32(min(m, SumRows), n+3)
				for i := range sums.Data {
					sums.Data[i] = 1 << 30
				}
				for _, add := range []bool{false, true} {
					dst := s.matrix(m, n)
					want := NewMatrix(m, n)
					for r := range m {
						for j := range n {
							var sum int32
							for i := range k {
								sum += int32(a.Row(r)[i]) * int32(b.Data[b.Index(i, j)])
							}
							v := float32(float32(float32(sum)*scale[j]) * factor[r])
							if add {
								v += dst.Row(r)[j]
							}
							want.Row(r)[j] = v
						}
					}
					pool.ProductI8(dst, sums, a, factor, b, scale, add)
					for r := range m {
						require.Equal(t, want.Row(r), dst.Row(r), "%v, %d threads, add %v", shape, threads, add)
					}
				}
			}
			pool.Close()
		}
	})
}

// TestProductI8OfManyRows: the largest values there are, over more rows than 32
// bits can sum up, give their exact sum.
func TestProductI8OfManyRows(t *testing.T) {
	const k, n, m = 2*sumDepth + 7, 3, 2
	require.LessOrEqual(t, sumDepth, maxDepth)
	require.Zero(t, sumDepth%4)
	a, b := NewMatrixU7(m, k), NewPackedI8(k, n)
	for r := range m {
		for i := range k {
			a.Row(r)[i] = MaxU7
		}
	}
	for i := range k {
		b.Data[b.Index(i, 0)], b.Data[b.Index(i, 1)], b.Data[b.Index(i, 2)] = 127, -127, int8(i%2)*127
	}
	factor, scale := []float32{1, 2}, []float32{1, 1, 0.5}
	eachISA(t, func(t *testing.T) {
		for _, threads := range []int{1, 2} {
			pool := NewPool(threads)
			for _, rows := range []int{1, m} { // one row has kernels of its own
				a, dst, sums := a, NewMatrix(rows, n), NewMatrixI32(rows, n)
				a.Rows = rows
				pool.ProductI8(dst, sums, a, factor, b, scale, false)
				for r := range rows {
					f := float64(factor[r])
					require.InEpsilonSlice(t, []float64{k * 127 * 127 * f, -k * 127 * 127 * f, k / 2 * 127 * 127 * f / 2}, float64s(dst.Row(r)), 1e-6)
				}
				before := float64s(dst.Row(0))
				pool.ProductI8(dst, sums, a, factor, b, scale, true)
				for i, v := range dst.Row(0) {
					require.InEpsilon(t, 2*before[i], float64(v), 1e-6)
				}
			}
			pool.Close()
		}
	})
}

func float64s(v []float32) (out []float64) {
	for _, x := range v {
		out = append(out, float64(x))
	}
	return out
}

func TestProductI8Panics(t *testing.T) {
	pool := NewPool(1)
	defer pool.Close()
	product := func(change func(dst *Matrix, sums *MatrixI32, scale, factor *[]float32)) (err error) {
		dst, sums, scale, factor := NewMatrix(2, 20), NewMatrixI32(2, 20), make([]float32, 20), make([]float32, 2)
		change(&dst, &sums, &scale, &factor)
		defer func() { err = fmt.Errorf("%v", recover()) }()
		pool.ProductI8(dst, sums, NewMatrixU7(2, 7), factor, NewPackedI8(7, 20), scale, false)
		return nil
	}
	for name, change := range map[string]func(dst *Matrix, sums *MatrixI32, scale, factor *[]float32){
		"rows":   func(dst *Matrix, _ *MatrixI32, _, _ *[]float32) { *dst = NewMatrix(3, 20) },
		"sums":   func(_ *Matrix, sums *MatrixI32, _, _ *[]float32) { *sums = NewMatrixI32(1, 20) },
		"scale":  func(_ *Matrix, _ *MatrixI32, scale, _ *[]float32) { *scale = (*scale)[1:] },
		"factor": func(_ *Matrix, _ *MatrixI32, _, factor *[]float32) { *factor = (*factor)[1:] },
	} {
		require.ErrorContains(t, product(change), "simd: ProductI8", name)
	}
	require.ErrorContains(t, product(func(*Matrix, *MatrixI32, *[]float32, *[]float32) {}), "<nil>")
}

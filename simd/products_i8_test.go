package simd

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// shapesI8 are products whose K and N leave tails: every m of 1…4 tiles and 3
// meets a few sizes, more of them where there is time.
func shapesI8() (list []shape) {
	height, _ := tileShapeI8()
	step := 1
	if !thorough() {
		step = 5
	}
	for m := 0; m <= 4*height+3; m++ {
		for n := 1 + m%step; n <= 3*PanelWidth+3; n += step + 5 {
			list = append(list, shape{m, 1 + (11*n+5*m)%39, n})
		}
	}
	return append(list, shape{1, 33, 9*PanelWidth + 5}, shape{13, 4*lineBlock + 7, 2*PanelWidth + 1}, // blocks of groups
		shape{blockBytes/(4*lineBlock) + 9, 4*lineBlock + 3, 5}, shape{2, 4100, 3})
}

// matrixU7, matrixI32 and packedI8 return zero operands inside fences.
func (f *fences) matrixU7(rows, cols int) MatrixU7 {
	stride := lineBytes * ((cols+lineBytes-1)/lineBytes + f.turn%3)
	return MatrixU7{Rows: rows, Cols: cols, Stride: stride, Data: asBytes(f.floats(rows * stride / 4))}
}

func (f *fences) matrixI32(rows, cols int) MatrixI32 {
	stride := PaddedLen(cols) + PanelWidth*(f.turn%3)
	return MatrixI32{Rows: rows, Cols: cols, Stride: stride, Data: f.int32s(rows * stride)}
}

func (f *fences) packedI8(k, n int) PackedI8 {
	return PackedI8{K: k, N: n, Data: f.weights(PackedLenI8(k, n))}
}

// fillMatrixU7 and fillPackedI8 draw the values and leave the padding zero.
func (s source) fillMatrixU7(m MatrixU7) {
	for r := range m.Rows {
		s.fillU7(m.Row(r))
	}
}

func (s source) fillPackedI8(p PackedI8) {
	for k := range p.K {
		for n := range p.N {
			s.fillS8(p.Data[p.Index(k, n):][:1])
		}
	}
}

// gemmI8Oracle returns the product's sums, row by row.
func gemmI8Oracle(a MatrixU7, b PackedI8) []int32 {
	want, column := make([]int32, a.Rows*b.N), make([]int32, b.K)
	for n := range b.N {
		for k := range column {
			column[k] = int32(b.Data[b.Index(k, n)])
		}
		for r := range a.Rows {
			var sum int32
			for k, x := range a.Row(r) {
				sum += int32(x) * column[k]
			}
			want[r*b.N+n] = sum
		}
	}
	return want
}

// TestGemmI8 compares the product, and the product added to what dst held,
// with plain sums. The padding of dst up to whole panels becomes zero, or
// stays zero; nothing behind it is written.
func TestGemmI8(t *testing.T) {
	p := newTestPool(t, 1)
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(60)
		for _, x := range shapesI8() {
			a, b, dst := f.matrixU7(x.m, x.k), f.packedI8(x.k, x.n), f.matrixI32(x.m, x.n)
			s.fillMatrixU7(a)
			s.fillPackedI8(b)
			s.fillSums(dst.Data) // padding included
			before := slices.Clone(dst.Data)
			want := gemmI8Oracle(a, b)
			p.GemmI8(dst, a, b)
			checkGemmI8(t, dst, want, before, x)
			p.GemmAddI8(dst, a, b)
			for i := range want {
				want[i] *= 2
			}
			checkGemmI8(t, dst, want, before, x)
			f.release("%v", x)
		}
	})
}

func checkGemmI8(t *testing.T, dst MatrixI32, want, before []int32, x shape) {
	t.Helper()
	width := PaddedLen(x.n)
	padding := make([]int32, width-x.n)
	for r := range x.m {
		row := dst.Data[r*dst.Stride : (r+1)*dst.Stride]
		requireSums(t, want[r*x.n:(r+1)*x.n], row[:x.n], "%v: row %d", x, r)
		requireSums(t, padding, row[x.n:width], "%v: padding of row %d", x, r)
		requireSums(t, before[r*dst.Stride+width:(r+1)*dst.Stride], row[width:], "%v: behind row %d", x, r)
	}
}

// TestGemmAddI8Wraps adds to sums next to the ends of 32 bits.
func TestGemmAddI8Wraps(t *testing.T) {
	p := newTestPool(t, 1)
	eachISA(t, func(t *testing.T) {
		for _, m := range []int{1, 5} {
			s, a, b, dst := newSource(61), NewMatrixU7(m, 9), NewPackedI8(9, 33), NewMatrixI32(m, 33)
			s.fillMatrixU7(a)
			s.fillPackedI8(b)
			want := gemmI8Oracle(a, b)
			for r := range m {
				for n := range dst.Row(r) {
					start := int32(1<<31 - 1)
					if n%2 == 0 {
						start = -1 << 31
					}
					dst.Row(r)[n] = start
					want[r*33+n] += start
				}
			}
			p.GemmAddI8(dst, a, b)
			for r := range m {
				requireSums(t, want[r*33:(r+1)*33], dst.Row(r), "row %d of %d", r, m)
			}
		}
	})
}

// TestGemmI8Threads shares out products that are just worth it; one has fewer
// panels than there are threads.
func TestGemmI8Threads(t *testing.T) {
	for _, x := range []shape{{1, 5000, 130}, {5, 7000, 17}, {67, 90, 100}} {
		require.GreaterOrEqual(t, work(x.m, x.k, x.n)/2, serialBelow, "%v", x)
		s, a, b := newSource(62), NewMatrixU7(x.m, x.k), NewPackedI8(x.k, x.n)
		s.fillMatrixU7(a)
		s.fillPackedI8(b)
		want := gemmI8Oracle(a, b)
		eachISA(t, func(t *testing.T) {
			for threads := 1; threads <= 3; threads++ {
				p, dst := newTestPool(t, threads), NewMatrixI32(x.m, x.n)
				p.GemmI8(dst, a, b)
				for r := range x.m {
					requireSums(t, want[r*x.n:(r+1)*x.n], dst.Row(r), "%v: row %d on %d threads", x, r, threads)
				}
			}
		})
	}
}

// TestGemmI8Shapes calls the product with operands that do not fit each
// other, or themselves: it panics and writes nothing.
func TestGemmI8Shapes(t *testing.T) {
	const untouched = 12345
	fitting := func() (MatrixI32, MatrixU7, PackedI8) {
		dst := NewMatrixI32(4, 35)
		for i := range dst.Data {
			dst.Data[i] = untouched
		}
		return dst, NewMatrixU7(4, 9), NewPackedI8(9, 35)
	}
	wrong := map[string]func(dst *MatrixI32, a *MatrixU7, b *PackedI8){
		"rows of dst":       func(dst *MatrixI32, _ *MatrixU7, _ *PackedI8) { dst.Rows = 3 },
		"columns of dst":    func(dst *MatrixI32, _ *MatrixU7, _ *PackedI8) { dst.Cols = 34 },
		"stride of dst":     func(dst *MatrixI32, _ *MatrixU7, _ *PackedI8) { dst.Stride = 32 },
		"odd stride of dst": func(dst *MatrixI32, _ *MatrixU7, _ *PackedI8) { dst.Stride = 47 },
		"data of dst":       func(dst *MatrixI32, _ *MatrixU7, _ *PackedI8) { dst.Data = dst.Data[:len(dst.Data)-1] },
		"negative rows":     func(dst *MatrixI32, a *MatrixU7, _ *PackedI8) { dst.Rows, a.Rows = -1, -1 },
		"columns of a":      func(_ *MatrixI32, a *MatrixU7, _ *PackedI8) { a.Cols = 8 },
		"stride of a":       func(_ *MatrixI32, a *MatrixU7, _ *PackedI8) { a.Stride = 16 },
		"data of a":         func(_ *MatrixI32, a *MatrixU7, _ *PackedI8) { a.Data = a.Data[:len(a.Data)-1] },
		"no columns":        func(_ *MatrixI32, a *MatrixU7, b *PackedI8) { a.Cols, b.K = 0, 0 },
		"rows of b":         func(_ *MatrixI32, _ *MatrixU7, b *PackedI8) { b.K = 10 },
		"columns of b":      func(_ *MatrixI32, _ *MatrixU7, b *PackedI8) { b.N = 36 },
		"data of b":         func(_ *MatrixI32, _ *MatrixU7, b *PackedI8) { b.Data = b.Data[:len(b.Data)-1] },
		"too deep":          func(_ *MatrixI32, a *MatrixU7, b *PackedI8) { a.Cols, b.K = maxDepth+1, maxDepth+1 },
	}
	p := newTestPool(t, 1)
	for name, spoil := range wrong {
		t.Run(name, func(t *testing.T) {
			for product, run := range map[string]func(MatrixI32, MatrixU7, PackedI8){"GemmI8": p.GemmI8, "GemmAddI8": p.GemmAddI8} {
				dst, a, b := fitting()
				all := dst.Data
				spoil(&dst, &a, &b)
				require.Panics(t, func() { run(dst, a, b) }, product)
				for i, v := range all {
					require.EqualValues(t, untouched, v, "%s wrote value %d", product, i)
				}
			}
		})
	}
	dst, a, b := fitting()
	require.NotPanics(t, func() { p.GemmI8(dst, a, b) })
}

// TestGemmI8DoesNotAllocate covers one row, tiles and threads.
func TestGemmI8DoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := newTestPool(t, 2)
	eachISA(t, func(t *testing.T) {
		for _, m := range []int{1, 40} {
			a, b, dst := NewMatrixU7(m, 700), NewPackedI8(700, 90), NewMatrixI32(m, 90)
			require.Zero(t, testing.AllocsPerRun(3, func() { p.GemmI8(dst, a, b) }), "%d rows", m)
		}
	})
}

// TestMaxDepth shows that the deepest sum allowed fits 32 bits and that one
// more product would not.
func TestMaxDepth(t *testing.T) {
	require.LessOrEqual(t, int64(maxDepth)*MaxU7*127, int64(1<<31-1))
	require.Greater(t, int64(maxDepth+1)*MaxU7*127, int64(1<<31-1))
}

package simd

import "fmt"

// ProductI8 computes, in float32, a product of quantised operands,
//
//	dst[r][n] = (float32(Σ_k a[r][k]·b[k][n])·scale[n])·factor[r]
//
// or adds it to dst, rounding after every operation: all implementations give
// the same bits. A sum over more than 131,072 k, which 32 bits might not hold, is
// computed in pieces of so many, each of which is added to the result of those
// before, in order. scale holds the value of one step of each column of b, factor
// that of each row of a.
//
// Shapes: dst M×N, a M×K, b K×N; sums, scratch memory, N columns or more and M
// rows or more, of which SumRows are enough; scale N or more, factor M or more.
func (p *Pool) ProductI8(dst Matrix, sums MatrixI32, a MatrixU7, factor []float32, b PackedI8, scale []float32, add bool) {
	sums.check("ProductI8", "sums")
	a.check("ProductI8", "a")
	b.check("ProductI8", "b")
	dst.check("ProductI8", "dst")
	if sums.Rows < min(a.Rows, SumRows) || sums.Cols < b.N {
		panic(fmt.Sprintf("simd: ProductI8: sums %d×%d for %d×%d", sums.Rows, sums.Cols, a.Rows, b.N))
	}
	if a.Cols != b.K || dst.Rows != a.Rows || dst.Cols != b.N || len(scale) < b.N || len(factor) < a.Rows {
		panic(fmt.Sprintf("simd: ProductI8: %d×%d with %d scales and %d factors = %d×%d · %d×%d", dst.Rows, dst.Cols, len(scale), len(factor), a.Rows, a.Cols, b.K, b.N))
	}
	if a.Rows == 0 {
		return
	}
	p.productI8 = productI8Task{p.taskI8(sums, a, b, false), dst, scale, factor, add}
	p.Run(&p.productI8, work(a.Rows, b.K, b.N)/2)
}

type productI8Task struct {
	gemmI8Task
	out           Matrix
	scale, factor []float32
	add           bool
}

// SumRows is how many rows ProductI8 computes at a time: their sums stay in the
// cache until they have become float32.
const SumRows = 120

// Part computes a share of the panels.
func (t *productI8Task) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	for top := 0; top < t.a.Rows; top += SumRows {
		t.rows(top, min(top+SumRows, t.a.Rows), lo, hi)
	}
}

// rows computes rows top…bottom of panels lo…hi.
func (t *productI8Task) rows(top, bottom, lo, hi int) {
	part := t.gemmI8Task // a list of groups is that of the only row
	part.a.Rows, part.a.Data = bottom-top, part.a.Data[top*part.a.Stride:]
	from, to := lo*PanelWidth, min(hi*PanelWidth, t.b.N)
	for g, end := 0, groupsOf(t.b.K); g < end; g += sumDepth / 4 {
		part.groups(lo, hi, g, min(g+sumDepth/4, end))
		for r := top; r < bottom; r++ {
			out, sums := t.out.Row(r)[from:to], part.dst.Row(r - top)[from:to]
			if t.add || g > 0 {
				DequantizeAddI32(out, sums, t.scale[from:to], t.factor[r])
			} else {
				DequantizeI32(out, sums, t.scale[from:to], t.factor[r])
			}
		}
	}
}

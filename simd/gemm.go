package simd

import "fmt"

// GemmF32 computes dst = a·b.
//
// Shapes: dst M×N, a M×K, b K×N, any M ≥ 0. dst must not overlap a.
func (p *Pool) GemmF32(dst, a Matrix, b Packed) { p.runGemm(dst, a, b, false) }

// GemmAddF32 computes dst += a·b, shapes as GemmF32.
func (p *Pool) GemmAddF32(dst, a Matrix, b Packed) { p.runGemm(dst, a, b, true) }

func (p *Pool) runGemm(dst, a Matrix, b Packed, accumulate bool) {
	dst.check("Gemm", "dst")
	a.check("Gemm", "a")
	b.check("Gemm", "b")
	if dst.Rows != a.Rows || dst.Cols != b.N || a.Cols != b.K {
		panic(fmt.Sprintf("simd: Gemm: %d×%d = %d×%d · %d×%d", dst.Rows, dst.Cols, a.Rows, a.Cols, b.K, b.N))
	}
	if a.Rows == 0 {
		return
	}
	p.gemm = gemmTask{dst, a, b, accumulate}
	p.Run(&p.gemm, work(a.Rows, b.K, b.N))
}

type gemmTask struct {
	dst, a     Matrix
	b          Packed
	accumulate bool
}

// blockValues bounds the values of a that one pass over the panels reuses:
// 192 KiB, less than any second-level cache the project runs on.
const blockValues = 192 << 10 / 4

// Part computes a share of dst's panels, block of rows by block of rows.
func (t *gemmTask) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	if t.a.Rows == 1 {
		t.row(lo, hi)
		return
	}
	block := max(blockValues/t.a.Stride/tileRows, 1) * tileRows
	for top := 0; top < t.a.Rows; top += block {
		bottom := min(top+block, t.a.Rows)
		for j := lo; j < hi; j++ {
			t.panelRows(j, top, bottom)
		}
	}
}

func (t *gemmTask) panelRows(j, top, bottom int) {
	weights := t.b.Panel(j)
	for r := top; r < bottom; r += tileRows {
		tileF32(min(tileRows, bottom-r), t.dst.Data[r*t.dst.Stride+j*PanelWidth:], t.dst.Stride,
			t.a.Data[r*t.a.Stride:], t.a.Stride, 1, weights, PanelWidth, t.b.K, t.accumulate)
	}
}

// row computes panels lo…hi of a single row, four at a time.
func (t *gemmTask) row(lo, hi int) {
	panelLen := t.b.K * PanelWidth
	for ; lo+4 <= hi; lo += 4 {
		rowPanelsF32(t.dst.Data[lo*PanelWidth:], t.a.Data, t.b.Data[lo*panelLen:], panelLen, t.b.K, t.accumulate)
	}
	for ; lo < hi; lo++ {
		t.panelRows(lo, 0, 1)
	}
}

// GemmTF32 computes dst = aᵀ·d, a gradient in the packed layout.
//
// Shapes: a M×K, d M×N, dst K×N. The padding of dst becomes zero if that of d
// is.
func (p *Pool) GemmTF32(dst Packed, a, d Matrix) {
	checkGemmT("GemmTF32", dst, a, d)
	p.gemmT = gemmTTask{dst, a, d}
	p.Run(&p.gemmT, work(a.Rows, a.Cols, d.Cols))
}

type gemmTTask struct {
	dst  Packed
	a, d Matrix
}

func (t *gemmTTask) Part(i, n int) {
	lo, hi := Share(t.dst.Panels(), i, n)
	for j := lo; j < hi; j++ {
		gradientPanel(t.dst.Panel(j), t.a, t.d, j)
	}
}

// gradientRows is how many rows of activations one pass of a gradient reads.
// Both operands are read down their columns, a page or half a page apart:
// more rows than this, and every read would miss the first-level TLB.
const gradientRows = 128

// gradientPanel computes panel j of aᵀ·d into dst, K·16 values, block of rows
// by block of rows.
func gradientPanel(dst []float32, a, d Matrix, j int) {
	if a.Rows == 0 {
		clear(dst)
		return
	}
	for top := 0; top < a.Rows; top += gradientRows {
		bottom := min(top+gradientRows, a.Rows)
		a, d := a.Slice(top, bottom), d.Slice(top, bottom)
		for k := 0; k < a.Cols; k += tileRows {
			gradientTile(dst[k*PanelWidth:], a, d, j, k, min(tileRows, a.Cols-k), top > 0)
		}
	}
}

// gradientTile computes rows k…k+rows of panel j of aᵀ·d into dst, a tile of
// rows×16, or adds them.
func gradientTile(dst []float32, a, d Matrix, j, k, rows int, accumulate bool) {
	tileF32(rows, dst, PanelWidth, a.Data[k:], 1, a.Stride, d.Data[j*PanelWidth:], d.Stride, a.Rows, accumulate)
}

// UpdateF32 computes the gradient aᵀ·d and applies one Adam step to w with its
// moments m and v, panel by panel: no gradient matrix is ever stored.
//
// Shapes: a M×K, d M×N; w, m, v K×N.
func (p *Pool) UpdateF32(w, m, v Packed, a, d Matrix, step AdamStep) {
	checkGemmT("UpdateF32", w, a, d)
	m.check("UpdateF32", "m")
	v.check("UpdateF32", "v")
	if m.K != w.K || m.N != w.N || v.K != w.K || v.N != w.N {
		panic(fmt.Sprintf("simd: UpdateF32: %d×%d weights, %d×%d and %d×%d moments", w.K, w.N, m.K, m.N, v.K, v.N))
	}
	p.reserve(w.K * PanelWidth)
	p.update = updateTask{w, m, v, a, d, step, p.scratch}
	p.Run(&p.update, work(a.Rows, a.Cols, d.Cols))
}

type updateTask struct {
	w, m, v Packed
	a, d    Matrix
	step    AdamStep
	scratch [][]float32 // a gradient panel for each thread
}

func (t *updateTask) Part(i, n int) {
	gradient := t.scratch[i][:t.w.K*PanelWidth]
	lo, hi := Share(t.w.Panels(), i, n)
	for j := lo; j < hi; j++ {
		gradientPanel(gradient, t.a, t.d, j)
		adamF32(t.w.Panel(j), t.m.Panel(j), t.v.Panel(j), gradient, &t.step)
	}
}

func checkGemmT(name string, dst Packed, a, d Matrix) {
	dst.check(name, "dst")
	a.check(name, "a")
	d.check(name, "d")
	if a.Rows != d.Rows || a.Cols != dst.K || d.Cols != dst.N {
		panic(fmt.Sprintf("simd: %s: %d×%d = (%d×%d)ᵀ · %d×%d", name, dst.K, dst.N, a.Rows, a.Cols, d.Rows, d.Cols))
	}
}

// GemmNTF32 computes dst = a·bᵀ, what carries an error back to a layer's own
// input.
//
// Shapes: dst M×K, a M×N, b K×N.
func (p *Pool) GemmNTF32(dst, a Matrix, b Packed) {
	dst.check("GemmNTF32", "dst")
	a.check("GemmNTF32", "a")
	b.check("GemmNTF32", "b")
	if dst.Rows != a.Rows || dst.Cols != b.K || a.Cols != b.N {
		panic(fmt.Sprintf("simd: GemmNTF32: %d×%d = %d×%d · (%d×%d)ᵀ", dst.Rows, dst.Cols, a.Rows, a.Cols, b.K, b.N))
	}
	p.dots = dotsTask{dst, a, b}
	p.Run(&p.dots, work(a.Rows, b.K, b.N))
}

type dotsTask struct {
	dst, a Matrix
	b      Packed
}

func (t *dotsTask) Part(i, n int) {
	lo, hi := Share(t.dst.Rows, i, n)
	panelLen := t.b.K * PanelWidth
	for r := lo; r < hi; r++ {
		dst, a := t.dst.Row(r), t.a.PaddedRow(r)
		k := 0
		for ; k+4 <= t.b.K; k += 4 {
			dotRowsF32(dst[k:], a, t.b.Data[k*PanelWidth:], panelLen, t.b.Panels())
		}
		t.lastDots(dst, a, k)
	}
}

// lastDots computes dst[k:], the rows that do not fill a group of four.
func (t *dotsTask) lastDots(dst, a []float32, k int) {
	for ; k < t.b.K; k++ {
		var sum float32
		for p := range t.b.Panels() {
			w := t.b.Panel(p)[k*PanelWidth : (k+1)*PanelWidth]
			for j, wj := range w {
				sum += float32(a[p*PanelWidth+j] * wj)
			}
		}
		dst[k] = sum
	}
}

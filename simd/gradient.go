package simd

import "fmt"

// GemmTF32 computes dst = aᵀ·d, a gradient in the packed layout.
//
// Shapes: a M×K, d M×N, dst K×N. The padding of dst becomes zero if that of d
// is.
func (p *Pool) GemmTF32(dst Packed, a, d Matrix) {
	checkGemmT("GemmTF32", dst, a, d)
	p.runGradient(gradientTask{w: dst, a: a, d: d, end: storeGradient})
}

// GemmTAddF32 computes dst += aᵀ·d, shapes as GemmTF32.
func (p *Pool) GemmTAddF32(dst Packed, a, d Matrix) {
	checkGemmT("GemmTAddF32", dst, a, d)
	p.runGradient(gradientTask{w: dst, a: a, d: d, end: addGradient})
}

// UpdateF32 computes the gradient aᵀ·d and applies one Adam step to w with its
// moments m and v, piece by piece: no gradient matrix is ever stored.
//
// Shapes: a M×K, d M×N; w, m, v K×N.
func (p *Pool) UpdateF32(w, m, v Packed, a, d Matrix, step AdamStep) {
	checkGemmT("UpdateF32", w, a, d)
	m.check("UpdateF32", "m")
	v.check("UpdateF32", "v")
	if m.K != w.K || m.N != w.N || v.K != w.K || v.N != w.N {
		panic(fmt.Sprintf("simd: UpdateF32: %d×%d weights, %d×%d and %d×%d moments", w.K, w.N, m.K, m.N, v.K, v.N))
	}
	p.runGradient(gradientTask{w: w, m: m, v: v, a: a, d: d, adam: step, end: stepAdam})
}

// UpdateSGDF32 computes the gradient aᵀ·d and applies one step of plain
// gradient descent to w, piece by piece.
//
// Shapes: a M×K, d M×N; w K×N.
func (p *Pool) UpdateSGDF32(w Packed, a, d Matrix, step SGDStep) {
	checkGemmT("UpdateSGDF32", w, a, d)
	p.runGradient(gradientTask{w: w, a: a, d: d, sgd: step, end: stepSGD})
}

func checkGemmT(name string, dst Packed, a, d Matrix) {
	dst.check(name, "dst")
	a.check(name, "a")
	d.check(name, "d")
	if a.Rows != d.Rows || a.Cols != dst.K || d.Cols != dst.N {
		panic(fmt.Sprintf("simd: %s: %d×%d = (%d×%d)ᵀ · %d×%d", name, dst.K, dst.N, a.Rows, a.Cols, d.Rows, d.Cols))
	}
}

func (p *Pool) runGradient(t gradientTask) {
	p.reserve(gradientChunk * PanelWidth)
	t.scratch = p.scratch
	p.gradient = t
	p.Run(&p.gradient, work(t.a.Rows, t.a.Cols, t.d.Cols))
}

// ending is what becomes of a finished gradient.
type ending int

const (
	storeGradient ending = iota
	addGradient
	stepAdam
	stepSGD
)

type gradientTask struct {
	w, m, v Packed // w is the plain gradient's destination too
	a, d    Matrix
	adam    AdamStep
	sgd     SGDStep
	end     ending
	scratch [][]float32 // gradientChunk·16 values for each thread
}

const (
	// gradientRows is how many rows of activations one pass of a gradient
	// reads. Both operands are read down their columns, a page or half a page
	// apart: more rows than this, and every read would miss the first-level TLB.
	gradientRows = 128
	// gradientChunk is how many rows of a panel of weights are finished at a
	// time: their gradient (12 KiB) stays in the first-level cache.
	gradientChunk = 192
)

func (t *gradientTask) Part(i, n int) {
	lo, hi := Share(t.w.Panels(), i, n)
	for j := lo; j < hi; j++ {
		for k := 0; k < t.w.K; k += gradientChunk {
			t.chunk(t.scratch[i], j, k, min(gradientChunk, t.w.K-k))
		}
	}
}

// chunk finishes rows k…k+rows of panel j.
func (t *gradientTask) chunk(scratch []float32, j, k, rows int) {
	from, to := t.w.Index(k, j*PanelWidth), t.w.Index(k, j*PanelWidth)+rows*PanelWidth
	w := t.w.Data[from:to]
	switch t.end {
	case storeGradient:
		t.product(w, j, k, rows, false)
	case addGradient:
		t.product(w, j, k, rows, true)
	case stepAdam:
		gradient := scratch[:len(w)]
		t.product(gradient, j, k, rows, false)
		adamF32(w, t.m.Data[from:to], t.v.Data[from:to], gradient, &t.adam)
	case stepSGD:
		gradient := scratch[:len(w)]
		t.product(gradient, j, k, rows, false)
		sgdF32(w, gradient, &t.sgd)
	}
}

// product computes rows k…k+rows of panel j of aᵀ·d into dst, or adds them,
// block of samples by block of samples.
func (t *gradientTask) product(dst []float32, j, k, rows int, accumulate bool) {
	if t.a.Rows == 0 && !accumulate {
		clear(dst)
	}
	height, _ := tileShape()
	for top := 0; top < t.a.Rows; top += gradientRows {
		samples := min(gradientRows, t.a.Rows-top)
		a, d := t.a.Data[top*t.a.Stride+k:], t.d.Data[top*t.d.Stride+j*PanelWidth:]
		for r := 0; r < rows; r += height {
			tileF32(min(height, rows-r), 1, dst[r*PanelWidth:], PanelWidth, 0,
				a[r:], 1, t.a.Stride, d, t.d.Stride, 0, samples, accumulate || top > 0)
		}
	}
}

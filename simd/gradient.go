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
	t.chunk = gradientChunk(t.a.Rows, t.w.K)
	p.reserve(t.chunk * (PanelWidth + t.a.Rows))
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
	chunk   int         // rows of a panel of weights that are finished at a time
	scratch [][]float32 // for each thread: a chunk's gradient, then its columns of a
}

// packedValues bounds the values of a that a chunk of rows needs: 256 KiB, so
// that they stay in the second-level cache while every panel of d passes.
const packedValues = 256 << 10 / 4

// gradientChunk returns how many rows of weights to finish at a time, a
// multiple of the tile's height but for the last: few enough that their
// gradient (12 KiB) stays in the first-level cache and their inputs, samples
// values each, in the second.
func gradientChunk(samples, k int) int {
	const most = 192
	height, _ := tileShape()
	rows := min(most, packedValues/max(samples, 1)) / height * height
	return min(max(rows, height), (k+height-1)/height*height)
}

func (t *gradientTask) Part(i, n int) {
	lo, hi := Share(t.w.Panels(), i, n)
	gradient, inputs := t.scratch[i][:t.chunk*PanelWidth], t.scratch[i][t.chunk*PanelWidth:]
	for k := 0; k < t.w.K; k += t.chunk {
		rows := min(t.chunk, t.w.K-k)
		t.pack(inputs, k, rows)
		for j := lo; j < hi; j++ {
			t.finish(gradient, inputs, j, k, rows)
		}
	}
}

// pack copies columns k…k+rows of a to dst, tile by tile: the values that one
// step of a tile needs lie side by side, those of the next step behind them.
// Read where they are, a page apart, nearly every one would miss the TLB.
func (t *gradientTask) pack(dst []float32, k, rows int) {
	height, _ := tileShape()
	samples := t.a.Rows
	for r := range samples {
		row := t.a.Data[r*t.a.Stride+k:][:rows]
		at := r * height
		for len(row) > height {
			copy(dst[at:at+height], row)
			row = row[height:]
			at += samples * height
		}
		copy(dst[at:], row)
	}
}

// finish computes rows k…k+rows of panel j and hands them to the task's end.
func (t *gradientTask) finish(scratch, inputs []float32, j, k, rows int) {
	from := t.w.Index(k, j*PanelWidth)
	to := from + rows*PanelWidth
	w, gradient := t.w.Data[from:to], scratch[:rows*PanelWidth]
	switch t.end {
	case storeGradient:
		t.product(w, inputs, j, rows, false)
	case addGradient:
		t.product(w, inputs, j, rows, true)
	case stepAdam:
		t.product(gradient, inputs, j, rows, false)
		adamF32(w, t.m.Data[from:to], t.v.Data[from:to], gradient, &t.adam)
	case stepSGD:
		t.product(gradient, inputs, j, rows, false)
		sgdF32(w, gradient, &t.sgd)
	}
}

// product computes rows of panel j of aᵀ·d into dst, or adds them.
func (t *gradientTask) product(dst, inputs []float32, j, rows int, accumulate bool) {
	samples := t.a.Rows
	if samples == 0 {
		if !accumulate {
			clear(dst)
		}
		return
	}
	height, _ := tileShape()
	for r := 0; r < rows; r += height {
		tileF32(min(height, rows-r), 1, dst[r*PanelWidth:], PanelWidth, 0,
			inputs[r*samples:], 1, height, t.d.Data[j*PanelWidth:], t.d.Stride, 0, samples, accumulate)
	}
}

package simd

// ColumnUpdateF32 applies one Adam step to a bias vector whose gradient is the
// column sums of d. Scratch must be as long as the bias, padding included.
func (p *Pool) ColumnUpdateF32(w, m, v, scratch []float32, d Matrix, step AdamStep) {
	checkMoments("ColumnUpdateF32", w, m, v, scratch)
	p.ColumnSumsF32(scratch, d)
	AdamF32(w, m, v, scratch, step)
}

// ColumnSumsF32 writes Σ_r d[r][j] to dst, one value a column, padding
// included.
func (p *Pool) ColumnSumsF32(dst []float32, d Matrix) {
	d.check("ColumnSumsF32", "d")
	width := PaddedLen(d.Cols)
	if len(dst) != width {
		panic("simd: ColumnSumsF32: dst is not as wide as the padded rows")
	}
	p.sums = sumsTask{dst, d}
	p.Run(&p.sums, d.Rows*width)
}

type sumsTask struct {
	dst []float32
	d   Matrix
}

func (t *sumsTask) Part(i, n int) {
	lo, hi := Share(panels(t.d.Cols), i, n)
	lo, hi = lo*PanelWidth, hi*PanelWidth
	dst := t.dst[lo:hi]
	clear(dst)
	for r := range t.d.Rows {
		AxpyF32(dst, t.d.Data[r*t.d.Stride+lo:r*t.d.Stride+hi], 1)
	}
}

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
	height, _ := tileShape()
	t.depth = gradientDepth(t.a.Rows, t.w.K, height)
	t.group = gradientGroup(t.a.Rows, t.w.Panels(), p.threads)
	t.chunk = gradientChunk
	if len(t.w.Data) > cachedWeights && t.depth > gradientChunk {
		t.chunk = streamedChunk
	}
	p.reserve(gradientChunk*PanelWidth + t.a.Rows*(t.depth+t.group*PanelWidth))
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
	depth   int         // rows of weights whose inputs are packed at a time
	group   int         // panels of weights whose errors are packed at a time
	scratch [][]float32 // for each thread: the gradient of a chunk, packed inputs, packed errors
}

// The operands of a gradient are read down their columns, a page or half a
// page apart: nearly every value would miss the TLB, so they are copied to
// where they are read one after the other. inputValues bounds the copy of a,
// which serves every panel of a group and stays in the second-level cache
// (256 KiB); errorValues that of d, which serves all rows of weights (8 MiB).
const (
	inputValues = 256 << 10 / 4
	errorValues = 8 << 20 / 4
)

const (
	// gradientChunk is how many rows of a panel are finished at a time, a
	// multiple of every tile's height: their gradient (12 KiB) stays in the
	// first-level cache. Of more than cachedWeights, which with their moments
	// leave the caches (12 MiB), only streamedChunk: memory is idle while tiles
	// compute, but for what is already on its way.
	gradientChunk = 192
	streamedChunk = 48
	cachedWeights = 1 << 20
	// sampleBlock is how many samples the tiles of a chunk pass over before the
	// next ones: their errors (32 KiB) stay in the first-level cache.
	sampleBlock = 512
	// fewSamples is where a tile takes no longer than its weights and moments do
	// to arrive: below, the hardware's own prefetching is better left alone.
	fewSamples = 8
)

// gradientDepth returns how many rows of weights to pack the inputs of at a
// time, a multiple of the tile's height.
func gradientDepth(samples, k, height int) int {
	rows := max(inputValues/max(samples, 1)/height, 1) * height
	return min(rows, (k+height-1)/height*height)
}

// gradientGroup returns how many of a thread's panels to take at a time.
func gradientGroup(samples, panels, threads int) int {
	share := (panels + threads - 1) / threads
	return min(max(errorValues/PanelWidth/max(samples, 1), 8), share)
}

func (t *gradientTask) Part(i, n int) {
	lo, hi := Share(t.w.Panels(), i, n)
	gradient := t.scratch[i][:gradientChunk*PanelWidth]
	inputs := t.scratch[i][len(gradient):]
	errors := inputs[t.a.Rows*t.depth:]
	for ; lo < hi; lo += t.group {
		panels := min(t.group, hi-lo)
		t.packErrors(errors, lo, panels)
		for k := 0; k < t.w.K; k += t.depth {
			rows := min(t.depth, t.w.K-k)
			t.packInputs(inputs, k, rows)
			for j := range panels {
				t.rows(gradient, inputs, errors[j*t.d.Rows*PanelWidth:], lo+j, k, rows)
			}
		}
	}
}

// rows finishes rows k…k+rows of panel j, chunk by chunk.
func (t *gradientTask) rows(gradient, inputs, errors []float32, j, k, rows int) {
	for r := 0; r < rows; r += t.chunk {
		t.finish(gradient, inputs[r*t.a.Rows:], errors, j, k+r, min(t.chunk, rows-r))
	}
}

// packErrors copies panels j…j+panels of d to dst, a panel after the other.
func (t *gradientTask) packErrors(dst []float32, j, panels int) {
	if samples := t.d.Rows; samples > 0 {
		packErrorsF32(dst, t.d.Data[j*PanelWidth:], t.d.Stride, samples, panels, samples*PanelWidth)
	}
}

// packInputs copies columns k…k+rows of a to dst, tile by tile; the last tile
// may be lower, but not narrower.
func (t *gradientTask) packInputs(dst []float32, k, rows int) {
	samples := t.a.Rows
	if samples == 0 {
		return
	}
	height, _ := tileShape()
	tiles, rest := rows/height, rows%height
	packInputsF32(height, dst, t.a.Data[k:], t.a.Stride, samples, tiles, samples*height)
	for s := range samples {
		copy(dst[(tiles*samples+s)*height:], t.a.Data[s*t.a.Stride+k+tiles*height:][:rest])
	}
}

// finish computes rows k…k+rows of panel j and hands them to the task's end.
func (t *gradientTask) finish(scratch, inputs, errors []float32, j, k, rows int) {
	from := t.w.Index(k, j*PanelWidth)
	to := from + rows*PanelWidth
	w, gradient := t.w.Data[from:to], scratch[:rows*PanelWidth]
	switch t.end {
	case storeGradient:
		t.product(w, inputs, errors, rows, false, nil)
	case addGradient:
		t.product(w, inputs, errors, rows, true, nil)
	case stepAdam:
		m, v := t.m.Data[from:to], t.v.Data[from:to]
		soon := &[3]*float32{&w[0], &m[0], &v[0]}
		if t.a.Rows < fewSamples {
			soon = nil
		}
		t.product(gradient, inputs, errors, rows, false, soon)
		adamF32(w, m, v, gradient, &t.adam)
	case stepSGD:
		t.product(gradient, inputs, errors, rows, false, nil)
		sgdF32(w, gradient, &t.sgd)
	}
}

// product computes rows of a panel of aᵀ·d into dst, or adds them. See
// eachTile for soon.
func (t *gradientTask) product(dst, inputs, errors []float32, rows int, accumulate bool, soon *[3]*float32) {
	samples := t.a.Rows
	if samples == 0 {
		if !accumulate {
			clear(dst)
		}
		return
	}
	height, _ := tileShape()
	tiles, rest := rows/height, rows%height
	for top := 0; top < samples; top += sampleBlock {
		steps, accumulate := min(sampleBlock, samples-top), accumulate || top > 0
		a, b := inputs[top*height:], errors[top*PanelWidth:]
		tilesF32(tiles, height, 1, dst, height*PanelWidth, PanelWidth, 0, a, height*samples, 1, height, b, PanelWidth, 0, steps, accumulate, soon)
		if rest > 0 {
			tileF32(rest, 1, dst[tiles*height*PanelWidth:], PanelWidth, 0, a[tiles*height*samples:], 1, height, b, PanelWidth, 0, steps, accumulate)
		}
		soon = nil
	}
}

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
	p.reserve(GradientScratch(t.a.Rows, t.w.K, t.w.N, p.threads))
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
	stepLean
)

type gradientTask struct {
	w, m, v Packed // w is the plain gradient's destination too
	a, d    Matrix
	adam    AdamStep
	sgd     SGDStep
	lean    *Moments // of 16 or 8 bits, instead of m and v
	start   uint32   // of the random bits that round them
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
	_, width := tileShape()
	gradient := t.scratch[i][:width*gradientChunk*PanelWidth]
	inputs := t.scratch[i][len(gradient):]
	errors := inputs[t.a.Rows*t.depth:]
	for ; lo < hi; lo += t.group {
		panels := min(t.group, hi-lo)
		t.packErrors(errors, lo, panels)
		for k := 0; k < t.w.K; k += t.depth {
			rows := min(t.depth, t.w.K-k)
			t.packInputs(inputs, k, rows)
			for j := 0; j < panels; j += width {
				part := gradientPart{gradientTask: t, panels: min(width, panels-j), gradient: gradient, inputs: inputs, errors: errors[j*t.d.Rows*PanelWidth:]}
				part.rows(lo+j, k, rows)
			}
		}
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

// gradientPart is what a thread works on: the gradient of one panel or of two
// neighbouring ones, from packed operands.
type gradientPart struct {
	*gradientTask
	panels         int
	gradient       []float32 // a chunk of each panel, gradientChunk rows apart
	inputs, errors []float32
	ahead          weightsAhead
}

// rows finishes rows k…k+rows of the panels from j on, chunk by chunk.
func (p *gradientPart) rows(j, k, rows int) {
	inputs := p.inputs
	for r := 0; r < rows; r += p.chunk {
		p.finish(inputs[r*p.a.Rows:], j, k+r, min(p.chunk, rows-r))
	}
}

// finish computes rows k…k+rows of the panels from j on and hands them to the
// task's end.
func (p *gradientPart) finish(inputs []float32, j, k, rows int) {
	if p.end == storeGradient || p.end == addGradient {
		p.product(p.w.Data[p.w.Index(k, j*PanelWidth):], p.w.K*PanelWidth, inputs, rows, p.end == addGradient, nil)
		return
	}
	p.product(p.gradient, gradientChunk*PanelWidth, inputs, rows, false, p.soon(j, k))
	for i := range p.panels {
		from := p.w.Index(k, (j+i)*PanelWidth)
		to := from + rows*PanelWidth
		gradient := p.gradient[i*gradientChunk*PanelWidth:][:rows*PanelWidth]
		switch w := p.w.Data[from:to]; p.end {
		case stepSGD:
			sgdF32(w, gradient, &p.sgd)
		case stepLean:
			p.lean.adam(w, gradient, from, p.start, &p.adam)
		default:
			adamF32(w, p.m.Data[from:to], p.v.Data[from:to], gradient, &p.adam)
		}
	}
}

// weightsAhead names what an optimiser needs when the tiles at hand are done:
// the weights and their moments from some row of a panel on.
type weightsAhead struct {
	at    [3]*float32 // weights, moments
	panel uintptr     // bytes from one panel to the next
}

// soon returns the weights ahead of the panels from j on, or nil where a tile
// takes no longer than they do to arrive.
func (p *gradientPart) soon(j, k int) *weightsAhead {
	if p.end == stepSGD || p.a.Rows < fewSamples {
		return nil
	}
	at := p.w.Index(k, j*PanelWidth)
	if p.end == stepLean {
		p.ahead.at = p.lean.lines(p.w.Data[at:], at)
	} else {
		p.ahead.at = [3]*float32{&p.w.Data[at], &p.m.Data[at], &p.v.Data[at]}
	}
	p.ahead.panel = uintptr(4 * p.w.K * PanelWidth)
	return &p.ahead
}

// product computes rows of aᵀ·d for each panel into dst, its panels dstPanel
// values apart, or adds them. See eachTile for soon.
func (p *gradientPart) product(dst []float32, dstPanel int, inputs []float32, rows int, accumulate bool, soon *weightsAhead) {
	samples := p.a.Rows
	if samples == 0 {
		for i := 0; i < p.panels && !accumulate; i++ {
			clear(dst[i*dstPanel:][:rows*PanelWidth])
		}
		return
	}
	height, _ := tileShape()
	tiles, rest := rows/height, rows%height
	block := sampleBlock / p.panels
	for top := 0; top < samples; top += block {
		steps, accumulate := min(block, samples-top), accumulate || top > 0
		a, b, bPanel := inputs[top*height:], p.errors[top*PanelWidth:], samples*PanelWidth
		tilesF32(tiles, height, p.panels, dst, height*PanelWidth, PanelWidth, dstPanel, a, height*samples, 1, height, b, PanelWidth, bPanel, steps, accumulate, soon)
		if rest > 0 {
			tileF32(rest, p.panels, dst[tiles*height*PanelWidth:], PanelWidth, dstPanel, a[tiles*height*samples:], 1, height, b, PanelWidth, bPanel, steps, accumulate)
		}
		soon = nil
	}
}

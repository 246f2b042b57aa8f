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
	p.gemm = gemmTask{dst: dst, a: a, b: b, accumulate: accumulate}
	if n := GemmScratch(a.Rows, b.K); n > 0 {
		p.reserve(n)
		p.gemm.scratch = p.scratch
	}
	if a.Rows == 1 {
		p.gemm.sparse = p.nonzero(a.Row(0))
	}
	p.Run(&p.gemm, work(a.Rows, b.K, b.N))
}

type gemmTask struct {
	dst, a     Matrix
	b          Packed
	accumulate bool
	scratch    [][]float32 // for each thread: a block of a; nil where a is read where it is
	sparse     sparseRow   // of a single row; empty when it is not worth while
}

// A product is cut into blocks that stay in the caches: stepBlock rows of a
// panel (32 KiB), or half as many of two, in the first level while every tile
// of a block of rows passes over them, and blockValues values of a (256 KiB) in
// the second level while every panel does. The sums of a tile wait in dst
// between blocks of steps.
const (
	stepBlock   = 512
	blockValues = 256 << 10 / 4
)

// blocking returns the size of a block of a, samples×k.
func blocking(samples, k int) (rows, steps int) {
	height, width := tileShape()
	steps = k
	// Else too few tiles, or steps, to make up for going back and forth.
	if most := stepBlock / width; samples > 2*height && steps > stepBlock {
		blocks := (steps + most - 1) / most
		steps = (steps + blocks - 1) / blocks
	}
	return max(blockValues/steps/height, 1) * height, steps
}

// Part computes a share of dst's panels.
func (t *gemmTask) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	if t.a.Rows == 1 {
		t.row(lo, hi)
		return
	}
	rows, steps := blocking(t.a.Rows, t.b.K)
	for top := 0; top < t.a.Rows; top += rows {
		for k := 0; k < t.b.K; k += steps {
			block := gemmBlock{t, t.cut(i, top, min(rows, t.a.Rows-top), k, min(steps, t.b.K-k)), top, k}
			block.addTo(lo, hi)
		}
	}
}

// cut returns steps k…k+steps of rows top…top+rows of a. Those of a product
// with several blocks either way are copied next to each other: where they are,
// every row lies on a page of its own, more of them than the TLB holds.
func (t *gemmTask) cut(thread, top, rows, k, steps int) Matrix {
	a := Matrix{Rows: rows, Cols: steps, Stride: t.a.Stride, Data: t.a.Data[top*t.a.Stride+k:]}
	if t.scratch == nil {
		return a
	}
	stride := Stride(steps)
	scratch := t.scratch[thread]
	for r := range rows {
		copy(scratch[r*stride:][:steps], a.Data[r*a.Stride:])
	}
	a.Stride, a.Data = stride, scratch
	return a
}

// gemmBlock is the part of a product that a block of a has in it.
type gemmBlock struct {
	*gemmTask
	part   Matrix
	top, k int // where part's first row and column lie in a
}

// addTo adds the block's products to panels lo…hi of dst.
func (b gemmBlock) addTo(lo, hi int) {
	_, width := tileShape()
	for j := lo; j < hi; j += width {
		b.column(j, min(width, hi-j))
	}
}

// fewRows is the height below which a tile has too few sums to hide the
// latency of its multiply-adds.
const fewRows = 4

// column adds the block's products to panels j…j+panels. A last tile that
// would be too low shares its rows with the one before.
func (b gemmBlock) column(j, panels int) {
	height, _ := tileShape()
	tiles, rest := b.part.Rows/height, b.part.Rows%height
	if 0 < rest && rest < fewRows && tiles > 0 {
		tiles, rest = tiles-1, rest+height
	}
	at := tiles * height
	b.tiles(0, tiles, height, j, panels)
	if rest > height {
		b.tiles(at, 1, rest/2, j, panels)
		at, rest = at+rest/2, rest-rest/2
	}
	b.tiles(at, min(rest, 1), rest, j, panels)
}

// tiles adds the products of a number of tiles from row at of the block on.
func (b gemmBlock) tiles(at, tiles, rows, j, panels int) {
	if tiles == 0 {
		return
	}
	panelLen, dst, a := b.b.K*PanelWidth, b.dst.Data[(b.top+at)*b.dst.Stride+j*PanelWidth:], b.part
	tilesF32(tiles, rows, panels, dst, rows*b.dst.Stride, b.dst.Stride, PanelWidth, a.Data[at*a.Stride:], rows*a.Stride, a.Stride, 1,
		b.b.Data[j*panelLen+b.k*PanelWidth:], PanelWidth, panelLen, a.Cols, b.accumulate || b.k > 0, nil)
}

// row computes panels lo…hi of a single row, as many at a time as the kernel
// takes.
func (t *gemmTask) row(lo, hi int) {
	panelLen := t.b.K * PanelWidth
	for lo < hi {
		width := rowWidth()
		for width > hi-lo {
			width = max(width/8*4, 1) // 8, 4, 1
		}
		dst, b := t.dst.Data[lo*PanelWidth:], t.b.Data[lo*panelLen:]
		if t.sparse.rows != nil {
			sparseRowF32(width, dst, t.sparse.values, t.sparse.rows, b, panelLen, t.accumulate)
		} else {
			rowPanelsF32(width, dst, t.a.Data, b, panelLen, t.b.K, t.accumulate)
		}
		lo += width
	}
}

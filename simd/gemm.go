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
	if a.Rows == 1 {
		p.gemm.sparse = p.nonzero(a.Row(0))
	}
	p.Run(&p.gemm, work(a.Rows, b.K, b.N))
}

type gemmTask struct {
	dst, a     Matrix
	b          Packed
	accumulate bool
	sparse     sparseRow // of a single row; empty when it is not worth while
}

// A product is cut into blocks that stay in the caches: stepBlock rows of a
// panel (32 KiB) in the first level while every tile of a block of rows passes
// over them, and blockValues values of a (256 KiB) in the second level while
// every panel does. The sums of a tile wait in dst between blocks of steps.
const (
	stepBlock   = 512
	blockValues = 256 << 10 / 4
)

// Part computes a share of dst's panels.
func (t *gemmTask) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	if t.a.Rows == 1 {
		t.row(lo, hi)
		return
	}
	height, _ := tileShape()
	steps := stepBlock
	if t.a.Rows <= 2*height {
		steps = t.b.K // too few tiles to make up for going back and forth
	}
	rows := max(blockValues/min(steps, t.b.K)/height, 1) * height
	for top := 0; top < t.a.Rows; top += rows {
		for k := 0; k < t.b.K; k += steps {
			t.block(lo, hi, top, min(top+rows, t.a.Rows), k, min(steps, t.b.K-k))
		}
	}
}

// block adds steps k…k+steps to rows top…bottom of panels lo…hi.
func (t *gemmTask) block(lo, hi, top, bottom, k, steps int) {
	_, width := tileShape()
	for j := lo; j < hi; j += width {
		t.column(j, min(width, hi-j), top, bottom-top, k, steps)
	}
}

// fewRows is the height below which a tile has too few sums to hide the
// latency of its multiply-adds.
const fewRows = 4

// column adds steps k…k+steps to rows of panels j…j+panels.
func (t *gemmTask) column(j, panels, top, rows, k, steps int) {
	height, _ := tileShape()
	tiles, rest := rows/height, rows%height
	if rest > 0 && rest < fewRows && tiles > 0 {
		tiles, rest = tiles-1, rest+height
	}
	t.tiles(tiles, height, j, panels, top, k, steps)
	top += tiles * height
	if rest > height {
		t.tiles(1, rest/2, j, panels, top, k, steps)
		top, rest = top+rest/2, rest-rest/2
	}
	if rest > 0 {
		t.tiles(1, rest, j, panels, top, k, steps)
	}
}

// tiles adds steps k…k+steps to tiles of rows from row top on.
func (t *gemmTask) tiles(tiles, rows, j, panels, top, k, steps int) {
	if tiles == 0 {
		return
	}
	panelLen, dst, a := t.b.K*PanelWidth, t.dst.Data[top*t.dst.Stride+j*PanelWidth:], t.a.Data[top*t.a.Stride+k:]
	tilesF32(tiles, rows, panels, dst, rows*t.dst.Stride, t.dst.Stride, PanelWidth, a, rows*t.a.Stride, t.a.Stride, 1,
		t.b.Data[j*panelLen+k*PanelWidth:], PanelWidth, panelLen, steps, t.accumulate || k > 0, nil)
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

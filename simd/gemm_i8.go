package simd

import "fmt"

// GemmI8 computes dst = a·b, exactly.
//
// Shapes: dst M×N, a M×K, b K×N, any M ≥ 0.
func (p *Pool) GemmI8(dst MatrixI32, a MatrixU7, b PackedI8) { p.runGemmI8(dst, a, b, false) }

// GemmAddI8 computes dst += a·b, shapes as GemmI8. Sums that leave 32 bits
// wrap.
func (p *Pool) GemmAddI8(dst MatrixI32, a MatrixU7, b PackedI8) { p.runGemmI8(dst, a, b, true) }

func (p *Pool) runGemmI8(dst MatrixI32, a MatrixU7, b PackedI8, accumulate bool) {
	dst.check("GemmI8", "dst")
	a.check("GemmI8", "a")
	b.check("GemmI8", "b")
	if dst.Rows != a.Rows || dst.Cols != b.N || a.Cols != b.K {
		panic(fmt.Sprintf("simd: GemmI8: %d×%d = %d×%d · %d×%d", dst.Rows, dst.Cols, a.Rows, a.Cols, b.K, b.N))
	}
	if a.Rows == 0 {
		return
	}
	p.gemmI8 = gemmI8Task{dst, a, b, accumulate}
	p.Run(&p.gemmI8, work(a.Rows, b.K, b.N)/2)
}

type gemmI8Task struct {
	dst        MatrixI32
	a          MatrixU7
	b          PackedI8
	accumulate bool
}

// Part computes a share of dst's panels.
func (t *gemmI8Task) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	if t.a.Rows == 1 {
		t.row(lo, hi)
		return
	}
	t.block(lo, hi, 0, t.a.Rows)
}

// block computes rows top…bottom of panels lo…hi.
func (t *gemmI8Task) block(lo, hi, top, bottom int) {
	height, width := tileShapeI8()
	for j := lo; j < hi; j += width {
		for r := top; r < bottom; r += height {
			t.tile(r, min(height, bottom-r), j, min(width, hi-j))
		}
	}
}

func (t *gemmI8Task) tile(r, rows, j, panels int) {
	tileI8(rows, panels, t.dst.Data[r*t.dst.Stride+j*PanelWidth:], t.dst.Stride, t.a.Data[r*t.a.Stride:], t.a.Stride,
		t.b.Panel(j), len(t.b.Panel(j)), groupsOf(t.b.K), t.accumulate)
}

// row computes panels lo…hi of a single row, four at a time.
func (t *gemmI8Task) row(lo, hi int) {
	panelLen := groupsOf(t.b.K) * lineBytes
	for lo < hi {
		width := 1
		if lo+4 <= hi {
			width = 4
		}
		rowPanelsI8(width, t.dst.Data[lo*PanelWidth:], t.a.Data, t.b.Data[lo*panelLen:], panelLen, groupsOf(t.b.K), t.accumulate)
		lo += width
	}
}

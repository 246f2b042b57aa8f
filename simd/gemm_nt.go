package simd

import "fmt"

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

// Part computes a share of dst's rows, a block of them at a time that stays in
// the second-level cache while all weights pass, four rows of these at a time
// that every row of the block meets.
func (t *dotsTask) Part(i, n int) {
	lo, hi := Share(t.dst.Rows, i, n)
	block := max(blockValues/t.a.Stride, 1)
	for ; lo < hi; lo += block {
		t.block(lo, min(lo+block, hi))
	}
}

func (t *dotsTask) block(lo, hi int) {
	panelLen, whole := t.b.K*PanelWidth, t.b.K/4*4
	for k := 0; k < whole; k += 4 {
		for r := lo; r < hi; r++ {
			dotRowsF32(t.dst.Row(r)[k:], t.a.PaddedRow(r), t.b.Data[k*PanelWidth:], panelLen, t.b.Panels())
		}
	}
	for r := lo; r < hi; r++ {
		t.lastDots(t.dst.Row(r), t.a.PaddedRow(r), whole)
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

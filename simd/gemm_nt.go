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

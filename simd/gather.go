package simd

import "fmt"

// GatherAddF32 computes dst[i] += scale·b[rows[i]]: the product of one-hot
// rows, whose only value is scale, with b. A negative rows[i] stands for a row
// without any. Nothing is fused: the bits are the same on every instruction
// set.
//
// Shapes: dst M×N, rows M, b K×N.
func (p *Pool) GatherAddF32(dst Matrix, rows []int, scale float32, b Packed) {
	dst.check("GatherAddF32", "dst")
	b.check("GatherAddF32", "b")
	if dst.Rows != len(rows) || dst.Cols != b.N {
		panic(fmt.Sprintf("simd: GatherAddF32: %d×%d += %d rows of %d×%d", dst.Rows, dst.Cols, len(rows), b.K, b.N))
	}
	for i, k := range rows {
		if k >= b.K {
			panic(fmt.Sprintf("simd: GatherAddF32: row %d is %d of a matrix with %d rows", i, k, b.K))
		}
	}
	p.gather = gatherTask{dst, rows, scale, b}
	p.Run(&p.gather, work(dst.Rows, 1, b.N))
}

type gatherTask struct {
	dst   Matrix
	rows  []int
	scale float32
	b     Packed
}

func (t *gatherTask) Part(i, n int) {
	lo, hi := Share(t.dst.Rows, i, n)
	for r := lo; r < hi; r++ {
		if k := t.rows[r]; k >= 0 {
			t.add(t.dst.PaddedRow(r), k)
		}
	}
}

// add adds row k of b, which lies in pieces of a panel's width.
func (t *gatherTask) add(dst []float32, k int) {
	for p := range t.b.Panels() {
		axpyF32(dst[p*PanelWidth:(p+1)*PanelWidth], t.b.Panel(p)[k*PanelWidth:(k+1)*PanelWidth], t.scale)
	}
}

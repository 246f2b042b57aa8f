package ridge

import "github.com/pffedge/pffedge/simd"

// waiting holds features whose products are not in ΦᵀΦ yet: sums of integers
// come out the same, whenever they are added.
type waiting struct {
	n     int
	left  simd.MatrixU7 // F×depth, column i of sample i
	right simd.PackedI8 // depth×F, row i of sample i, negative if it is removed
}

func newWaiting(width int) waiting {
	return waiting{left: simd.NewMatrixU7(width, depth), right: simd.NewPackedI8(depth, width)}
}

func (w *waiting) bytes() int { return len(w.left.Data) + len(w.right.Data) }

// put adds features that are to be added, sign 1, or removed, sign −1.
func (w *waiting) put(phi []uint8, sign int8) {
	at := w.right.Index(w.n, 0)
	for j := 0; j < len(phi); j += simd.PanelWidth {
		panel := w.right.Panel(j / simd.PanelWidth)[at:]
		for k, v := range phi[j : j+simd.PanelWidth] {
			panel[4*k] = sign * int8(v)
			w.left.Data[(j+k)*w.left.Stride+w.n] = v
		}
	}
	w.n++
}

// flush adds the products of all that waits to ΦᵀΦ.
func (c *Classifier) flush() {
	w := &c.waiting
	if w.n == 0 {
		return
	}
	for i := range c.gram.bands() {
		b := c.gram.band(i)
		left, right := w.left, w.right
		left.Rows, left.Data = b.rows, left.Data[b.first*left.Stride:]
		right.N, right.Data = b.cols, right.Data[b.first/simd.PanelWidth*len(right.Panel(0)):]
		c.pool.GemmAddI8(simd.MatrixI32{Rows: b.rows, Cols: b.cols, Stride: b.cols, Data: b.data}, left, right)
	}
	w.n = 0
	clear(w.left.Data)
	clear(w.right.Data)
}

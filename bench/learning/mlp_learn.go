package main

import "github.com/pffedge/pffedge/simd"

// learn takes one step with the first rows of x, and returns the mean loss
// before it.
func (n *mlp) learn(rows int) float64 {
	n.forward(rows)
	loss := n.backward(rows)
	n.steps++
	step := n.adam.Step(n.steps, 1)
	a := n.x.Slice(0, rows)
	for i := range n.layers {
		l := &n.layers[i]
		d := l.d.Slice(0, rows)
		n.pool.UpdateF32(l.w, l.m, l.v, a, d, step)
		n.pool.ColumnUpdateF32(l.b, l.mb, l.vb, n.sums[:len(l.b)], d, step)
		a = l.a.Slice(0, rows)
	}
	return loss
}

// backward computes every layer's d from the probabilities, through the weights
// as they were when they computed these, and returns the mean loss.
func (n *mlp) backward(rows int) float64 {
	last := &n.layers[len(n.layers)-1]
	n.each(rowTask{kind: errorRows, a: last.a.Slice(0, rows), d: last.d.Slice(0, rows), labels: n.labels, loss: n.loss})
	for i := len(n.layers) - 2; i >= 0; i-- {
		l, above := &n.layers[i], &n.layers[i+1]
		d := l.d.Slice(0, rows)
		n.back(d, above, rows)
		n.each(rowTask{kind: gateRows, a: l.a.Slice(0, rows), d: d})
	}
	var sum float64
	for _, v := range n.loss[:rows] {
		sum += v
	}
	return sum / float64(rows)
}

// back computes d = above.d·Wᵀ. A transposed copy and a plain product take less
// time than GemmNTF32: see BenchmarkBack.
func (n *mlp) back(d simd.Matrix, above *mlpLayer, rows int) {
	n.turn = turnTask{above.transposed, above.w}
	n.pool.Run(&n.turn, above.w.K*above.w.N*turnCost)
	n.pool.GemmF32(d, above.d.Slice(0, rows), above.transposed)
}

// turnCost is what moving a weight costs, in multiply-adds of a product.
const turnCost = 16

// turnTask writes src, K×N, to dst, N×K.
type turnTask struct{ dst, src simd.Packed }

// Part fills a share of dst's panels, a square of 16×16 weights at a time: 16
// rows of a panel of src, each a cache line, become 16 rows of dst's panel.
func (t *turnTask) Part(i, n int) {
	const width = simd.PanelWidth
	lo, hi := simd.Share(t.dst.Panels(), i, n)
	for p := lo; p < hi; p++ {
		panel, rows := t.dst.Panel(p), min(width, t.src.K-p*width)
		for q := range t.src.Panels() {
			square, cols := t.src.Panel(q)[p*width*width:], min(width, t.src.N-q*width)
			if rows == width && cols == width {
				turnSquare((*[width * width]float32)(panel[q*width*width:]), (*[width * width]float32)(square))
				continue
			}
			for j := range cols {
				for k := range rows {
					panel[(q*width+j)*width+k] = square[k*width+j]
				}
			}
		}
	}
}

// turnSquare writes src to dst, rows as columns. The arrays' size and the mask
// spare it all checks.
func turnSquare(dst, src *[simd.PanelWidth * simd.PanelWidth]float32) {
	const width, mask = simd.PanelWidth, simd.PanelWidth*simd.PanelWidth - 1
	for j := range width {
		at := j * width & mask
		for k := 0; k < width; k += 4 {
			dst[(at+k)&mask] = src[(k*width+j)&mask]
			dst[(at+k+1)&mask] = src[(k*width+width+j)&mask]
			dst[(at+k+2)&mask] = src[(k*width+2*width+j)&mask]
			dst[(at+k+3)&mask] = src[(k*width+3*width+j)&mask]
		}
	}
}

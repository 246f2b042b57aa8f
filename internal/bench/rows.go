package bench

import "github.com/pffedge/pffedge/simd"

// rowShapes are one row, in the first-level cache, and a batch of them, in the
// second.
var rowShapes = []Shape{{1, 0, 500}, {64, 0, 500}, {1, 0, 2000}, {64, 0, 2000}}

func rowOperations() []*Operation {
	row := func(name, dtype, meaning string, prepare func(pool *simd.Pool, s Shape) workload) *Operation {
		return &Operation{name, dtype, meaning, rowShapes, rowsOnly, prepare}
	}
	return []*Operation{
		row("step", "float32", "dst = (1−leak)·relu(pre+bias) + leak·z, and Σ dst²", step),
		row("normalize", "float32", "dst = x/(‖x‖ + ε)", normalize),
		row("softmax", "float32", "dst = softmax(x + bias)", softmax),
		row("dot", "float32", "Σ x·y", dot),
		row("axpy", "float32", "dst += s·x", axpy),
		row("noise", "float32", "dst = x + scale·ε, ε normal", noise),
		row("quantize", "int8", "float32 to 0…127", quantize),
		row("dequantize", "int8", "int32 sums to float32", dequantize),
		row("requantize", "int8", "int32 sums to 0…127", requantize),
	}
}

// byRows returns the workload of an operation on each of M rows, of so many
// arithmetic operations and bytes a value. A pool shares out the rows.
func byRows(pool *simd.Pool, s Shape, ops, bytes float64, part func(lo, hi int), memory ...[]byte) workload {
	task, values := &rowsTask{s.M, part}, float64(s.M)*float64(s.N)
	return workload{
		run: func() { pool.Run(task, s.M*s.N) },
		ops: ops * values, bytes: bytes * values, bound: Read, memory: memory,
	}
}

type rowsTask struct {
	rows int
	part func(lo, hi int)
}

// Part does a share of the rows.
func (t *rowsTask) Part(i, n int) { t.part(simd.Share(t.rows, i, n)) }

// Operations a value are those of the pure Go kernels' formulas; the bias, one
// row for all, does not count as bytes.

func step(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, pre, z, bias := simd.NewMatrix(s.M, s.N), f.matrix(s.M, s.N), f.matrix(s.M, s.N), f.vector(s.N)
	return byRows(pool, s, 7, 12, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.StepF32(dst.Row(r), pre.Row(r), bias, z.Row(r), 0.3)
		}
	}, bytesOf(pre.Data), bytesOf(z.Data), bytesOf(dst.Data))
}

func normalize(pool *simd.Pool, s Shape) workload {
	dst, x := simd.NewMatrix(s.M, s.N), newFiller().matrix(s.M, s.N)
	return byRows(pool, s, 3, 8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.NormalizeF32(dst.Row(r), x.Row(r))
		}
	}, bytesOf(x.Data), bytesOf(dst.Data))
}

func softmax(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, x, bias := simd.NewMatrix(s.M, s.N), f.matrix(s.M, s.N), f.vector(s.N)
	return byRows(pool, s, 27, 8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.SoftmaxF32(dst.Row(r), x.Row(r), bias)
		}
	}, bytesOf(x.Data), bytesOf(dst.Data))
}

func dot(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	x, y, sums := f.matrix(s.M, s.N), f.matrix(s.M, s.N), make([]float32, s.M)
	return byRows(pool, s, 2, 8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			sums[r] = simd.DotF32(x.Row(r), y.Row(r))
		}
	}, bytesOf(x.Data), bytesOf(y.Data))
}

func axpy(pool *simd.Pool, s Shape) workload {
	dst, x := simd.NewMatrix(s.M, s.N), newFiller().matrix(s.M, s.N)
	return byRows(pool, s, 2, 12, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.AxpyF32(dst.Row(r), x.Row(r), 1e-3)
		}
	}, bytesOf(x.Data), bytesOf(dst.Data))
}

func noise(pool *simd.Pool, s Shape) workload {
	dst, x := simd.NewMatrix(s.M, s.N), newFiller().matrix(s.M, s.N)
	return byRows(pool, s, 27, 8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.AddNormalF32(dst.Row(r), x.Row(r), simd.Mix(1, uint64(r)), 0.01)
		}
	}, bytesOf(x.Data), bytesOf(dst.Data))
}

func quantize(pool *simd.Pool, s Shape) workload {
	dst, x := simd.NewMatrixU7(s.M, s.N), newFiller().matrix(s.M, s.N)
	return byRows(pool, s, 2, 5, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.QuantizeU7(dst.Row(r), x.Row(r), 127)
		}
	}, bytesOf(x.Data), dst.Data)
}

func dequantize(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, acc, scale := simd.NewMatrix(s.M, s.N), f.sums(s.M, s.N), f.vector(s.N)
	return byRows(pool, s, 3, 8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.DequantizeI32(dst.Row(r), acc.Row(r), scale, 0.01)
		}
	}, bytesOf(acc.Data), bytesOf(dst.Data))
}

func requantize(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, acc, scale, bias := simd.NewMatrixU7(s.M, s.N), f.sums(s.M, s.N), f.vector(s.N), f.vector(s.N)
	for i := range scale {
		scale[i] *= 1e-4
		bias[i] *= 50
	}
	return byRows(pool, s, 4, 5, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			simd.RequantizeU7(dst.Row(r), acc.Row(r), scale, bias)
		}
	}, bytesOf(acc.Data), dst.Data)
}

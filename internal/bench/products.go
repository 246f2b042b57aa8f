package bench

import "github.com/pffedge/pffedge/simd"

// batches are the numbers of rows that count: one sample, its ten labels, two
// of those, a training batch, an evaluation block.
var (
	batches = []int{1, 10, 20, 64, 1000}
	sizes   = []int{500, 512, 2000}
)

func products() []*Operation {
	squares := across(batches, sizes...)
	return []*Operation{
		{"gemm", "float32", "dst = a·b", squares, anyShape, gemm},
		{"gemm-sparse", "float32", "dst = a·b, a fifth of one row not zero, the only work counted", across([]int{1}, sizes...), oneRow, gemmSparse},
		{"gemm-nt", "float32", "dst = a·bᵀ, a M×N", squares, anyShape, gemmNT},
		{"gemm-t", "float32", "dst = aᵀ·d, a gradient", squares, anyShape, gemmT},
		{"block-add", "float32", "dst += z·B, B of 10×10 blocks", across([]int{1, 10, 64, 1000}, 500, 2000), inBlocks, blockAdd},
		{"gather-add", "float32", "dst[i] += scale·b[rows[i]], the product of one-hot rows", across([]int{1, 10, 64, 1000}, 500, 2000), tenClasses, gatherAdd},
		{"gemm-i8", "int8", "dst = a·b, int32 sums", squares, anyShape, gemmI8},
	}
}

func gemm(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, a, b := simd.NewMatrix(s.M, s.N), f.matrix(s.M, s.K), f.packed(s.K, s.N)
	return product(s, FMA, func() { pool.GemmF32(dst, a, b) }, bytesOf(a.Data), bytesOf(b.Data), bytesOf(dst.Data))
}

// gemmSparse reads a fifth of the weights, here and there.
func gemmSparse(pool *simd.Pool, s Shape) workload {
	const every = 5
	f := newFiller()
	dst, a, b := simd.NewMatrix(1, s.N), f.matrix(1, s.K), f.packed(s.K, s.N)
	kept := 0
	for i := range a.Row(0) {
		if (i*7+i/every)%every != 0 {
			a.Row(0)[i] = 0
			continue
		}
		kept++
	}
	touched := bytesOf(b.Data)[:4*simd.PackedLen(kept, s.N)]
	s.K = kept
	return product(s, FMA, func() { pool.GemmF32(dst, a, b) }, bytesOf(a.Data), touched, bytesOf(dst.Data))
}

func gemmNT(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, a, b := simd.NewMatrix(s.M, s.K), f.matrix(s.M, s.N), f.packed(s.K, s.N)
	return product(s, FMA, func() { pool.GemmNTF32(dst, a, b) }, bytesOf(a.Data), bytesOf(b.Data), bytesOf(dst.Data))
}

func gemmT(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, a, d := simd.NewPacked(s.K, s.N), f.matrix(s.M, s.K), f.matrix(s.M, s.N)
	return product(s, FMA, func() { pool.GemmTF32(dst, a, d) }, bytesOf(a.Data), bytesOf(d.Data), bytesOf(dst.Data))
}

// groupSize is how many units compete with each other.
const groupSize = 10

func inBlocks(s Shape) Shape { return Shape{s.M, groupSize, s.N} }

func blockAdd(pool *simd.Pool, s Shape) workload {
	f, b := newFiller(), simd.Blocks{Units: s.N, Group: groupSize}
	dst, z, values := simd.NewMatrix(s.M, s.N), f.matrix(s.M, s.N), make([]float32, b.Len())
	for row := range s.N {
		from := row / groupSize * groupSize
		for col := from; col < min(from+groupSize, s.N); col++ {
			values[b.Index(row, col)] = f.next()
		}
	}
	w := product(s, FMA, func() { pool.BlockAddF32(dst, z, values, b) }, bytesOf(z.Data), bytesOf(values), bytesOf(dst.Data))
	w.bytes += float64(4 * len(dst.Data)) // read and written
	return w
}

// tenClasses is the shape of a product with one-hot rows of ten classes.
func tenClasses(s Shape) Shape { return Shape{s.M, 10, s.N} }

// gatherAdd reads and writes dst and reads as many values of b.
func gatherAdd(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, b, rows := simd.NewMatrix(s.M, s.N), f.packed(s.K, s.N), make([]int, s.M)
	for i := range rows {
		rows[i] = i % s.K
	}
	values := float64(s.M) * float64(s.N)
	return workload{
		run: func() { pool.GatherAddF32(dst, rows, 1e-3, b) },
		ops: 2 * values, bytes: 12 * values, bound: Read, memory: [][]byte{bytesOf(dst.Data), bytesOf(b.Data)},
	}
}

func gemmI8(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	dst, a, b := simd.NewMatrixI32(s.M, s.N), f.activations(s.M, s.K), f.weights(s.K, s.N)
	return product(s, Dot, func() { pool.GemmI8(dst, a, b) }, a.Data, bytesOf(b.Data), bytesOf(dst.Data))
}

package bench

import "github.com/pffedge/pffedge/simd"

func updates() []*Operation {
	squares := across([]int{1, 10, 64, 1000}, sizes...)
	return []*Operation{
		{"update", "float32", "a step of Adam by the gradient aᵀ·d, which alone is counted", squares, anyShape, update},
		{"update-16", "float32", "update with moments of 16 bits", squares, anyShape, updateLean(16)},
		{"update-8", "float32", "update with moments of 8 bits", squares, anyShape, updateLean(8)},
		{"update-sgd", "float32", "w −= rate·clip(aᵀ·d), the product alone counted", squares, anyShape, updateSGD},
		{"adam", "float32", "a step of Adam, M·N values", rowShapes, rowsOnly, adam},
	}
}

// The steps are so small that weights hardly move, however often.
var (
	adamStep = simd.AdamStep{
		Rate: 1e-9, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001, Epsilon: 1e-7, Clip: 0.5, Decay: 0.01,
	}
	sgdStep = simd.SGDStep{Rate: 1e-9, Clip: 0.5, Decay: 0.01}
)

func update(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	a, d := f.matrix(s.M, s.K), f.matrix(s.M, s.N)
	w, m, v := f.packed(s.K, s.N), simd.NewPacked(s.K, s.N), simd.NewPacked(s.K, s.N)
	load := product(s, FMA, func() { pool.UpdateF32(w, m, v, a, d, adamStep) },
		bytesOf(a.Data), bytesOf(d.Data), bytesOf(w.Data), bytesOf(m.Data), bytesOf(v.Data))
	load.bytes += float64(3 * 4 * len(w.Data)) // read and written
	return load
}

func updateLean(bits int) func(pool *simd.Pool, s Shape) workload {
	return func(pool *simd.Pool, s Shape) workload {
		f := newFiller()
		a, d, w := f.matrix(s.M, s.K), f.matrix(s.M, s.N), f.packed(s.K, s.N)
		m := simd.NewMoments(len(w.Data), bits)
		load := product(s, FMA, func() { pool.UpdateMomentsF32(w, &m, a, d, adamStep, 1) },
			bytesOf(a.Data), bytesOf(d.Data), bytesOf(w.Data), bytesOf(m.First16), bytesOf(m.Second16), m.First8, m.Second8)
		load.bytes += float64(4*len(w.Data)) + float64(simd.MomentBytes(len(w.Data), bits)) // read and written
		return load
	}
}

func updateSGD(pool *simd.Pool, s Shape) workload {
	f := newFiller()
	a, d, w := f.matrix(s.M, s.K), f.matrix(s.M, s.N), f.packed(s.K, s.N)
	load := product(s, FMA, func() { pool.UpdateSGDF32(w, a, d, sgdStep) }, bytesOf(a.Data), bytesOf(d.Data), bytesOf(w.Data))
	load.bytes += float64(4 * len(w.Data)) // read and written
	return load
}

// adam steps a vector. Four values are read and three written; the formula has
// 16 operations.
func adam(pool *simd.Pool, s Shape) workload {
	f, n := newFiller(), s.M*s.N
	w, m, v, g := f.vector(n), make([]float32, n), make([]float32, n), f.vector(n)
	return byRows(pool, Shape{M: n, N: 1}, 16, 7*4, func(lo, hi int) {
		simd.AdamF32(w[lo:hi], m[lo:hi], v[lo:hi], g[lo:hi], adamStep)
	}, bytesOf(w), bytesOf(m), bytesOf(v), bytesOf(g))
}

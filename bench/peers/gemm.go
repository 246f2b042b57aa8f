package main

import "github.com/pffedge/pffedge/simd"

// gemmJob is the float32 product of activations with weights: ours packed for
// good, the peers' row-major.
func gemmJob(s shape, l *libraries, pool *simd.Pool) (*job, error) {
	x, weights := uniform(s.M*s.K, 1), uniform(s.K*s.N, 2)
	dst, a, w := simd.NewMatrix(s.M, s.N), matrixOf(s.M, s.K, x), simd.NewPacked(s.K, s.N)
	w.Pack(weights)
	g := &gemm{shape: s, x: x, w: weights, y: simd.NewVector(s.M * s.N)[:s.M*s.N]}
	g.add(ours, "GemmF32", func(times int) {
		for range times {
			pool.GemmF32(dst, a, w)
		}
	})
	g.contenders[0].run(1)
	g.want = dense(dst)
	for _, b := range l.blas {
		g.add(b.name, "sgemm", func(times int) { b.product(times, s, g.y, x, weights) })
		if s.M == 1 {
			g.add(b.name, "sgemv", func(times int) { b.row(times, s, g.y, x, weights) })
		}
	}
	g.addGonum()
	g.addVek()
	return &job{op: "gemm", shape: s, contenders: g.contenders}, nil
}

// gemm collects the contenders for a product.
type gemm struct {
	shape
	x, w, y    []float32 // row-major; every peer writes y
	want       []float32
	contenders []contender
}

// add adds a contender. A sum of K products below 1, in any order, is within
// K·10⁻⁶ of ours; a wrong one is not.
func (g *gemm) add(library, variant string, run func(times int)) {
	check := func() error {
		clear(g.y)
		run(1)
		return near(g.y, g.want, 1e-6*float64(g.K))
	}
	g.contenders = append(g.contenders, contender{library, variant, run, check})
}

// dense returns m's values without padding.
func dense(m simd.Matrix) []float32 {
	var values []float32
	for i := range m.Rows {
		values = append(values, m.Row(i)...)
	}
	return values
}

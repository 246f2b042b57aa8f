package simd

import (
	"fmt"
	"testing"
)

// The benchmarks run on one thread, over every usable implementation:
//
//	go test -run '^$' -bench 'GemmF32/isa=avx2' ./simd
//	go test -run '^$' -bench . -count 10 ./simd | benchstat -col /isa -

// benchShapes are batches of 1…1000 rows at the two layer sizes in use.
func benchShapes() (list []shape) {
	for _, size := range []int{500, 2000} {
		for _, m := range []int{1, 10, 20, 64, 100, 1000} {
			list = append(list, shape{m, size, size})
		}
	}
	return list
}

// benchEach runs prepare's function for each implementation and shape and
// reports the rate of what one call does, in units of 1e9 a second.
func benchEach(b *testing.B, unit string, work func(x shape) float64, prepare func(b *testing.B, x shape) func()) {
	for _, isa := range Usable() {
		b.Run("isa="+string(isa), func(b *testing.B) {
			use(b, isa)
			for _, x := range benchShapes() {
				b.Run(fmt.Sprintf("m=%d,k=%d,n=%d", x.m, x.k, x.n), func(b *testing.B) {
					call := prepare(b, x)
					call() // touches the operands' pages for the first time
					for b.Loop() {
						call()
					}
					b.ReportMetric(work(x)*float64(b.N)/b.Elapsed().Seconds()/1e9, unit)
				})
			}
		})
	}
}

// flops counts a multiplication and an addition for each weight and row.
func flops(x shape) float64 { return 2 * float64(x.m) * float64(x.k) * float64(x.n) }

func BenchmarkGemmF32(b *testing.B) {
	benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
		p, s := newTestPool(b, 1), newSource(1)
		dst, a, w := NewMatrix(x.m, x.n), s.matrix(x.m, x.k), s.packed(x.k, x.n)
		return func() { p.GemmF32(dst, a, w) }
	})
}

func BenchmarkGemmNTF32(b *testing.B) {
	benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
		p, s := newTestPool(b, 1), newSource(1)
		dst, a, w := NewMatrix(x.m, x.k), s.matrix(x.m, x.n), s.packed(x.k, x.n)
		return func() { p.GemmNTF32(dst, a, w) }
	})
}

// BenchmarkGemmF32Sparse is a single row of which one value in five is not
// zero, an image's share; the rate counts all weights.
func BenchmarkGemmF32Sparse(b *testing.B) {
	benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
		p, s := newTestPool(b, 1), newSource(1)
		dst, a, w := NewMatrix(1, x.n), s.matrix(1, x.k), s.packed(x.k, x.n)
		for i := range a.Row(0) {
			if i%5 != 0 {
				a.Row(0)[i] = 0
			}
		}
		return func() { p.GemmF32(dst, a, w) }
	})
}

// BenchmarkUpdateF32 counts the product only, as if Adam were free.
func BenchmarkUpdateF32(b *testing.B) {
	benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
		p, s := newTestPool(b, 1), newSource(1)
		a, d := s.matrix(x.m, x.k), s.matrix(x.m, x.n)
		w, m, v := s.packed(x.k, x.n), NewPacked(x.k, x.n), NewPacked(x.k, x.n)
		return func() { p.UpdateF32(w, m, v, a, d, testStep) }
	})
}

// BenchmarkUpdateMomentsF32 is BenchmarkUpdateF32 with moments of each width,
// and without any.
func BenchmarkUpdateMomentsF32(b *testing.B) {
	for _, bits := range []int{32, 16, 8} {
		b.Run(fmt.Sprintf("bits=%d", bits), func(b *testing.B) {
			benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
				p, s := newTestPool(b, 1), newSource(1)
				a, d := s.matrix(x.m, x.k), s.matrix(x.m, x.n)
				w := s.packed(x.k, x.n)
				m := NewMoments(len(w.Data), bits)
				return func() { p.UpdateMomentsF32(w, &m, a, d, testStep, 1) }
			})
		})
	}
	b.Run("bits=0", func(b *testing.B) {
		benchEach(b, "GF/s", flops, func(b *testing.B, x shape) func() {
			p, s := newTestPool(b, 1), newSource(1)
			a, d, w := s.matrix(x.m, x.k), s.matrix(x.m, x.n), s.packed(x.k, x.n)
			return func() { p.UpdateSGDF32(w, a, d, SGDStep{Rate: 1e-4, Clip: 0.5, Decay: 0.01}) }
		})
	})
}

// BenchmarkBlockAddF32 is a layer of n units in groups of ten.
func BenchmarkBlockAddF32(b *testing.B) {
	work := func(x shape) float64 { return 2 * float64(x.m) * float64(x.n) * 10 }
	benchEach(b, "GF/s", work, func(b *testing.B, x shape) func() {
		p, s, blocks := newTestPool(b, 1), newSource(1), Blocks{Units: x.n, Group: 10}
		dst, z, values := NewMatrix(x.m, x.n), s.matrix(x.m, x.n), s.blocks(blocks)
		return func() { p.BlockAddF32(dst, z, values, blocks) }
	})
}

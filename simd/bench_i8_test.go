package simd

import "testing"

// BenchmarkGemmI8 counts a multiplication and an addition for each weight and
// row, as BenchmarkGemmF32 does.
func BenchmarkGemmI8(b *testing.B) {
	benchEach(b, "GOP/s", flops, func(b *testing.B, x shape) func() {
		p, s := newTestPool(b, 1), newSource(1)
		dst, a, w := NewMatrixI32(x.m, x.n), NewMatrixU7(x.m, x.k), NewPackedI8(x.k, x.n)
		s.fillMatrixU7(a)
		s.fillS8(w.Data)
		return func() { p.GemmI8(dst, a, w) }
	})
}

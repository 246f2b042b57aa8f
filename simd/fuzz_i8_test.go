package simd

import "testing"

// FuzzGemmI8 compares the active implementation with the pure Go one. The
// seed draws the operands; add tells whether the product is added to what dst
// holds.
func FuzzGemmI8(f *testing.F) {
	for i, x := range []shape{{1, 1, 1}, {1, 30, 70}, {6, 16, 16}, {13, 27, 67}, {0, 5, 5}, {26, 255, 130}, {2, 255, 3}} {
		f.Add(uint64(i), uint8(x.m), uint16(x.k), uint8(x.n), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, m uint8, k uint16, n uint8, add bool) {
		x := shape{int(m) % 40, int(k)%1200 + 1, int(n)%140 + 1}
		p, s := newTestPool(t, 1), newSource(seed)
		a, b := NewMatrixU7(x.m, x.k), NewPackedI8(x.k, x.n)
		s.fillMatrixU7(a)
		s.fillPackedI8(b)
		start := NewMatrixI32(x.m, x.n)
		for r := range x.m {
			s.fillSums(start.Row(r))
		}
		best := active
		run := func(isa ISA) MatrixI32 {
			use(t, isa)
			dst := NewMatrixI32(x.m, x.n)
			copy(dst.Data, start.Data)
			if add {
				p.GemmAddI8(dst, a, b)
			} else {
				p.GemmI8(dst, a, b)
			}
			return dst
		}
		want := run(Generic)
		requireSums(t, want.Data, run(best).Data, "%v: %s", x, best)
	})
}

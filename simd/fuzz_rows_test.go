package simd

import (
	"fmt"
	"math"
	"testing"
)

// FuzzRows compares the kernels of the row operations with the pure Go ones.
// The seed draws the rows, spread over that many powers of two; special's
// bits are planted in one place, and the scalars have any bits.
func FuzzRows(f *testing.F) {
	for i := range rowKernels {
		for _, special := range awkward {
			f.Add(uint8(i), uint64(i), uint8(i), uint8(20*i), math.Float32bits(special), uint32(7*i), uint32(0x3e99999a), uint32(0x3c23d70a))
		}
	}
	f.Fuzz(func(t *testing.T, kernel uint8, seed uint64, blocks, spread uint8, special, at, a, b uint32) {
		k := rowKernels[int(kernel)%len(rowKernels)]
		g := fuzzOperands{newSource(seed), int(spread)%150 + 1, math.Float32frombits(special)}
		r := &rowArgs{a: math.Float32frombits(a), b: math.Float32frombits(b)}
		g.fill(r.sums[:])
		for i := range r.x {
			r.x[i] = make([]float32, (1+int(blocks)%8)*k.block)
			g.fill(r.x[i])
		}
		planted := r.x[int(at)%k.operands]
		planted[int(at/4)%len(planted)] = g.special
		for _, isa := range Usable() {
			use(t, isa)
			k.compare(t, r, -1, func(_, n int) []float32 { return make([]float32, n) }, func() string {
				return fmt.Sprintf("special %08x", special)
			})
		}
	})
}

package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestScratch: a pool takes as much scratch memory as is foretold, and none
// anew where it was reserved.
func TestScratch(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 3, 5}, {40, 784, 112}, {200, 500, 500}, {1000, 700, 40}} {
			samples, k, n := s[0], s[1], s[2]
			a, d, w := NewMatrix(samples, k), NewMatrix(samples, n), NewPacked(k, n)
			for _, threads := range []int{1, 3} {
				for name, c := range map[string]struct {
					want int
					run  func(p *Pool)
				}{
					"gemm":     {GemmScratch(samples, k), func(p *Pool) { p.GemmF32(d, a, w) }},
					"gradient": {GradientScratch(samples, k, n, threads), func(p *Pool) { p.GemmTF32(w, a, d) }},
				} {
					fresh, reserved := NewPool(threads), NewPool(threads)
					c.run(fresh)
					require.Len(t, fresh.scratch[threads-1], c.want, "%s %v", name, s)
					reserved.Reserve(c.want)
					before := reserved.scratch[0]
					c.run(reserved)
					require.Len(t, reserved.scratch[0], c.want)
					if c.want > 0 {
						require.Same(t, &before[0], &reserved.scratch[0][0])
					}
					fresh.Close()
					reserved.Close()
				}
			}
		}
	})
}

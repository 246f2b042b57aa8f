//go:build amd64 && !purego && !noasm

package bench

import (
	"fmt"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/viterin/vek/vek32"
)

// BenchmarkSumSquares compares the row norm with vek's dot product of a row
// with itself.
func BenchmarkSumSquares(b *testing.B) {
	for _, n := range []int{500, 784, 2000} {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i%17) / 16
		}
		b.Run(fmt.Sprintf("lib=pffedge/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				simd.SumSquaresF32(x)
			}
		})
		b.Run(fmt.Sprintf("lib=vek/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				vek32.Dot(x, x)
			}
		})
	}
}

// BenchmarkMatMul compares one product of activations with weights. vek takes
// the weights row-major; ours are packed for good.
func BenchmarkMatMul(b *testing.B) {
	const k, n = 500, 500
	for _, m := range []int{1, 10, 100} {
		a, dst, w := simd.NewMatrix(m, k), simd.NewMatrix(m, n), simd.NewPacked(k, n)
		x, weights, y := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
		for i := range x {
			x[i] = float32(i%17) / 16
			a.Row(i / k)[i%k] = x[i]
		}
		for i := range weights {
			weights[i] = float32(i%13) / 12
		}
		w.Pack(weights)
		pool := simd.NewPool(1)
		defer pool.Close()
		flops := 2 * float64(m) * k * n
		b.Run(fmt.Sprintf("lib=pffedge/m=%d,k=%d,n=%d", m, k, n), func(b *testing.B) {
			for b.Loop() {
				pool.GemmF32(dst, a, w)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run(fmt.Sprintf("lib=vek/m=%d,k=%d,n=%d", m, k, n), func(b *testing.B) {
			for b.Loop() {
				vek32.MatMul_Into(y, x, weights, k)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

package simd

import "fmt"

// Packed is a K×N weight matrix in panels of 16 columns:
//
//	Data[((n/16)*K + k)*16 + n%16] = W[k][n]
//
// A product streams each panel from front to back, one cache line a step.
// Columns N.. of the last panel are zero and stay zero under every kernel.
// Optimiser moments use the same layout, so that a weight and its moments
// share one index.
type Packed struct {
	K, N int
	Data []float32 // PackedLen(K, N) values
}

// PackedLen returns the number of values, padding included, that a packed
// K×N matrix holds.
func PackedLen(k, n int) int { return panels(n) * k * PanelWidth }

// NewPacked returns a zero K×N matrix.
func NewPacked(k, n int) Packed {
	return Packed{K: k, N: n, Data: alignedFloats(PackedLen(k, n))}
}

// Index returns the position of W[k][n] in Data.
func (p Packed) Index(k, n int) int {
	return ((n/PanelWidth)*p.K+k)*PanelWidth + n%PanelWidth
}

// At returns W[k][n].
func (p Packed) At(k, n int) float32 { return p.Data[p.Index(k, n)] }

// Set stores v at W[k][n].
func (p Packed) Set(k, n int, v float32) { p.Data[p.Index(k, n)] = v }

// Panels returns the number of panels.
func (p Packed) Panels() int { return panels(p.N) }

// Panel returns panel j, K·16 values.
func (p Packed) Panel(j int) []float32 {
	n := p.K * PanelWidth
	return p.Data[j*n : (j+1)*n : (j+1)*n]
}

// Pack fills p from src, K·N values in row-major order.
func (p Packed) Pack(src []float32) {
	if len(src) != p.K*p.N {
		panic(fmt.Sprintf("simd: Pack of %d values into %d×%d", len(src), p.K, p.N))
	}
	for k := range p.K {
		for n := range p.N {
			p.Set(k, n, src[k*p.N+n])
		}
	}
}

// Unpack writes p to dst, K·N values in row-major order.
func (p Packed) Unpack(dst []float32) {
	if len(dst) != p.K*p.N {
		panic(fmt.Sprintf("simd: Unpack of %d×%d into %d values", p.K, p.N, len(dst)))
	}
	for k := range p.K {
		for n := range p.N {
			dst[k*p.N+n] = p.At(k, n)
		}
	}
}

// check panics unless p's fields agree with each other.
func (p Packed) check(operation, operand string) {
	if p.K <= 0 || p.N <= 0 || len(p.Data) < PackedLen(p.K, p.N) {
		panic(fmt.Sprintf("simd: %s: %s is malformed: packed %d×%d, %d values", operation, operand, p.K, p.N, len(p.Data)))
	}
}

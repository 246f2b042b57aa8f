package simd

import (
	"fmt"
	"testing"
)

// The benchmarks of the row operations apply one to each of m rows of n
// values, on one thread:
//
//	go test -run '^$' -bench 'StepF32/isa=avx2/m=1,' ./simd

// benchRows runs prepare's function, which works on row r of m, for each
// implementation; bytes are read and written for each value.
func benchRows(b *testing.B, bytes int, prepare func(m, n int) func(r int)) {
	for _, isa := range Usable() {
		b.Run("isa="+string(isa), func(b *testing.B) {
			use(b, isa)
			for _, x := range [][2]int{{1, 500}, {1, 2000}, {1000, 2000}} {
				b.Run(fmt.Sprintf("m=%d,n=%d", x[0], x[1]), func(b *testing.B) {
					row := prepare(x[0], x[1])
					for r := range x[0] {
						row(r) // touches the pages for the first time
					}
					b.SetBytes(int64(bytes * x[0] * x[1]))
					for b.Loop() {
						for r := range x[0] {
							row(r)
						}
					}
				})
			}
		})
	}
}

func BenchmarkSumSquaresF32(b *testing.B) {
	benchRows(b, 4, func(m, n int) func(r int) {
		x := newSource(1).matrix(m, n)
		return func(r int) { SumSquaresF32(x.Row(r)) }
	})
}

func BenchmarkDotF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		x, y := newSource(1).matrix(m, n), newSource(2).matrix(m, n)
		return func(r int) { DotF32(x.Row(r), y.Row(r)) }
	})
}

func BenchmarkScaleF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		dst, x := NewMatrix(m, n), newSource(1).matrix(m, n)
		return func(r int) { ScaleF32(dst.Row(r), x.Row(r), 0.9) }
	})
}

func BenchmarkAxpyF32(b *testing.B) {
	benchRows(b, 12, func(m, n int) func(r int) {
		dst, x := NewMatrix(m, n), newSource(1).matrix(m, n)
		return func(r int) { AxpyF32(dst.Row(r), x.Row(r), 0.9) }
	})
}

func BenchmarkReluF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		dst, x := NewMatrix(m, n), newSource(1).matrix(m, n)
		return func(r int) { ReluF32(dst.Row(r), x.Row(r)) }
	})
}

func BenchmarkBiasReluF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		s := newSource(1)
		dst, x, bias := NewMatrix(m, n), s.matrix(m, n), s.vector(n)
		return func(r int) { BiasReluF32(dst.Row(r), x.Row(r), bias) }
	})
}

func BenchmarkStepF32(b *testing.B) {
	benchRows(b, 12, func(m, n int) func(r int) {
		s := newSource(1)
		dst, x, z, bias := NewMatrix(m, n), s.matrix(m, n), s.matrix(m, n), s.vector(n)
		return func(r int) { StepF32(dst.Row(r), x.Row(r), bias, z.Row(r), 0.3) }
	})
}

func BenchmarkNormalizeF32(b *testing.B) {
	benchRows(b, 12, func(m, n int) func(r int) {
		dst, x := NewMatrix(m, n), newSource(1).matrix(m, n)
		return func(r int) { NormalizeF32(dst.Row(r), x.Row(r)) }
	})
}

func BenchmarkSoftmaxF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		s := newSource(1)
		dst, x, bias := NewMatrix(m, n), s.matrix(m, n), s.vector(n)
		return func(r int) { SoftmaxF32(dst.Row(r), x.Row(r), bias) }
	})
}

// BenchmarkNoiseF32 adds noise in place, one stream a row.
func BenchmarkNoiseF32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		z := NewMatrix(m, n)
		return func(r int) { AddNormalF32(z.Row(r), z.Row(r), Mix(1, uint64(r)), 0.01) }
	})
}

func BenchmarkAdamF32(b *testing.B) {
	benchRows(b, 28, func(m, n int) func(r int) {
		s := newSource(1)
		w, g, mean, square := s.matrix(m, n), s.matrix(m, n), NewMatrix(m, n), NewMatrix(m, n)
		return func(r int) { AdamF32(w.Row(r), mean.Row(r), square.Row(r), g.Row(r), testStep) }
	})
}

// BenchmarkAdamMomentsF32 is BenchmarkAdamF32 with moments of fewer bits.
func BenchmarkAdamMomentsF32(b *testing.B) {
	for _, bits := range []int{32, 16, 8} {
		b.Run(fmt.Sprintf("bits=%d", bits), func(b *testing.B) {
			benchRows(b, 12+2*bits/4, func(m, n int) func(r int) {
				s := newSource(1)
				w, g, moments := s.matrix(m, n), s.matrix(m, n), make([]Moments, m)
				for r := range moments {
					moments[r] = NewMoments(n, bits)
				}
				return func(r int) { AdamMomentsF32(w.Row(r), &moments[r], g.Row(r), testStep, 1) }
			})
		})
	}
}

func BenchmarkSGDF32(b *testing.B) {
	benchRows(b, 12, func(m, n int) func(r int) {
		s := newSource(1)
		w, g := s.matrix(m, n), s.matrix(m, n)
		return func(r int) { SGDF32(w.Row(r), g.Row(r), SGDStep{Rate: 1e-4, Clip: 0.5, Decay: 0.01}) }
	})
}

func BenchmarkQuantizeU7(b *testing.B) {
	benchRows(b, 5, func(m, n int) func(r int) {
		dst, x := NewMatrixU7(m, n), newSource(1).matrix(m, n)
		return func(r int) { QuantizeU7(dst.Row(r), x.Row(r), 127) }
	})
}

func BenchmarkDequantizeI32(b *testing.B) {
	benchRows(b, 8, func(m, n int) func(r int) {
		dst, acc, scale := NewMatrix(m, n), benchSums(m, n), newSource(1).vector(n)
		return func(r int) { DequantizeI32(dst.Row(r), acc.Row(r), scale, 0.01) }
	})
}

func BenchmarkDequantizeAddI32(b *testing.B) {
	benchRows(b, 12, func(m, n int) func(r int) {
		dst, acc, scale := NewMatrix(m, n), benchSums(m, n), newSource(1).vector(n)
		return func(r int) { DequantizeAddI32(dst.Row(r), acc.Row(r), scale, 1e-9) }
	})
}

func BenchmarkRequantizeU7(b *testing.B) {
	benchRows(b, 5, func(m, n int) func(r int) {
		s := newSource(1)
		dst, acc, scale, bias := NewMatrixU7(m, n), benchSums(m, n), s.vector(n), s.vector(n)
		ScaleF32(scale, scale, 1e-3)
		return func(r int) { RequantizeU7(dst.Row(r), acc.Row(r), scale, bias) }
	})
}

func benchSums(m, n int) MatrixI32 {
	s, acc := newSource(3), NewMatrixI32(m, n)
	for i := range acc.Data {
		acc.Data[i] = int32(s.Uint32()) >> 14
	}
	return acc
}

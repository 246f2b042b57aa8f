package simd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func (s *source) codes(m MatrixU7) MatrixU7 {
	for r := range m.Rows {
		for i := range m.Row(r) {
			m.Row(r)[i] = uint8(s.Uint32() % 128)
		}
	}
	return m
}

func TestTransposeU7(t *testing.T) {
	for _, parts := range []int{1, 3} {
		for _, shape := range [][2]int{{1, 1}, {3, 5}, {8, 8}, {9, 17}, {200, 784}, {31, 500}} {
			s := newSource(3)
			a := s.codes(NewMatrixU7(shape[0], shape[1]))
			dst := NewMatrixU7(shape[1], shape[0])
			for i := range parts {
				TransposeU7(dst, a, i, parts)
			}
			for r := range a.Rows {
				for c := range a.Cols {
					require.Equal(t, a.Row(r)[c], dst.Row(c)[r], "%v, %d, %d", shape, r, c)
				}
			}
			for c := range dst.Rows {
				for _, v := range dst.Data[c*dst.Stride+dst.Cols : (c+1)*dst.Stride] {
					require.Zero(t, v, "%v: padding", shape)
				}
			}
		}
	}
}

func TestPackS8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, shape := range [][2]int{{1, 1}, {4, 16}, {5, 17}, {30, 100}, {199, 500}} {
			d := newSource(4).matrix(shape[0], shape[1])
			d.Row(0)[0] = float32(math.NaN())
			dst := NewPackedI8(shape[0], shape[1])
			for i := range dst.Data {
				dst.Data[i] = 99
			}
			for j := range dst.Panels() {
				packS8(dst.Panel(j), d.Data[j*PanelWidth:], d.Stride, d.Rows, 50)
			}
			seen := 0
			for r := range d.Rows {
				for c, v := range d.Row(r) {
					want := math.RoundToEven(float64(min(max(v*50, -127), 127)))
					if v != v {
						want = float64(dst.Data[dst.Index(r, c)])
					}
					require.EqualValues(t, want, dst.Data[dst.Index(r, c)], "%v, %d, %d", shape, r, c)
					seen++
				}
			}
			zeros := 0
			for _, v := range dst.Data {
				if v == 0 {
					zeros++
				}
			}
			require.GreaterOrEqual(t, zeros, len(dst.Data)-seen, "padding")
		}
	})
}

// fineWeights returns weights around zero, in whole residuals.
func (s *source) fineWeights(k, n int) FineI8 {
	w := NewFineI8(k, n)
	for c := range n {
		w.Scale[c] = 0.001 * float32(c+1)
	}
	for r := range k {
		for c := range n {
			v := int(s.Uint32()%65000) - 32500
			code := (v + 128) >> 8
			w.Data[w.Index(r, c)], w.Residual[w.fine(r, c)] = int8(code), int8(v-code*256)
		}
	}
	return w
}

// TestUpdateFineI8 compares with float32: after one step every weight is where
// Adam puts it, but for less than one residual, by the same moments.
func TestUpdateFineI8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, threads := range []int{1, 2} {
			pool := NewPool(threads)
			for _, shape := range [][3]int{{1, 1, 1}, {7, 5, 17}, {50, 33, 40}, {20, 784, 100}} {
				m, k, n := shape[0], shape[1], shape[2]
				s := newSource(uint64(m))
				w, a := s.fineWeights(k, n), s.codes(NewMatrixU7(m, k))
				d, at := s.matrix(m, n), NewMatrixU7(k, m)
				TransposeU7(at, a, 0, 1)
				peak := float32(0)
				for r := range m {
					peak = max(peak, MaxAbsF32(d.Row(r)))
				}

				moments, want := NewMoments(PackedLen(k, n), 8), NewMoments(PackedLen(k, n), 8)
				full, gradient := NewPacked(k, n), NewPacked(k, n)
				unit := peak / 127
				for i := range k {
					for j := range n {
						full.Set(i, j, w.At(i, j))
						var sum int32
						for r := range m {
							sum += int32(a.Row(r)[i]) * int32(math.RoundToEven(float64(float32(d.Row(r)[j]*(1/unit)))))
						}
						gradient.Set(i, j, float32(float32(sum)*unit))
					}
				}
				step := Adam{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}.Step(1, 1)
				AdamMomentsF32(full.Data, &want, gradient.Data, step, 77)
				pool.UpdateFineI8(&w, &moments, at, d, peak, step, 77)
				require.Equal(t, want, moments)
				for i := range k {
					for j := range n {
						require.InDelta(t, full.At(i, j), w.At(i, j), float64(w.Scale[j])/256*1.01, "%v, %d, %d", shape, i, j)
					}
				}
			}
			pool.Close()
		}
	})
}

// TestFineRounding: rounding is unbiased, so that steps far below a residual add
// up, and columns that weights outgrow get a larger scale.
func TestFineRounding(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		const groups = 25
		codes, residual := make([]int8, groups*lineBytes), make([]int8, groups*lineBytes)
		src, back := make([]float32, groups*lineBytes), make([]float32, groups*lineBytes)
		var inverse, unit, peak [PanelWidth]float32
		for i := range inverse {
			inverse[i], unit[i] = 1, 1
		}
		for _, value := range []float32{0.1, -3.7, 1000.25, -32511.5, 0, 32512} {
			for i := range src {
				src[i] = value
			}
			var sum float64
			const times = 400
			for n := range times {
				storeFine(codes, residual, src, &inverse, &peak, groups, uint32(n)*2654435761)
				expandFine(back, codes, residual, &unit, groups)
				for _, v := range back {
					require.InDelta(t, value, v, 1)
					sum += float64(v)
				}
			}
			require.InDelta(t, value, sum/times/float64(len(back)), 0.003, "%v", value)
			require.Equal(t, max(value, -value), peak[3])
		}
	})
}

func TestFineScalesGrow(t *testing.T) {
	pool := NewPool(1)
	defer pool.Close()
	w := NewFineI8(8, 20)
	for c := range w.Scale[:20] {
		w.Scale[c] = 1e-4 // values up to 0.0127
	}
	at, d := NewMatrixU7(8, 4), NewMatrix(4, 20)
	for i := range 8 {
		for r := range 4 {
			at.Row(i)[r] = 127
		}
	}
	for r := range 4 {
		for j := range d.Row(r) {
			d.Row(r)[j] = -0.01
		}
	}
	moments := NewMoments(PackedLen(8, 20), 8)
	adam := Adam{Rate: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}
	for i := range 10 {
		pool.UpdateFineI8(&w, &moments, at, d, 0.01, adam.Step(i+1, 1), uint64(i))
	}
	for i := range 8 {
		for j := range 20 {
			require.InDelta(t, 0.1, w.At(i, j), 0.02)
		}
	}
	require.InDelta(t, 0.1/127, w.Scale[0], 0.0003)
}

package quant

import (
	"errors"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/simd"
)

// Max is the largest magnitude of a quantised weight. −128 is left out, so
// that negation and pairwise products stay in range.
const Max = 127

// ErrNotFinite: a weight is NaN or infinite.
var ErrNotFinite = errors.New("weight is not finite")

// Weights is a K×N int8 matrix with a scale for each column:
// W[k][n] ≈ Scale[n]·q[k][n].
type Weights struct {
	simd.PackedI8
	Scale []float32 // N values, ≥ 0; 0 where the whole column is zero
}

// At returns the restored weight Scale[n]·q[k][n].
func (w *Weights) At(k, n int) float32 {
	return w.Scale[n] * float32(w.Data[w.Index(k, n)])
}

// Quantise returns the int8 form of p: for each column the scale is its
// largest magnitude divided by Max.
func Quantise(p simd.Packed) (*Weights, error) {
	w := &Weights{PackedI8: simd.NewPackedI8(p.K, p.N), Scale: make([]float32, p.N)}
	for n := range p.N {
		top, err := columnPeak(p, n)
		if err != nil {
			return nil, err
		}
		w.Scale[n] = top / Max
		if w.Scale[n] == 0 {
			continue // zero, or so small that even the scale underflows
		}
		for k := range p.K {
			w.Data[w.Index(k, n)] = Round(p.At(k, n) / w.Scale[n])
		}
	}
	return w, nil
}

// columnPeak returns the largest magnitude in column n.
func columnPeak(p simd.Packed, n int) (float32, error) {
	var top float32
	for k := range p.K {
		v := float32(math.Abs(float64(p.At(k, n))))
		if v-v != 0 {
			return 0, fmt.Errorf("%w: row %d, column %d is %v", ErrNotFinite, k, n, p.At(k, n))
		}
		top = max(top, v)
	}
	return top, nil
}

// Round returns v to the nearest integer, ties to even, within ±Max.
func Round(v float32) int8 {
	return int8(min(max(math.RoundToEven(float64(v)), -Max), Max))
}

// Restore writes the restored weights to dst, which must be K×N.
func (w *Weights) Restore(dst simd.Packed) {
	if dst.K != w.K || dst.N != w.N {
		panic(fmt.Sprintf("quant: Restore of %d×%d into %d×%d", w.K, w.N, dst.K, dst.N))
	}
	for n := range w.N {
		column, scale := dst.Data[dst.Index(0, n):], w.Scale[n]
		for k := range w.K {
			column[k*simd.PanelWidth] = scale * float32(w.Data[w.Index(k, n)])
		}
	}
}

// SNR returns the signal-to-noise ratio of w as an approximation of p, in
// decibels, see Error.
func (w *Weights) SNR(p simd.Packed) float64 {
	if p.K != w.K || p.N != w.N {
		panic(fmt.Sprintf("quant: SNR of %d×%d for %d×%d", w.K, w.N, p.K, p.N))
	}
	var e Error
	for k := range w.K {
		for n := range w.N {
			e.Add([]float32{p.At(k, n)}, []float32{w.At(k, n)})
		}
	}
	return e.SNR()
}

// Bytes returns the memory that w's values and scales take.
func (w *Weights) Bytes() int { return len(w.Data) + 4*len(w.Scale) }

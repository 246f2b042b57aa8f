package ridge

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

// The purposes that random numbers are drawn for.
const (
	forProjection uint64 = iota + 1
	forBias
	forWindow
)

// A feature's code is one step for every 1/unit of a pre-activation whose
// weights' part is nearly standard normal. Beyond 127/unit it is clamped.
const (
	unit       = 16
	biasSpread = 0.25 // standard deviation of biases
	weightUnit = 32.0 // codes of weights: a standard deviation
	constant   = 32   // the code of the last feature
)

// projection computes features. It follows from the options alone.
//
//	φ(x)_j = U7(max(0, unit·(g_j·w_j·x/(‖x‖·weightUnit) + b_j)))
//
// with w_j and x in int8 codes, U7 rounding to 0…127. w_j is 0 outside of the
// feature's window and g_j makes up for that (see window).
type projection struct {
	weights simd.PackedI8 // D×F
	bias    []float32     // F and padding, in steps of codes
	gain    []float32     // F and padding
	scale   []float32     // of the sample at hand
	codes   simd.MatrixU7 // samples, at most depth
	sums    simd.MatrixI32
	phi     simd.MatrixU7
}

// depth is how many samples are taken at a time, and wait before their products
// are summed.
const depth = 64

func newProjection(opt *Options) *projection {
	width := simd.PaddedLen(opt.Features)
	p := &projection{
		weights: simd.NewPackedI8(opt.Inputs, opt.Features),
		bias:    simd.NewVector(opt.Features), gain: simd.NewVector(opt.Features), scale: simd.NewVector(opt.Features),
		codes: simd.NewMatrixU7(depth, opt.Inputs), sums: simd.NewMatrixI32(depth, opt.Features), phi: simd.NewMatrixU7(depth, width),
	}
	last := opt.Features - 1
	simd.AddNormalF32(p.bias[:last], p.bias[:last], simd.Mix(opt.Seed, forBias), unit*biasSpread)
	p.bias[last] = constant
	zeros, column := make([]float32, opt.Inputs), make([]float32, opt.Inputs)
	for j := range last {
		w := newWindow(opt, j)
		p.gain[j] = w.gain(opt.Inputs)
		simd.AddNormalF32(column, zeros, simd.Mix(opt.Seed, forProjection, uint64(j)), weightUnit)
		p.pack(j, column, w)
	}
	return p
}

// pack makes a column, in its window, that of the weights of feature j.
func (p *projection) pack(j int, column []float32, w window) {
	for i, v := range column {
		if w.has(i) {
			p.weights.Data[p.weights.Index(i, j)] = int8(math.RoundToEven(float64(max(-127, min(127, v)))))
		}
	}
}

// take makes x sample i of those at hand.
func (p *projection) take(i int, x []float32) { simd.QuantizeU7(p.codes.Row(i), x, 127) }

// compute returns the features of the first n samples at hand, padded by zeros.
func (p *projection) compute(pool *simd.Pool, n int) simd.MatrixU7 {
	codes, sums := p.codes, p.sums
	codes.Rows, sums.Rows = n, n
	pool.GemmI8(sums, codes, p.weights)
	for i := range n {
		step := inverseNorm(codes.Row(i)) * unit / weightUnit
		simd.ScaleF32(p.scale, p.gain, step)
		simd.RequantizeU7(p.phi.Row(i), p.sumsOf(i), p.scale, p.bias)
	}
	return p.phi
}

// sumsOf returns a sample's sums with their padding, which is zero.
func (p *projection) sumsOf(i int) []int32 {
	return p.sums.Data[i*p.sums.Stride : i*p.sums.Stride+len(p.scale)]
}

// inverseNorm returns 1/‖x‖, or 0 where x is zero. The sum is exact.
func inverseNorm(x []uint8) float32 {
	sum := 0
	for _, v := range x {
		sum += int(v) * int(v)
	}
	if sum == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(float64(sum)))
}

// bytes is the memory of a projection.
func (p *projection) bytes() int {
	return len(p.weights.Data) + 4*(len(p.bias)+len(p.gain)+len(p.scale)+len(p.sums.Data)) + len(p.codes.Data) + len(p.phi.Data)
}

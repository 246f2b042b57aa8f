package simd

import (
	"fmt"
	"math"
)

// firstOf returns the first n values of x. It panics if x has fewer, even
// where its capacity would do: what lies there is not x's.
func firstOf(operation string, x []float32, n int) []float32 {
	if len(x) < n {
		tooShort(operation, len(x), n)
	}
	return x[:n]
}

//go:noinline
func tooShort(operation string, got, want int) {
	panic(fmt.Sprintf("simd: %s: a row of %d values, want %d", operation, got, want))
}

// SumSquaresF32 returns Σ x². It keeps eight running sums, element i in sum
// i mod 8, and adds them in a fixed order.
func SumSquaresF32(x []float32) float32 {
	var s [8]float32
	for len(x) >= 8 {
		v := x[:8:8]
		s[0] += float32(v[0] * v[0])
		s[1] += float32(v[1] * v[1])
		s[2] += float32(v[2] * v[2])
		s[3] += float32(v[3] * v[3])
		s[4] += float32(v[4] * v[4])
		s[5] += float32(v[5] * v[5])
		s[6] += float32(v[6] * v[6])
		s[7] += float32(v[7] * v[7])
		x = x[8:]
	}
	for i, v := range x {
		s[i] += float32(v * v)
	}
	return (s[0] + s[4]) + (s[1] + s[5]) + ((s[2] + s[6]) + (s[3] + s[7]))
}

// normEpsilon keeps the normalisation of a zero row finite.
const normEpsilon = 1e-8

// InverseNormF32 returns 1/(√sum + 1e-8), the factor that normalises a row
// whose squares add up to sum.
func InverseNormF32(sum float32) float32 {
	return float32(1 / (math.Sqrt(float64(sum)) + normEpsilon))
}

// NormalizeF32 writes n(x) = x/(‖x‖₂ + 1e-8) to dst and returns ‖x‖₂². dst may
// be x.
func NormalizeF32(dst, x []float32) float32 {
	sum := SumSquaresF32(x)
	ScaleF32(dst, x, InverseNormF32(sum))
	return sum
}

// ScaleF32 writes s·x to dst, which must be at least as long as x and may be x.
func ScaleF32(dst, x []float32, s float32) {
	dst = firstOf("ScaleF32", dst, len(x))
	for i, v := range x {
		dst[i] = s * v
	}
}

// AxpyF32 computes dst += s·x. dst must be at least as long as x.
func AxpyF32(dst, x []float32, s float32) {
	dst = firstOf("AxpyF32", dst, len(x))
	for i, v := range x {
		dst[i] += float32(s * v)
	}
}

// ReluF32 writes max(x, 0) to dst, which may be x. NaN stays NaN.
func ReluF32(dst, x []float32) {
	dst = firstOf("ReluF32", dst, len(x))
	for i, v := range x {
		dst[i] = max(v, 0)
	}
}

// BiasReluF32 writes relu(pre + bias) to dst: a hidden layer's start state.
func BiasReluF32(dst, pre, bias []float32) {
	pre, bias = firstOf("BiasReluF32", pre, len(dst)), firstOf("BiasReluF32", bias, len(dst))
	for i := range dst {
		dst[i] = max(pre[i]+bias[i], 0)
	}
}

// StepF32 is the end of one dynamics step of a layer:
//
//	dst = (1−leak)·relu(pre + bias) + leak·z
//
// dst may be z or pre.
func StepF32(dst, pre, bias, z []float32, leak float32) {
	pre, bias, z = firstOf("StepF32", pre, len(dst)), firstOf("StepF32", bias, len(dst)), firstOf("StepF32", z, len(dst))
	gain := 1 - leak
	for i := range dst {
		dst[i] = float32(gain*max(pre[i]+bias[i], 0)) + float32(leak*z[i])
	}
}

// SoftmaxF32 writes softmax(x + bias) to dst, which may be x. The largest sum
// is subtracted first, so that no finite sum overflows.
func SoftmaxF32(dst, x, bias []float32) {
	x, bias = firstOf("SoftmaxF32", x, len(dst)), firstOf("SoftmaxF32", bias, len(dst))
	top := float32(math.Inf(-1))
	for i := range dst {
		dst[i] = x[i] + bias[i]
		top = max(top, dst[i])
	}
	var sum float32
	for i, v := range dst {
		dst[i] = float32(math.Exp(float64(v - top)))
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
}

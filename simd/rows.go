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

// whole returns how many of n elements fill whole panels, which is what the
// kernels of the row operations take; the generic ones do the rest.
func whole(n int) int { return n &^ (PanelWidth - 1) }

// longestRow bounds what one call of a kernel works on where whole matrices
// come as one row: assembly cannot be interrupted, and stays below 100 µs.
const longestRow = 1 << 12

// SumSquaresF32 returns Σ x², the goodness of a layer's state in PFF. It keeps
// 16 running sums, element i in sum i mod 16, and adds them in a fixed order.
func SumSquaresF32(x []float32) float32 {
	var sums lanes
	n := whole(len(x))
	if n > 0 {
		sumSquaresF32(&sums, x[:n])
	}
	sumSquaresF32Generic(&sums, x[n:])
	return sums.fold()
}

// DotF32 returns Σ x·y in the order of SumSquaresF32. y must be at least as
// long as x.
func DotF32(x, y []float32) float32 {
	y = firstOf("DotF32", y, len(x))
	var sums lanes
	n := whole(len(x))
	if n > 0 {
		dotF32(&sums, x[:n], y[:n])
	}
	dotF32Generic(&sums, x[n:], y[n:])
	return sums.fold()
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
	n := whole(len(x))
	if n > 0 {
		scaleF32(dst[:n], x[:n], s)
	}
	scaleF32Generic(dst[n:], x[n:], s)
}

// AxpyF32 computes dst += s·x. dst must be at least as long as x.
func AxpyF32(dst, x []float32, s float32) {
	dst = firstOf("AxpyF32", dst, len(x))
	for len(x) > longestRow {
		axpyF32(dst[:longestRow], x[:longestRow], s)
		dst, x = dst[longestRow:], x[longestRow:]
	}
	n := whole(len(x))
	if n > 0 {
		axpyF32(dst[:n], x[:n], s)
	}
	axpyF32Generic(dst[n:], x[n:], s)
}

// ReluF32 writes max(x, 0) to dst, which may be x. NaN stays NaN.
func ReluF32(dst, x []float32) {
	dst = firstOf("ReluF32", dst, len(x))
	n := whole(len(x))
	if n > 0 {
		reluF32(dst[:n], x[:n])
	}
	reluF32Generic(dst[n:], x[n:])
}

// BiasReluF32 writes relu(pre + bias) to dst: a hidden layer's start state.
// dst may be pre.
func BiasReluF32(dst, pre, bias []float32) {
	pre, bias = firstOf("BiasReluF32", pre, len(dst)), firstOf("BiasReluF32", bias, len(dst))
	n := whole(len(dst))
	if n > 0 {
		biasReluF32(dst[:n], pre[:n], bias[:n])
	}
	biasReluF32Generic(dst[n:], pre[n:], bias[n:])
}

// StepF32 is the end of one dynamics step of a layer; it returns Σ dst², the
// state's goodness, summed as by SumSquaresF32:
//
//	dst = (1−leak)·relu(pre + bias) + leak·z
//
// dst may be z or pre.
func StepF32(dst, pre, bias, z []float32, leak float32) (goodness float32) {
	pre, bias, z = firstOf("StepF32", pre, len(dst)), firstOf("StepF32", bias, len(dst)), firstOf("StepF32", z, len(dst))
	var sums lanes
	gain := 1 - leak
	n := whole(len(dst))
	if n > 0 {
		stepF32(&sums, dst[:n], pre[:n], bias[:n], z[:n], gain, leak)
	}
	stepF32Generic(&sums, dst[n:], pre[n:], bias[n:], z[n:], gain, leak)
	return sums.fold()
}

// ErrorF32 turns the pre-activations dst of bounded units, whose outputs are
// min(max(dst, 0), top), into scale·(output − target) where the gradient
// passes, from low to top, and 0 elsewhere. It returns Σ (output − target)²,
// summed as by SumSquaresF32. A relu whose derivative counts as 1 everywhere
// has low −Inf and top +Inf. target must be at least as long as dst.
func ErrorF32(dst, target []float32, low, top, scale float32) (loss float32) {
	target = firstOf("ErrorF32", target, len(dst))
	var sums lanes
	n := whole(len(dst))
	if n > 0 {
		errorF32(&sums, dst[:n], target[:n], low, top, scale)
	}
	errorF32Generic(&sums, dst[n:], target[n:], low, top, scale)
	return sums.fold()
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
	var sums lanes
	n := whole(len(dst))
	if n > 0 {
		expF32(&sums, dst[:n], dst[:n], top)
	}
	if n < len(dst) {
		// Read-outs have few classes: what would be left to plain Go is padded to
		// a whole panel instead, with terms that are zero.
		last := lanes{}
		for i := range last {
			last[i] = float32(math.Inf(-1))
		}
		copy(last[:], dst[n:])
		expF32(&sums, last[:], last[:], top)
		copy(dst[n:], last[:])
	}
	ScaleF32(dst, dst, 1/sums.fold())
}

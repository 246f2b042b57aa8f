//go:build !purego && !noasm

package simd

import "unsafe"

func sumSquaresF32(sums *lanes, x []float32) {
	switch active {
	default:
		sumSquaresF32Generic(sums, x)
	}
}

func dotF32(sums *lanes, x, y []float32) {
	switch active {
	default:
		dotF32Generic(sums, x, y)
	}
}

func scaleF32(dst, x []float32, s float32) {
	switch active {
	default:
		scaleF32Generic(dst, x, s)
	}
}

func axpyF32(dst, x []float32, s float32) {
	switch active {
	default:
		axpyF32Generic(dst, x, s)
	}
}

func biasReluF32(dst, pre, bias []float32) {
	switch active {
	default:
		biasReluF32Generic(dst, pre, bias)
	}
}

func stepF32(sums *lanes, dst, pre, bias, z []float32, gain, leak float32) {
	switch active {
	default:
		stepF32Generic(sums, dst, pre, bias, z, gain, leak)
	}
}

func expF32(sums *lanes, dst, x []float32, shift float32) {
	switch active {
	default:
		expF32Generic(sums, dst, x, shift)
	}
}

func addNormalF32(dst, x []float32, low, high uint32, scale float32) {
	switch active {
	default:
		addNormalF32Generic(dst, x, low, high, scale)
	}
}

func adamF32(w, m, v, g []float32, c *AdamStep) {
	switch active {
	case AVX2:
		adamF32AVX2(&w[0], &m[0], &v[0], &g[0], len(w), (*[8]float32)(unsafe.Pointer(c)))
	default:
		adamF32Generic(w, m, v, g, c)
	}
}

func sgdF32(w, g []float32, c *SGDStep) {
	switch active {
	default:
		sgdF32Generic(w, g, c)
	}
}

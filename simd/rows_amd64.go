//go:build !purego && !noasm

package simd

import "unsafe"

func sumSquaresF32(sums *lanes, x []float32) {
	switch active {
	case AVX512, VNNI:
		sumSquaresF32AVX512((*[PanelWidth]float32)(sums), &x[0], len(x))
	case AVX2:
		sumSquaresF32AVX2((*[PanelWidth]float32)(sums), &x[0], len(x))
	default:
		sumSquaresF32Generic(sums, x)
	}
}

func dotF32(sums *lanes, x, y []float32) {
	switch active {
	case AVX512, VNNI:
		dotF32AVX512((*[PanelWidth]float32)(sums), &x[0], &y[0], len(x))
	case AVX2:
		dotF32AVX2((*[PanelWidth]float32)(sums), &x[0], &y[0], len(x))
	default:
		dotF32Generic(sums, x, y)
	}
}

func scaleF32(dst, x []float32, s float32) {
	switch active {
	case AVX512, VNNI:
		scaleF32AVX512(&dst[0], &x[0], len(x), s)
	case AVX2:
		scaleF32AVX2(&dst[0], &x[0], len(x), s)
	default:
		scaleF32Generic(dst, x, s)
	}
}

func axpyF32(dst, x []float32, s float32) {
	switch active {
	case AVX512, VNNI:
		axpyF32AVX512(&dst[0], &x[0], len(x), s)
	case AVX2:
		axpyF32AVX2(&dst[0], &x[0], len(x), s)
	default:
		axpyF32Generic(dst, x, s)
	}
}

func reluF32(dst, x []float32) {
	switch active {
	case AVX512, VNNI:
		reluF32AVX512(&dst[0], &x[0], len(x))
	case AVX2:
		reluF32AVX2(&dst[0], &x[0], len(x))
	default:
		reluF32Generic(dst, x)
	}
}

func biasReluF32(dst, pre, bias []float32) {
	switch active {
	case AVX512, VNNI:
		biasReluF32AVX512(&dst[0], &pre[0], &bias[0], len(dst))
	case AVX2:
		biasReluF32AVX2(&dst[0], &pre[0], &bias[0], len(dst))
	default:
		biasReluF32Generic(dst, pre, bias)
	}
}

func stepF32(sums *lanes, dst, pre, bias, z []float32, gain, leak float32) {
	switch active {
	case AVX512, VNNI:
		stepF32AVX512((*[PanelWidth]float32)(sums), &dst[0], &pre[0], &bias[0], &z[0], len(dst), gain, leak)
	case AVX2:
		stepF32AVX2((*[PanelWidth]float32)(sums), &dst[0], &pre[0], &bias[0], &z[0], len(dst), gain, leak)
	default:
		stepF32Generic(sums, dst, pre, bias, z, gain, leak)
	}
}

func errorF32(sums *lanes, dst, target []float32, low, top, scale float32) {
	switch active {
	case AVX512, VNNI:
		errorF32AVX512((*[PanelWidth]float32)(sums), &dst[0], &target[0], len(dst), low, top, scale)
	case AVX2:
		errorF32AVX2((*[PanelWidth]float32)(sums), &dst[0], &target[0], len(dst), low, top, scale)
	default:
		errorF32Generic(sums, dst, target, low, top, scale)
	}
}

func expF32(sums *lanes, dst, x []float32, shift float32) {
	switch active {
	case AVX512, VNNI:
		expF32AVX512((*[PanelWidth]float32)(sums), &dst[0], &x[0], len(x), shift)
	case AVX2:
		expF32AVX2((*[PanelWidth]float32)(sums), &dst[0], &x[0], len(x), shift)
	default:
		expF32Generic(sums, dst, x, shift)
	}
}

func addNormalF32(dst, x []float32, low, high uint32, scale float32) {
	switch active {
	case AVX512, VNNI:
		addNormalF32AVX512(&dst[0], &x[0], len(x), low, high, scale)
	case AVX2:
		addNormalF32AVX2(&dst[0], &x[0], len(x), low, high, scale)
	default:
		addNormalF32Generic(dst, x, low, high, scale)
	}
}

func adamF32(w, m, v, g []float32, c *AdamStep) {
	switch active {
	case AVX512, VNNI:
		adamF32AVX512(&w[0], &m[0], &v[0], &g[0], len(g), (*[8]float32)(unsafe.Pointer(c)))
	case AVX2:
		adamF32AVX2(&w[0], &m[0], &v[0], &g[0], len(g), (*[8]float32)(unsafe.Pointer(c)))
	default:
		adamF32Generic(w, m, v, g, c)
	}
}

func sgdF32(w, g []float32, c *SGDStep) {
	switch active {
	case AVX512, VNNI:
		sgdF32AVX512(&w[0], &g[0], len(g), (*[3]float32)(unsafe.Pointer(c)))
	case AVX2:
		sgdF32AVX2(&w[0], &g[0], len(g), (*[3]float32)(unsafe.Pointer(c)))
	default:
		sgdF32Generic(w, g, c)
	}
}

func adam16(w []float32, m, v []uint16, g []float32, start uint32, c *AdamStep) {
	switch active {
	case AVX512, VNNI:
		adam16AVX512(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	case AVX2:
		adam16AVX2(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	default:
		adam16Generic(w, m, v, g, start, c)
	}
}

func adam8(w []float32, m, v []uint8, g []float32, start uint32, c *AdamStep) {
	switch active {
	case AVX512, VNNI:
		adam8AVX512(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	case AVX2:
		adam8AVX2(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	default:
		adam8Generic(w, m, v, g, start, c)
	}
}

//go:build !purego && !noasm

package simd

import "unsafe"

func sumSquaresF32(sums *lanes, x []float32) {
	switch active {
	case NEON, NEONDot:
		sumSquaresF32NEON((*[PanelWidth]float32)(sums), &x[0], len(x))
	default:
		sumSquaresF32Generic(sums, x)
	}
}

func dotF32(sums *lanes, x, y []float32) {
	switch active {
	case NEON, NEONDot:
		dotF32NEON((*[PanelWidth]float32)(sums), &x[0], &y[0], len(x))
	default:
		dotF32Generic(sums, x, y)
	}
}

func scaleF32(dst, x []float32, s float32) {
	switch active {
	case NEON, NEONDot:
		scaleF32NEON(&dst[0], &x[0], len(x), s)
	default:
		scaleF32Generic(dst, x, s)
	}
}

func axpyF32(dst, x []float32, s float32) {
	switch active {
	case NEON, NEONDot:
		axpyF32NEON(&dst[0], &x[0], len(x), s)
	default:
		axpyF32Generic(dst, x, s)
	}
}

func reluF32(dst, x []float32) {
	switch active {
	case NEON, NEONDot:
		reluF32NEON(&dst[0], &x[0], len(x))
	default:
		reluF32Generic(dst, x)
	}
}

func biasReluF32(dst, pre, bias []float32) {
	switch active {
	case NEON, NEONDot:
		biasReluF32NEON(&dst[0], &pre[0], &bias[0], len(dst))
	default:
		biasReluF32Generic(dst, pre, bias)
	}
}

func stepF32(sums *lanes, dst, pre, bias, z []float32, gain, leak float32) {
	switch active {
	case NEON, NEONDot:
		stepF32NEON((*[PanelWidth]float32)(sums), &dst[0], &pre[0], &bias[0], &z[0], len(dst), gain, leak)
	default:
		stepF32Generic(sums, dst, pre, bias, z, gain, leak)
	}
}

func errorF32(sums *lanes, dst, target []float32, low, top, scale float32) {
	switch active {
	case NEON, NEONDot:
		errorF32NEON((*[PanelWidth]float32)(sums), &dst[0], &target[0], len(dst), low, top, scale)
	default:
		errorF32Generic(sums, dst, target, low, top, scale)
	}
}

func expF32(sums *lanes, dst, x []float32, shift float32) {
	switch active {
	case NEON, NEONDot:
		expF32NEON((*[PanelWidth]float32)(sums), &dst[0], &x[0], len(x), shift)
	default:
		expF32Generic(sums, dst, x, shift)
	}
}

func addNormalF32(dst, x []float32, low, high uint32, scale float32) {
	switch active {
	case NEON, NEONDot:
		addNormalF32NEON(&dst[0], &x[0], len(x), low, high, scale)
	default:
		addNormalF32Generic(dst, x, low, high, scale)
	}
}

func adamF32(w, m, v, g []float32, c *AdamStep) {
	switch active {
	case NEON, NEONDot:
		adamF32NEON(&w[0], &m[0], &v[0], &g[0], len(g), (*[8]float32)(unsafe.Pointer(c)))
	default:
		adamF32Generic(w, m, v, g, c)
	}
}

func sgdF32(w, g []float32, c *SGDStep) {
	switch active {
	case NEON, NEONDot:
		sgdF32NEON(&w[0], &g[0], len(g), (*[3]float32)(unsafe.Pointer(c)))
	default:
		sgdF32Generic(w, g, c)
	}
}

func adam16(w []float32, m, v []uint16, g []float32, start uint32, c *AdamStep) {
	switch active {
	case NEON, NEONDot:
		adam16NEON(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	default:
		adam16Generic(w, m, v, g, start, c)
	}
}

func adam8(w []float32, m, v []uint8, g []float32, start uint32, c *AdamStep) {
	switch active {
	case NEON, NEONDot:
		adam8NEON(&w[0], &m[0], &v[0], &g[0], len(g), start, (*[8]float32)(unsafe.Pointer(c)))
	default:
		adam8Generic(w, m, v, g, start, c)
	}
}

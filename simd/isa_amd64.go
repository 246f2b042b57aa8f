//go:build !purego && !noasm

package simd

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

func usableArch() []ISA {
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return []ISA{AVX2}
	}
	return nil
}

// The ladder: each function hands its arguments, whose bounds the exported
// operations have checked, to the kernel in use.

func tileF32(rows int, dst []float32, dstStride int, a []float32, aRow, aStep int, b []float32, bStep, steps int, accumulate bool) {
	switch active {
	case AVX2:
		tileF32AVX2(rows, &dst[0], uintptr(4*dstStride), &a[0], uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), steps, flag(accumulate))
	default:
		tileF32Generic(rows, dst, dstStride, a, aRow, aStep, b, bStep, steps, accumulate)
	}
}

func rowPanelsF32(dst, a, b []float32, panelLen, steps int, accumulate bool) {
	switch active {
	case AVX2:
		rowPanelsF32AVX2(&dst[0], &a[0], &b[0], uintptr(4*panelLen), steps, flag(accumulate))
	default:
		rowPanelsF32Generic(dst, a, b, panelLen, steps, accumulate)
	}
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	switch active {
	case AVX2:
		dotRowsF32AVX2(&dst[0], &a[0], &b[0], uintptr(4*panelLen), panels)
	default:
		dotRowsF32Generic(dst, a, b, panelLen, panels)
	}
}

func adamF32(w, m, v, g []float32, c *AdamStep) {
	switch active {
	case AVX2:
		whole := len(w) / 8 * 8
		if whole > 0 {
			adamF32AVX2(&w[0], &m[0], &v[0], &g[0], whole, (*[8]float32)(unsafe.Pointer(c)))
		}
		adamF32Generic(w[whole:], m[whole:], v[whole:], g[whole:], c)
	default:
		adamF32Generic(w, m, v, g, c)
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

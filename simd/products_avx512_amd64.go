//go:build !purego && !noasm

package simd

import "unsafe"

// rowPanelsAVX512 and sparseRowAVX512 choose the kernel for 1, 4 or 8 panels.

func rowPanelsAVX512(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	switch panels {
	case 8:
		rowPanels8F32AVX512(&dst[0], &a[0], &b[0], uintptr(4*panelLen), steps, flag(accumulate))
	case 4:
		rowPanels4F32AVX512(&dst[0], &a[0], &b[0], uintptr(4*panelLen), steps, flag(accumulate))
	default:
		rowPanels1F32AVX512(&dst[0], &a[0], &b[0], uintptr(4*panelLen), steps, flag(accumulate))
	}
}

func sparseRowAVX512(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	values, at := unsafe.SliceData(a), unsafe.SliceData(rows) // either may be empty
	switch panels {
	case 8:
		sparseRow8F32AVX512(&dst[0], values, at, len(a), &b[0], uintptr(4*panelLen), flag(accumulate))
	case 4:
		sparseRow4F32AVX512(&dst[0], values, at, len(a), &b[0], uintptr(4*panelLen), flag(accumulate))
	default:
		sparseRow1F32AVX512(&dst[0], values, at, len(a), &b[0], uintptr(4*panelLen), flag(accumulate))
	}
}

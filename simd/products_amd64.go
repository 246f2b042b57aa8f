//go:build !purego && !noasm

package simd

import "unsafe"

// tileShape returns the largest tile of a float32 product: rows, and panels of
// 16 columns.
func tileShape() (rows, panels int) {
	if active == AVX512 || active == VNNI {
		return 12, 2
	}
	return tileRows, 1
}

// tileShapeI8 is tileShape of int8 products.
func tileShapeI8() (rows, panels int) {
	if active == AVX512 || active == VNNI {
		return 12, 2
	}
	return tileRows, 1
}

// rowWidth returns how many panels rowPanelsF32 and sparseRowF32 take at most.
func rowWidth() int {
	if active == AVX512 || active == VNNI {
		return 8
	}
	return 4
}

func tileF32(rows, panels int, dst []float32, dstRow, dstPanel int, a []float32, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	switch active {
	case AVX512, VNNI:
		tilesF32AVX512(1, rows, panels, &dst[0], 0, uintptr(4*dstRow), uintptr(4*dstPanel), &a[0], 0, uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), uintptr(4*bPanel), steps, flag(accumulate), nil, 0)
	case AVX2:
		for p := range panels {
			tilesF32AVX2(1, rows, &dst[p*dstPanel], 0, uintptr(4*dstRow), &a[0], 0, uintptr(4*aRow), uintptr(4*aStep), &b[p*bPanel], uintptr(4*bStep), steps, flag(accumulate), nil)
		}
	default:
		tileF32Generic(rows, panels, dst, dstRow, dstPanel, a, aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

func rowPanelsF32(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	switch active {
	case AVX512, VNNI:
		rowPanelsAVX512(panels, dst, a, b, panelLen, steps, accumulate)
	case AVX2:
		if panels == 1 {
			tilesF32AVX2(1, 1, &dst[0], 0, 0, &a[0], 0, 0, 4, &b[0], 4*PanelWidth, steps, flag(accumulate), nil)
			return
		}
		for p := 0; p < panels; p += 4 {
			rowPanelsF32AVX2(&dst[p*PanelWidth], &a[0], &b[p*panelLen], uintptr(4*panelLen), steps, flag(accumulate))
		}
	default:
		rowPanelsF32Generic(panels, dst, a, b, panelLen, steps, accumulate)
	}
}

func sparseRowF32(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	switch active {
	case AVX512, VNNI:
		sparseRowAVX512(panels, dst, a, rows, b, panelLen, accumulate)
	case AVX2:
		sparseRowAVX2(panels, dst, a, rows, b, panelLen, accumulate)
	default:
		sparseRowF32Generic(panels, dst, a, rows, b, panelLen, accumulate)
	}
}

func sparseRowAVX2(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	values, at := unsafe.SliceData(a), unsafe.SliceData(rows) // either may be empty
	if panels == 1 {
		sparseRow1F32AVX2(&dst[0], values, at, len(a), &b[0], 0, flag(accumulate))
		return
	}
	for p := 0; p < panels; p += 4 {
		sparseRow4F32AVX2(&dst[p*PanelWidth], values, at, len(a), &b[p*panelLen], uintptr(4*panelLen), flag(accumulate))
	}
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	switch active {
	case AVX512, VNNI:
		dotRowsF32AVX512(&dst[0], &a[0], &b[0], uintptr(4*panelLen), panels)
	case AVX2:
		dotRowsF32AVX2(&dst[0], &a[0], &b[0], uintptr(4*panelLen), panels)
	default:
		dotRowsF32Generic(dst, a, b, panelLen, panels)
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

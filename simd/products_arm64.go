//go:build !purego && !noasm

package simd

import "unsafe"

// tileShape returns the largest tile of a float32 product: rows, and panels of
// 16 columns.
func tileShape() (rows, panels int) { return tileRows, 1 }

// tileShapeI8 is tileShape of int8 products.
func tileShapeI8() (rows, panels int) { return tileRows, 1 }

// rowWidth returns how many panels rowPanelsF32 and sparseRowF32 take at most.
func rowWidth() int { return 4 }

func tileF32(rows, panels int, dst []float32, dstRow, dstPanel int, a []float32, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	switch active {
	case NEON, NEONDot:
		for p := range panels {
			tilePanelF32(rows, dst[p*dstPanel:], dstRow, a, aRow, aStep, b[p*bPanel:], bStep, steps, accumulate)
		}
	default:
		tileF32Generic(rows, panels, dst, dstRow, dstPanel, a, aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

func tilePanelF32(rows int, dst []float32, dstRow int, a []float32, aRow, aStep int, b []float32, bStep, steps int, accumulate bool) {
	if schedule == inOrder {
		tileF32NEONInOrder(rows, &dst[0], uintptr(4*dstRow), &a[0], uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), steps, flag(accumulate))
	} else {
		tileF32NEON(rows, &dst[0], uintptr(4*dstRow), &a[0], uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), steps, flag(accumulate))
	}
}

func rowPanelsF32(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	switch active {
	case NEON, NEONDot:
		if panels == 1 {
			tilePanelF32(1, dst, 0, a, 0, 1, b, PanelWidth, steps, accumulate)
			return
		}
		for p := 0; p < panels; p += 4 {
			fourPanelsF32(dst[p*PanelWidth:], a, b[p*panelLen:], panelLen, steps, accumulate)
		}
	default:
		rowPanelsF32Generic(panels, dst, a, b, panelLen, steps, accumulate)
	}
}

// callSteps is how many steps of four panels, or groups of a tile, one call of
// a kernel takes: assembly cannot be interrupted, and the 128 KiB of weights
// take a small board's memory some 60 µs.
const callSteps = 512

func fourPanelsF32(dst, a, b []float32, panelLen, steps int, accumulate bool) {
	for {
		n := min(steps, callSteps)
		if schedule == inOrder {
			rowPanelsF32NEONInOrder(&dst[0], &a[0], &b[0], uintptr(4*panelLen), n, flag(accumulate))
		} else {
			rowPanelsF32NEON(&dst[0], &a[0], &b[0], uintptr(4*panelLen), n, flag(accumulate))
		}
		if steps -= n; steps == 0 {
			return
		}
		a, b, accumulate = a[n:], b[n*PanelWidth:], true
	}
}

func sparseRowF32(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	switch active {
	case NEON, NEONDot:
		sparseRowF32NEON(panels, dst, a, rows, b, panelLen, accumulate)
	default:
		sparseRowF32Generic(panels, dst, a, rows, b, panelLen, accumulate)
	}
}

func sparseRowF32NEON(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	for {
		n := min(len(a), callSteps)
		values, at := unsafe.SliceData(a), unsafe.SliceData(rows) // either may be empty
		if panels == 1 {
			sparseRow1F32NEON(&dst[0], values, at, &b[0], 0, n, flag(accumulate))
		}
		for p := 0; p+4 <= panels; p += 4 {
			sparseRow4F32NEON(&dst[p*PanelWidth], values, at, &b[p*panelLen], uintptr(4*panelLen), n, flag(accumulate))
		}
		if a, rows, accumulate = a[n:], rows[n:], true; len(a) == 0 {
			return
		}
	}
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	switch active {
	case NEON, NEONDot:
		dotRowsF32NEON(&dst[0], &a[0], &b[0], uintptr(4*panelLen), panels)
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

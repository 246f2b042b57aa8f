//go:build !purego && !noasm

package simd

// tileShape returns the largest tile of a float32 product: rows, and panels of
// 16 columns.
func tileShape() (rows, panels int) { return tileRows, 1 }

// tileShapeI8 is tileShape of int8 products.
func tileShapeI8() (rows, panels int) { return tileRows, 1 }

// rowWidth returns how many panels rowPanelsF32 and sparseRowF32 take at most.
func rowWidth() int { return 4 }

func tileF32(rows, panels int, dst []float32, dstRow, dstPanel int, a []float32, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	switch active {
	default:
		tileF32Generic(rows, panels, dst, dstRow, dstPanel, a, aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

func rowPanelsF32(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	switch active {
	default:
		rowPanelsF32Generic(panels, dst, a, b, panelLen, steps, accumulate)
	}
}

func sparseRowF32(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	switch active {
	default:
		sparseRowF32Generic(panels, dst, a, rows, b, panelLen, accumulate)
	}
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	switch active {
	default:
		dotRowsF32Generic(dst, a, b, panelLen, panels)
	}
}

//go:build !purego && !noasm

package simd

func tileI8(rows, panels int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, bPanel, groups int, accumulate bool) {
	switch active {
	default:
		tileI8Generic(rows, panels, dst, dstRow, a, aRow, b, bPanel, groups, accumulate)
	}
}

func rowPanelsI8(panels int, dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	switch active {
	default:
		rowPanelsI8Generic(panels, dst, a, b, panelLen, groups, accumulate)
	}
}

func quantizeU7(dst []uint8, x []float32, inverse float32) {
	switch active {
	default:
		quantizeU7Generic(dst, x, inverse)
	}
}

func dequantizeI32(dst []float32, acc []int32, scale []float32, factor float32) {
	switch active {
	default:
		dequantizeI32Generic(dst, acc, scale, factor)
	}
}

func requantizeU7(dst []uint8, acc []int32, scale, bias []float32) {
	switch active {
	default:
		requantizeU7Generic(dst, acc, scale, bias)
	}
}

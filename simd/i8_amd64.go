//go:build !purego && !noasm

package simd

func tileI8(rows, panels int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, bPanel, groups int, accumulate bool) {
	switch active {
	case VNNI:
		tileI8VNNI(rows, panels, &dst[0], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[0], uintptr(bPanel), groups, flag(accumulate))
	case AVX512:
		tileI8AVX512(rows, panels, &dst[0], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[0], uintptr(bPanel), groups, flag(accumulate))
	case AVX2:
		for p := range panels {
			tileI8AVX2(rows, &dst[p*PanelWidth], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[p*bPanel], groups, flag(accumulate))
		}
	default:
		tileI8Generic(rows, panels, dst, dstRow, a, aRow, b, bPanel, groups, accumulate)
	}
}

func rowPanelsI8(panels int, dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	switch active {
	case VNNI:
		if panels == 1 {
			rowPanels1I8VNNI(&dst[0], &a[0], &b[0], 0, groups, flag(accumulate))
			return
		}
		rowPanels4I8VNNI(&dst[0], &a[0], &b[0], uintptr(panelLen), groups, flag(accumulate))
	case AVX512:
		if panels == 1 {
			rowPanels1I8AVX512(&dst[0], &a[0], &b[0], 0, groups, flag(accumulate))
			return
		}
		rowPanels4I8AVX512(&dst[0], &a[0], &b[0], uintptr(panelLen), groups, flag(accumulate))
	case AVX2:
		if panels == 1 {
			rowPanels1I8AVX2(&dst[0], &a[0], &b[0], 0, groups, flag(accumulate))
			return
		}
		rowPanels4I8AVX2(&dst[0], &a[0], &b[0], uintptr(panelLen), groups, flag(accumulate))
	default:
		rowPanelsI8Generic(panels, dst, a, b, panelLen, groups, accumulate)
	}
}

// hasSparseI8 tells whether sparseRowI8 has a kernel of its own.
func hasSparseI8() bool { return active != Generic }

// sparseRowI8 is sparseRowI8Generic for at least one group.
func sparseRowI8(panels int, dst []int32, a []uint32, at []int32, b []int8, panelLen int, accumulate bool) {
	one := panels == 1
	switch {
	case active == VNNI && one:
		sparseRow1I8VNNI(&dst[0], &a[0], &at[0], len(a), &b[0], 0, flag(accumulate))
	case active == VNNI:
		sparseRow4I8VNNI(&dst[0], &a[0], &at[0], len(a), &b[0], uintptr(panelLen), flag(accumulate))
	case active == AVX512 && one:
		sparseRow1I8AVX512(&dst[0], &a[0], &at[0], len(a), &b[0], 0, flag(accumulate))
	case active == AVX512:
		sparseRow4I8AVX512(&dst[0], &a[0], &at[0], len(a), &b[0], uintptr(panelLen), flag(accumulate))
	case active == AVX2 && one:
		sparseRow1I8AVX2(&dst[0], &a[0], &at[0], len(a), &b[0], 0, flag(accumulate))
	case active == AVX2:
		sparseRow4I8AVX2(&dst[0], &a[0], &at[0], len(a), &b[0], uintptr(panelLen), flag(accumulate))
	default:
		sparseRowI8Generic(panels, dst, a, at, b, panelLen, accumulate)
	}
}

func quantizeU7(dst []uint8, x []float32, inverse float32) {
	switch active {
	case AVX512, VNNI:
		quantizeU7AVX512(&dst[0], &x[0], len(x), inverse)
	case AVX2:
		quantizeU7AVX2(&dst[0], &x[0], len(x), inverse)
	default:
		quantizeU7Generic(dst, x, inverse)
	}
}

func dequantizeI32(dst []float32, acc []int32, scale []float32, factor float32) {
	switch active {
	case AVX512, VNNI:
		dequantizeI32AVX512(&dst[0], &acc[0], &scale[0], len(acc), factor)
	case AVX2:
		dequantizeI32AVX2(&dst[0], &acc[0], &scale[0], len(acc), factor)
	default:
		dequantizeI32Generic(dst, acc, scale, factor)
	}
}

func dequantizeAddI32(dst []float32, acc []int32, scale []float32, factor float32) {
	switch active {
	case AVX512, VNNI:
		dequantizeAddI32AVX512(&dst[0], &acc[0], &scale[0], len(acc), factor)
	case AVX2:
		dequantizeAddI32AVX2(&dst[0], &acc[0], &scale[0], len(acc), factor)
	default:
		dequantizeAddI32Generic(dst, acc, scale, factor)
	}
}

func requantizeU7(dst []uint8, acc []int32, scale, bias []float32) {
	switch active {
	case AVX512, VNNI:
		requantizeU7AVX512(&dst[0], &acc[0], &scale[0], &bias[0], len(acc))
	case AVX2:
		requantizeU7AVX2(&dst[0], &acc[0], &scale[0], &bias[0], len(acc))
	default:
		requantizeU7Generic(dst, acc, scale, bias)
	}
}

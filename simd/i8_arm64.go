//go:build !purego && !noasm

package simd

func tileI8(rows, panels int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, bPanel, groups int, accumulate bool) {
	switch active {
	case NEON, NEONDot:
		for p := range panels {
			tilePanelI8(rows, dst[p*PanelWidth:], dstRow, a, aRow, b[p*bPanel:], groups, accumulate)
		}
	default:
		tileI8Generic(rows, panels, dst, dstRow, a, aRow, b, bPanel, groups, accumulate)
	}
}

func tilePanelI8(rows int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, groups int, accumulate bool) {
	for {
		n := min(groups, callSteps)
		switch {
		case active == NEONDot:
			tileI8NEONDot(rows, &dst[0], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[0], n, flag(accumulate))
		case schedule == inOrder:
			tileI8NEONInOrder(rows, &dst[0], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[0], n, flag(accumulate))
		default:
			tileI8NEON(rows, &dst[0], uintptr(4*dstRow), &a[0], uintptr(aRow), &b[0], n, flag(accumulate))
		}
		if groups -= n; groups == 0 {
			return
		}
		a, b, accumulate = a[4*n:], b[lineBytes*n:], true
	}
}

func rowPanelsI8(panels int, dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	if active == NEONDot && panels == 4 {
		fourPanelsI8(dst, a, b, panelLen, groups, accumulate)
		return
	}
	tileI8(1, panels, dst, 0, a, 0, b, panelLen, groups, accumulate) // without SDOT one panel is work enough
}

func fourPanelsI8(dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	for {
		n := min(groups, callSteps)
		rowPanelsI8NEONDot(&dst[0], &a[0], &b[0], uintptr(panelLen), n, flag(accumulate))
		if groups -= n; groups == 0 {
			return
		}
		a, b, accumulate = a[4*n:], b[lineBytes*n:], true
	}
}

// hasSparseI8 tells whether sparseRowI8 has a kernel of its own.
func hasSparseI8() bool { return false }

func sparseRowI8(panels int, dst []int32, a []uint32, at []int32, b []int8, panelLen int, accumulate bool) {
	sparseRowI8Generic(panels, dst, a, at, b, panelLen, accumulate)
}

func quantizeU7(dst []uint8, x []float32, inverse float32) {
	switch active {
	case NEON, NEONDot:
		quantizeU7NEON(&dst[0], &x[0], len(x), inverse)
	default:
		quantizeU7Generic(dst, x, inverse)
	}
}

func dequantizeI32(dst []float32, acc []int32, scale []float32, factor float32) {
	switch active {
	case NEON, NEONDot:
		dequantizeI32NEON(&dst[0], &acc[0], &scale[0], len(acc), factor)
	default:
		dequantizeI32Generic(dst, acc, scale, factor)
	}
}

func dequantizeAddI32(dst []float32, acc []int32, scale []float32, factor float32) {
	switch active {
	case NEON, NEONDot:
		dequantizeAddI32NEON(&dst[0], &acc[0], &scale[0], len(acc), factor)
	default:
		dequantizeAddI32Generic(dst, acc, scale, factor)
	}
}

func requantizeU7(dst []uint8, acc []int32, scale, bias []float32) {
	switch active {
	case NEON, NEONDot:
		requantizeU7NEON(&dst[0], &acc[0], &scale[0], &bias[0], len(acc))
	default:
		requantizeU7Generic(dst, acc, scale, bias)
	}
}

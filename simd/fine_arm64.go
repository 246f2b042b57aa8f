//go:build !purego && !noasm

package simd

func expandFine(dst []float32, codes, residual []int8, unit *[PanelWidth]float32, groups int) {
	switch active {
	case NEON, NEONDot:
		expandFineNEON(&dst[0], &codes[0], &residual[0], unit, groups*lineBytes)
	default:
		expandFineGeneric(dst, codes, residual, unit, groups)
	}
}

func storeFine(codes, residual []int8, src []float32, inverse, peak *[PanelWidth]float32, groups int, start uint32) {
	switch active {
	case NEON, NEONDot:
		storeFineNEON(&codes[0], &residual[0], &src[0], inverse, peak, groups*lineBytes, start)
	default:
		storeFineGeneric(codes, residual, src, inverse, peak, groups, start)
	}
}

func packS8(dst []int8, d []float32, dRow, rows int, inverse float32) {
	groups := rows / 4
	if groups > 0 {
		switch active {
		case NEON, NEONDot:
			packS8NEON(&dst[0], &d[0], uintptr(4*dRow), groups*lineBytes, inverse)
		default:
			groups = 0
		}
	}
	if done := 4 * groups; done < rows {
		packS8Generic(dst[groups*lineBytes:], d[done*dRow:], dRow, rows-done, inverse)
	}
}

func maxAbs(peak *[PanelWidth]float32, x []float32) {
	switch active {
	case NEON, NEONDot:
		maxAbsF32NEON(peak, &x[0], len(x))
	default:
		maxAbsF32Generic(peak, x)
	}
}

//go:build !purego && !noasm

package simd

func expandFine(dst []float32, codes, residual []int8, unit *[PanelWidth]float32, groups int) {
	switch active {
	case AVX512, VNNI:
		expandFineAVX512(&dst[0], &codes[0], &residual[0], unit, groups*lineBytes)
	case AVX2:
		expandFineAVX2(&dst[0], &codes[0], &residual[0], unit, groups*lineBytes)
	default:
		expandFineGeneric(dst, codes, residual, unit, groups)
	}
}

func storeFine(codes, residual []int8, src []float32, inverse, peak *[PanelWidth]float32, groups int, start uint32) {
	switch active {
	case AVX512, VNNI:
		storeFineAVX512(&codes[0], &residual[0], &src[0], inverse, peak, groups*lineBytes, start)
	case AVX2:
		storeFineAVX2(&codes[0], &residual[0], &src[0], inverse, peak, groups*lineBytes, start)
	default:
		storeFineGeneric(codes, residual, src, inverse, peak, groups, start)
	}
}

func packS8(dst []int8, d []float32, dRow, rows int, inverse float32) {
	groups := rows / 4
	if groups > 0 {
		switch active {
		case AVX512, VNNI:
			packS8AVX512(&dst[0], &d[0], uintptr(4*dRow), groups, inverse)
		case AVX2:
			packS8AVX2(&dst[0], &d[0], uintptr(4*dRow), groups, inverse)
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
	case AVX512, VNNI:
		maxAbsF32AVX512(peak, &x[0], len(x))
	case AVX2:
		maxAbsF32AVX2(peak, &x[0], len(x))
	default:
		maxAbsF32Generic(peak, x)
	}
}

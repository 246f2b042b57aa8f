//go:build !purego && !noasm

package simd

func tilesF32(tiles, rows, panels int, dst []float32, dstTile, dstRow, dstPanel int, a []float32, aTile, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool, soon *weightsAhead) {
	switch {
	case active == AVX2 && panels == 1 && tiles > 0:
		tilesF32AVX2(tiles, rows, &dst[0], uintptr(4*dstTile), uintptr(4*dstRow), &a[0], uintptr(4*aTile), uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), steps, flag(accumulate), soon.pointers())
	case (active == AVX512 || active == VNNI) && tiles > 0:
		tilesF32AVX512(tiles, rows, panels, &dst[0], uintptr(4*dstTile), uintptr(4*dstRow), uintptr(4*dstPanel), &a[0], uintptr(4*aTile), uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), uintptr(4*bPanel), steps, flag(accumulate), soon.pointers(), soon.distance())
	default:
		eachTile(tiles, rows, panels, dst, dstTile, dstRow, dstPanel, a, aTile, aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

// pointers and distance return what assembly takes for the weights ahead.
func (w *weightsAhead) pointers() *[3]*float32 {
	if w == nil {
		return nil
	}
	return &w.at
}

func (w *weightsAhead) distance() uintptr {
	if w == nil {
		return 0
	}
	return w.panel
}

func packInputsF32(height int, dst, a []float32, aRow, samples, tiles, dstTile int) {
	switch {
	case active == Generic || samples == 0 || tiles == 0:
		packInputsF32Generic(height, dst, a, aRow, samples, tiles, dstTile)
	case height == 12:
		packInputs12F32AVX2(&dst[0], &a[0], uintptr(4*aRow), samples, tiles, uintptr(4*dstTile))
	case height == 6:
		packInputs6F32AVX2(&dst[0], &a[0], uintptr(4*aRow), samples, tiles, uintptr(4*dstTile))
	default:
		packInputsF32Generic(height, dst, a, aRow, samples, tiles, dstTile)
	}
}

func packErrorsF32(dst, d []float32, dRow, samples, panels, dstPanel int) {
	switch {
	case active != Generic && samples > 0 && panels > 0:
		packErrorsF32AVX2(&dst[0], &d[0], uintptr(4*dRow), samples, panels, uintptr(4*dstPanel))
	default:
		packErrorsF32Generic(dst, d, dRow, samples, panels, dstPanel)
	}
}

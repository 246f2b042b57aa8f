//go:build !purego && !noasm

package simd

func tilesF32(tiles, rows, panels int, dst []float32, dstTile, dstRow, dstPanel int, a []float32, aTile, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool, soon *weightsAhead) {
	switch {
	case active == AVX2 && panels == 1 && tiles > 0:
		tilesF32AVX2(tiles, rows, &dst[0], uintptr(4*dstTile), uintptr(4*dstRow), &a[0], uintptr(4*aTile), uintptr(4*aRow), uintptr(4*aStep), &b[0], uintptr(4*bStep), steps, flag(accumulate), soon.pointers())
	case soon != nil && active != Generic:
		for t := range tiles {
			for p := range panels {
				callInF32AVX2(&soon.at, uintptr(t*rows*4*PanelWidth)+uintptr(p)*soon.panel, rows)
			}
			tileF32(rows, panels, dst[t*dstTile:], dstRow, dstPanel, a[t*aTile:], aRow, aStep, b, bStep, bPanel, steps, accumulate)
		}
	default:
		eachTile(tiles, rows, panels, dst, dstTile, dstRow, dstPanel, a, aTile, aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

// pointers returns what assembly takes for the weights ahead of one panel.
func (w *weightsAhead) pointers() *[3]*float32 {
	if w == nil {
		return nil
	}
	return &w.at
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

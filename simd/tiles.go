package simd

// eachTile computes tiles one by one: tilesF32 for implementations that have
// no loop of their own.
//
//	for t in 0…tiles−1: tileF32 on dst[t·dstTile:] and a[t·aTile:]
//
// soon, where it is not nil, holds as many rows of weights and their moments
// as there are rows in all tiles; they will be needed next.
func eachTile(tiles, rows, panels int, dst []float32, dstTile, dstRow, dstPanel int, a []float32, aTile, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	for t := range tiles {
		tileF32(rows, panels, dst[t*dstTile:], dstRow, dstPanel, a[t*aTile:], aRow, aStep, b, bStep, bPanel, steps, accumulate)
	}
}

// packInputsF32Generic copies columns of activations tile by tile, with the
// height values of one sample side by side and those of the next behind them:
//
//	for t in 0…tiles−1, s in 0…samples−1, r in 0…height−1:
//	    dst[t·dstTile+s·height+r] = a[s·aRow+t·height+r]
func packInputsF32Generic(height int, dst, a []float32, aRow, samples, tiles, dstTile int) {
	for s := range samples {
		for t := range tiles {
			copy(dst[t*dstTile+s*height:][:height], a[s*aRow+t*height:])
		}
	}
}

// packErrorsF32Generic copies neighbouring panels of errors panel by panel:
//
//	for p in 0…panels−1, s in 0…samples−1, j in 0…15:
//	    dst[p·dstPanel+16s+j] = d[s·dRow+16p+j]
func packErrorsF32Generic(dst, d []float32, dRow, samples, panels, dstPanel int) {
	for s := range samples {
		for p := range panels {
			copy(dst[p*dstPanel+s*PanelWidth:][:PanelWidth], d[s*dRow+p*PanelWidth:])
		}
	}
}

//go:build !amd64 || purego || noasm

package simd

func tilesF32(tiles, rows, panels int, dst []float32, dstTile, dstRow, dstPanel int, a []float32, aTile, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool, _ *weightsAhead) {
	eachTile(tiles, rows, panels, dst, dstTile, dstRow, dstPanel, a, aTile, aRow, aStep, b, bStep, bPanel, steps, accumulate)
}

func packInputsF32(height int, dst, a []float32, aRow, samples, tiles, dstTile int) {
	packInputsF32Generic(height, dst, a, aRow, samples, tiles, dstTile)
}

func packErrorsF32(dst, d []float32, dRow, samples, panels, dstPanel int) {
	packErrorsF32Generic(dst, d, dRow, samples, panels, dstPanel)
}

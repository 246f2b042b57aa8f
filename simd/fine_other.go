//go:build !(amd64 || arm64) || purego || noasm

package simd

func expandFine(dst []float32, codes, residual []int8, unit *[PanelWidth]float32, groups int) {
	expandFineGeneric(dst, codes, residual, unit, groups)
}

func storeFine(codes, residual []int8, src []float32, inverse, peak *[PanelWidth]float32, groups int, start uint32) {
	storeFineGeneric(codes, residual, src, inverse, peak, groups, start)
}

func packS8(dst []int8, d []float32, dRow, rows int, inverse float32) {
	packS8Generic(dst, d, dRow, rows, inverse)
}

func maxAbs(peak *[PanelWidth]float32, x []float32) { maxAbsF32Generic(peak, x) }

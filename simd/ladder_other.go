//go:build (!amd64 && !arm64) || purego || noasm

package simd

// tileShape returns the largest tile of a float32 product: rows, and panels of
// 16 columns.
func tileShape() (rows, panels int) { return tileRows, 1 }

// tileShapeI8 is tileShape of int8 products.
func tileShapeI8() (rows, panels int) { return tileRows, 1 }

// rowWidth returns how many panels rowPanelsF32 and sparseRowF32 take at most.
func rowWidth() int { return 4 }

func tileF32(rows, panels int, dst []float32, dstRow, dstPanel int, a []float32, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	tileF32Generic(rows, panels, dst, dstRow, dstPanel, a, aRow, aStep, b, bStep, bPanel, steps, accumulate)
}

func rowPanelsF32(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	rowPanelsF32Generic(panels, dst, a, b, panelLen, steps, accumulate)
}

func sparseRowF32(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	sparseRowF32Generic(panels, dst, a, rows, b, panelLen, accumulate)
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	dotRowsF32Generic(dst, a, b, panelLen, panels)
}

func sumSquaresF32(sums *lanes, x []float32) {
	sumSquaresF32Generic(sums, x)
}

func dotF32(sums *lanes, x, y []float32) {
	dotF32Generic(sums, x, y)
}

func scaleF32(dst, x []float32, s float32) {
	scaleF32Generic(dst, x, s)
}

func axpyF32(dst, x []float32, s float32) {
	axpyF32Generic(dst, x, s)
}

func reluF32(dst, x []float32) {
	reluF32Generic(dst, x)
}

func biasReluF32(dst, pre, bias []float32) {
	biasReluF32Generic(dst, pre, bias)
}

func stepF32(sums *lanes, dst, pre, bias, z []float32, gain, leak float32) {
	stepF32Generic(sums, dst, pre, bias, z, gain, leak)
}

func errorF32(sums *lanes, dst, target []float32, low, top, scale float32) {
	errorF32Generic(sums, dst, target, low, top, scale)
}

func expF32(sums *lanes, dst, x []float32, shift float32) {
	expF32Generic(sums, dst, x, shift)
}

func addNormalF32(dst, x []float32, low, high uint32, scale float32) {
	addNormalF32Generic(dst, x, low, high, scale)
}

func adamF32(w, m, v, g []float32, c *AdamStep) {
	adamF32Generic(w, m, v, g, c)
}

func sgdF32(w, g []float32, c *SGDStep) {
	sgdF32Generic(w, g, c)
}

func tileI8(rows, panels int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, bPanel, groups int, accumulate bool) {
	tileI8Generic(rows, panels, dst, dstRow, a, aRow, b, bPanel, groups, accumulate)
}

func rowPanelsI8(panels int, dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	rowPanelsI8Generic(panels, dst, a, b, panelLen, groups, accumulate)
}

// hasSparseI8 tells whether sparseRowI8 has a kernel of its own.
func hasSparseI8() bool { return false }

func sparseRowI8(panels int, dst []int32, a []uint32, at []int32, b []int8, panelLen int, accumulate bool) {
	sparseRowI8Generic(panels, dst, a, at, b, panelLen, accumulate)
}

func quantizeU7(dst []uint8, x []float32, inverse float32) {
	quantizeU7Generic(dst, x, inverse)
}

func dequantizeI32(dst []float32, acc []int32, scale []float32, factor float32) {
	dequantizeI32Generic(dst, acc, scale, factor)
}

func dequantizeAddI32(dst []float32, acc []int32, scale []float32, factor float32) {
	dequantizeAddI32Generic(dst, acc, scale, factor)
}

func requantizeU7(dst []uint8, acc []int32, scale, bias []float32) {
	requantizeU7Generic(dst, acc, scale, bias)
}

func adam16(w []float32, m, v []uint16, g []float32, start uint32, c *AdamStep) {
	adam16Generic(w, m, v, g, start, c)
}

func adam8(w []float32, m, v []uint8, g []float32, start uint32, c *AdamStep) {
	adam8Generic(w, m, v, g, start, c)
}

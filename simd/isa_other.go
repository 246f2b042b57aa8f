//go:build !amd64 || purego || noasm

package simd

func usableArch() []ISA { return nil }

func tileF32(rows int, dst []float32, dstStride int, a []float32, aRow, aStep int, b []float32, bStep, steps int, accumulate bool) {
	tileF32Generic(rows, dst, dstStride, a, aRow, aStep, b, bStep, steps, accumulate)
}

func rowPanelsF32(dst, a, b []float32, panelLen, steps int, accumulate bool) {
	rowPanelsF32Generic(dst, a, b, panelLen, steps, accumulate)
}

func dotRowsF32(dst, a, b []float32, panelLen, panels int) {
	dotRowsF32Generic(dst, a, b, panelLen, panels)
}

func adamF32(w, m, v, g []float32, c *AdamStep) { adamF32Generic(w, m, v, g, c) }

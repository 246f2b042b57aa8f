package simd

import (
	"fmt"
	"math"
	"unsafe"
)

// rowChecks has every operation on rows of n values: all demand the same bits.
func rowChecks(n int) []check {
	row := func(operation string, run func(t *trial)) check {
		return check{fmt.Sprintf("%s of %d", operation, n), 0, run}
	}
	// to runs an operation with a destination and keeps that.
	to := func(operation string, compute func(t *trial, dst []float32)) check {
		return row(operation, func(t *trial) {
			dst := t.floats(n)
			compute(t, dst)
			keep(t, "dst", dst...)
		})
	}
	lean := func(bits int) check {
		return row(fmt.Sprintf("AdamMomentsF32 (%d bits)", bits), func(t *trial) {
			w, m := t.row(n), t.lean(n, bits)
			AdamMomentsF32(w, &m, t.row(n), selfTestAdam, 0x2301_0145)
			keep(t, "w", w...)
			t.keepLean(m)
		})
	}
	return []check{
		lean(16), lean(8),
		row("SumSquaresF32", func(t *trial) { keep(t, "sum", SumSquaresF32(t.row(n))) }),
		row("DotF32", func(t *trial) { keep(t, "sum", DotF32(t.row(n), t.row(n))) }),
		to("NormalizeF32", func(t *trial, dst []float32) { NormalizeF32(dst, t.row(n)) }),
		to("ScaleF32", func(t *trial, dst []float32) { ScaleF32(dst, t.row(n), -1.7) }),
		to("AxpyF32", func(t *trial, dst []float32) {
			copy(dst, t.row(n))
			AxpyF32(dst, t.row(n), -1.7)
		}),
		to("ReluF32", func(t *trial, dst []float32) { ReluF32(dst, t.row(n)) }),
		to("BiasReluF32", func(t *trial, dst []float32) {
			pre, bias := t.row(n), t.row(n)
			for i := 4; i < n; i += 11 {
				pre[i] = float32(math.Copysign(0, -1)) // the sum of two is −0, its relu +0
				bias[i] = pre[i]
			}
			BiasReluF32(dst, pre, bias)
		}),
		to("StepF32", func(t *trial, dst []float32) {
			keep(t, "goodness", StepF32(dst, t.row(n), t.row(n), t.row(n), 0.3))
		}),
		to("ErrorF32", func(t *trial, dst []float32) {
			copy(dst, t.row(n))
			keep(t, "loss", ErrorF32(dst, t.row(n), -0.2, 0.3, -1.7))
		}),
		to("SoftmaxF32", func(t *trial, dst []float32) {
			x := t.floats(n)
			t.fill(x)
			bias := t.floats(n)
			t.fill(bias)
			SoftmaxF32(dst, scaled(x, 60), bias) // from 0 to nearly 1
		}),
		to("AddNormalF32", func(t *trial, dst []float32) { AddNormalF32(dst, t.row(n), 0x2301_0145_2011_0713, 0.025) }),
		row("AdamF32", func(t *trial) {
			w, m, v := t.row(n), t.row(n), squares(t.row(n))
			AdamF32(w, m, v, t.row(n), selfTestAdam)
			keep(t, "w", w...)
			keep(t, "m", m...)
			keep(t, "v", v...)
		}),
		row("SGDF32", func(t *trial) {
			w := t.row(n)
			SGDF32(w, t.row(n), selfTestSGD)
			keep(t, "w", w...)
		}),
		row("QuantizeU7", func(t *trial) {
			dst := make([]uint8, n)
			QuantizeU7(dst, t.row(n), 130)
			keep(t, "dst", dst...)
		}),
		to("DequantizeI32", func(t *trial, dst []float32) { DequantizeI32(dst, t.sums(n), t.row(n), 0.01) }),
		to("DequantizeAddI32", func(t *trial, dst []float32) { DequantizeAddI32(dst, t.sums(n), t.row(n), 0.01) }),
		row("MaxAbsF32", func(t *trial) { keep(t, "peak", MaxAbsF32(t.row(n))) }),
		row("codes of errors", func(t *trial) {
			d := t.matrix(n%9+4, PanelWidth)
			dst := make([]int8, groupsOf(d.Rows)*lineBytes)
			packS8(dst, d.Data, d.Stride, d.Rows, 90)
			keep(t, "dst", unsigned(dst)...)
		}),
		row("FineI8", func(t *trial) {
			groups := n%13 + 1
			codes, residual := make([]int8, groups*lineBytes), make([]int8, groups*lineBytes)
			var unit, inverse, peak [PanelWidth]float32
			for i := range unit {
				unit[i], inverse[i] = t.next(), 40000*t.next()
			}
			weights := t.row(groups * lineBytes)
			storeFine(codes, residual, weights, &inverse, &peak, groups, uint32(n))
			keep(t, "codes", unsigned(codes)...)
			keep(t, "residual", unsigned(residual)...)
			keep(t, "peak", peak[:]...)
			expandFine(weights, codes, residual, &unit, groups)
			keep(t, "weights", weights...)
		}),
		row("RequantizeU7", func(t *trial) {
			dst := make([]uint8, n)
			RequantizeU7(dst, t.sums(n), scaled(t.row(n), 0x1p-22), scaled(t.row(n), 50))
			keep(t, "dst", dst...)
		}),
	}
}

func unsigned(x []int8) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

func scaled(x []float32, s float32) []float32 {
	for i := range x {
		x[i] *= s
	}
	return x
}

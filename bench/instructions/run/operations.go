package main

import "github.com/pffedge/pffedge/simd"

// operations make ready one call each: m samples, k×n weights or k values.
var operations = map[string]func(pool *simd.Pool, m, k, n int) func(){
	"GemmF32": func(pool *simd.Pool, m, k, n int) func() {
		dst, a, b := simd.NewMatrix(m, n), matrix(m, k), packed(k, n)
		return func() { pool.GemmF32(dst, a, b) }
	},
	// Three of four inputs are zero.
	"GemmF32Sparse": func(pool *simd.Pool, m, k, n int) func() {
		dst, a, b := simd.NewMatrix(m, n), matrix(m, k), packed(k, n)
		for i := range a.Data {
			if i%4 != 0 {
				a.Data[i] = 0
			}
		}
		return func() { pool.GemmF32(dst, a, b) }
	},
	"GemmI8": func(pool *simd.Pool, m, k, n int) func() {
		dst, a, b := simd.NewMatrixI32(m, n), simd.NewMatrixU7(m, k), simd.NewPackedI8(k, n)
		for r := range m { // none is zero, of which a single row reads no weights
			for i := range a.Row(r) {
				a.Row(r)[i] = 1
			}
		}
		return func() { pool.GemmI8(dst, a, b) }
	},
	"GemmNTF32": func(pool *simd.Pool, m, k, n int) func() {
		dst, a, b := simd.NewMatrix(m, k), matrix(m, n), packed(k, n)
		return func() { pool.GemmNTF32(dst, a, b) }
	},
	"GemmTF32": func(pool *simd.Pool, m, k, n int) func() {
		dst, a, d := packed(k, n), matrix(m, k), matrix(m, n)
		return func() { pool.GemmTF32(dst, a, d) }
	},
	"UpdateF32": func(pool *simd.Pool, m, k, n int) func() {
		w, first, second, a, d := packed(k, n), packed(k, n), packed(k, n), matrix(m, k), matrix(m, n)
		return func() { pool.UpdateF32(w, first, second, a, d, adam) }
	},
	"UpdateMoments16": updateMoments(16),
	"UpdateMoments8":  updateMoments(8),
	"UpdateSGDF32": func(pool *simd.Pool, m, k, n int) func() {
		w, a, d := packed(k, n), matrix(m, k), matrix(m, n)
		return func() { pool.UpdateSGDF32(w, a, d, sgd) }
	},
	// k units in blocks of n.
	"BlockAddF32": func(pool *simd.Pool, m, k, n int) func() {
		blocks := simd.Blocks{Units: k, Group: min(n, simd.PanelWidth)}
		dst, z, values := matrix(m, k), matrix(m, k), vector(blocks.Len())
		return func() { pool.BlockAddF32(dst, z, values, blocks) }
	},

	"SumSquaresF32": onRow(func(r rows) { simd.SumSquaresF32(r.x) }),
	"DotF32":        onRow(func(r rows) { simd.DotF32(r.x, r.y) }),
	"ScaleF32":      onRow(func(r rows) { simd.ScaleF32(r.dst, r.x, 0.5) }),
	"AxpyF32":       onRow(func(r rows) { simd.AxpyF32(r.dst, r.x, 0.5) }),
	"NormalizeF32":  onRow(func(r rows) { simd.NormalizeF32(r.dst, r.x) }),
	"BiasReluF32":   onRow(func(r rows) { simd.BiasReluF32(r.dst, r.x, r.y) }),
	"StepF32":       onRow(func(r rows) { simd.StepF32(r.dst, r.x, r.y, r.z, 0.3) }),
	"SoftmaxF32":    onRow(func(r rows) { simd.SoftmaxF32(r.dst, r.x, r.y) }),
	"AddNormalF32":  onRow(func(r rows) { simd.AddNormalF32(r.dst, r.x, 1, 0.025) }),
	"AdamF32":       onRow(func(r rows) { simd.AdamF32(r.dst, r.x, r.y, r.z, adam) }),
	"AdamMoments16": onRow(func(r rows) { simd.AdamMomentsF32(r.dst, &r.moments16, r.z, adam, 1) }),
	"AdamMoments8":  onRow(func(r rows) { simd.AdamMomentsF32(r.dst, &r.moments8, r.z, adam, 1) }),
	"SGDF32":        onRow(func(r rows) { simd.SGDF32(r.dst, r.x, sgd) }),
	"QuantizeU7":    onRow(func(r rows) { simd.QuantizeU7(r.bytes, r.x, 40) }),
	"DequantizeI32": onRow(func(r rows) { simd.DequantizeI32(r.dst, r.sums, r.x, 0.5) }),
	"RequantizeU7":  onRow(func(r rows) { simd.RequantizeU7(r.bytes, r.sums, r.x, r.y) }),
}

var (
	adam = simd.Adam{Rate: 2.5e-4, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 0.5}.Step(3, 1)
	sgd  = simd.SGDStep{Rate: 0.1, Clip: 0.5}
)

// rows are operands of one length.
type rows struct {
	dst, x, y, z []float32
	sums         []int32
	bytes        []uint8

	moments16, moments8 simd.Moments
}

func updateMoments(bits int) func(pool *simd.Pool, m, k, n int) func() {
	return func(pool *simd.Pool, m, k, n int) func() {
		w, a, d := packed(k, n), matrix(m, k), matrix(m, n)
		moments := simd.NewMoments(len(w.Data), bits)
		return func() { pool.UpdateMomentsF32(w, &moments, a, d, adam, 1) }
	}
}

func onRow(operation func(rows)) func(*simd.Pool, int, int, int) func() {
	return func(_ *simd.Pool, _, k, _ int) func() {
		r := rows{dst: vector(k), x: vector(k), y: vector(k), z: vector(k), sums: make([]int32, k), bytes: make([]uint8, k)}
		r.moments16, r.moments8 = simd.NewMoments(k, 16), simd.NewMoments(k, 8)
		return func() { operation(r) }
	}
}

// No value is zero: products with zeros may be left out.
func fill(x []float32) {
	for i := range x {
		x[i] = float32(1+i%17) / 64
	}
}

func vector(n int) []float32 {
	x := simd.NewVector(n)[:n]
	fill(x)
	return x
}

func matrix(rows, cols int) simd.Matrix {
	m := simd.NewMatrix(rows, cols)
	for r := range rows {
		fill(m.Row(r))
	}
	return m
}

func packed(k, n int) simd.Packed {
	p := simd.NewPacked(k, n)
	fill(p.Data)
	return p
}

package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// The row operations without a transcendental function. Notes give a block's
// formula in the terms of the Go kernel.

func sumSquares(f *asm.File) {
	k := newKernel(f, "sumSquaresF32", "", 16, "sums *[16]float32", "x *float32", "n int")
	sums, x := k.loadLanes(), k.floats("x")
	k.note("sums += x·x")
	v := x.load(0)
	sums.add(k.times(v, v))
	k.loop()
	sums.store()
	k.Ret()
}

func dot(f *asm.File) {
	k := newKernel(f, "dotF32", "", 16, "sums *[16]float32", "x *float32", "y *float32", "n int")
	sums, x, y := k.loadLanes(), k.floats("x"), k.floats("y")
	k.note("sums += x·y")
	sums.add(k.times(x.load(0), y.load(0)))
	k.loop()
	sums.store()
	k.Ret()
}

func scale(f *asm.File) {
	k := newKernel(f, "scaleF32", "", 16, "dst *float32", "x *float32", "n int", "s float32")
	dst, x := k.floats("dst"), k.floats("x")
	s := k.factor("s")
	k.note("dst = s·x")
	dst.store(0, k.times(x.load(0), s))
	k.loop()
	k.Ret()
}

func axpy(f *asm.File) {
	k := newKernel(f, "axpyF32", "", 16, "dst *float32", "x *float32", "n int", "s float32")
	dst, x := k.floats("dst"), k.floats("x")
	s := k.factor("s")
	k.note("dst += s·x")
	dst.store(0, k.sum(dst.load(0), k.times(x.load(0), s)))
	k.loop()
	k.Ret()
}

func relu(f *asm.File) {
	k := newKernel(f, "reluF32", "", 16, "dst *float32", "x *float32", "n int")
	dst, x, zero := k.floats("dst"), k.floats("x"), k.holdZero()
	k.note("dst = max(x, 0)")
	dst.store(0, k.larger(x.load(0), zero))
	k.loop()
	k.Ret()
}

func biasRelu(f *asm.File) {
	k := newKernel(f, "biasReluF32", "", 16, "dst *float32", "pre *float32", "bias *float32", "n int")
	dst, pre, bias, zero := k.floats("dst"), k.floats("pre"), k.floats("bias"), k.holdZero()
	k.note("dst = max(pre + bias, 0)")
	dst.store(0, k.larger(k.sum(pre.load(0), bias.load(0)), zero))
	k.loop()
	k.Ret()
}

func step(f *asm.File) {
	k := newKernel(f, "stepF32", "", 16, "sums *[16]float32", "dst *float32", "pre *float32", "bias *float32", "z *float32",
		"n int", "gain float32", "leak float32")
	sums, dst, pre, bias, z := k.loadLanes(), k.floats("dst"), k.floats("pre"), k.floats("bias"), k.floats("z")
	gain, leak, zero := k.factor("gain"), k.factor("leak"), k.holdZero()
	k.note("dst = gain·max(pre + bias, 0) + leak·z; sums += dst·dst")
	kept := k.times(z.load(0), leak)
	active := k.larger(k.sum(pre.load(0), bias.load(0)), zero)
	v := k.sum(k.times(active, gain), kept)
	dst.store(0, v)
	sums.add(k.times(v, v))
	k.loop()
	sums.store()
	k.Ret()
}

func errors(f *asm.File) {
	k := newKernel(f, "errorF32", "", 16, "sums *[16]float32", "dst *float32", "target *float32", "n int", "low float32", "top float32", "scale float32")
	sums, dst, target := k.loadLanes(), k.floats("dst"), k.floats("target")
	low, top, scale, zero := k.fullFloat("low"), k.fullFloat("top"), k.factor("scale"), k.holdZero()
	k.note("diff = min(max(dst, 0), top) − target; sums += diff·diff")
	v := dst.load(0)
	diff := k.less(k.smaller(k.larger(v, zero), top), target.load(0))
	sums.add(k.times(diff, diff))
	k.note("dst = dst < low or dst > top ? 0 : scale·diff")
	outside := k.or(k.three("fcmgt", low, v), k.three("fcmgt", v, top))
	dst.store(0, k.but(k.times(diff, scale), outside))
	k.loop()
	sums.store()
	k.Ret()
}

package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// roundU7 stores a block rounded to the nearest integers, ties to even, within
// 0…127. The conversion makes 0 of what is negative or NaN, and each step down
// to bytes makes the largest value of what is too large.
func (k *kernel) roundU7(dst *array, v block, most *register) {
	words := k.one("fcvtnu v%v.4s, v%v.4s", v)
	halves := [2]*register{{}, {}}
	for i := range halves {
		k.gnu("uqxtn v%v.4h, v%v.4s", halves[i], words[2*i])
	}
	for i := range halves {
		k.fill("uqxtn2 v%v.8h, v%v.4s", halves[i], words[2*i+1])
	}
	bytes, within := &register{}, &register{}
	k.gnu("uqxtn v%v.8b, v%v.8h", bytes, halves[0])
	k.fill("uqxtn2 v%v.16b, v%v.8h", bytes, halves[1])
	k.gnu("umin v%v.16b, v%v.16b, v%v.16b", within, bytes, most)
	dst.storeBytes(within)
}

// fill records an instruction that keeps the lower half of dst.
func (k *kernel) fill(format string, dst, from *register) {
	k.gnu(format, dst, from)
	last := &k.body[len(k.body)-1]
	last.reads = append(last.reads, dst)
}

func (k *kernel) holdMostU7() *register {
	most := k.hold("127")
	k.Gnu("movi v%v.16b, #127", most)
	return most
}

func quantize(f *asm.File) {
	k := newKernel(f, "quantizeU7", "", 16, "dst *uint8", "x *float32", "n int", "inverse float32")
	dst, x := k.array("dst", 1), k.floats("x")
	inverse, most := k.factor("inverse"), k.holdMostU7()
	k.note("dst = round(min(max(x·inverse, 0), 127))")
	k.roundU7(dst, k.times(x.load(0), inverse), most)
	k.loop()
	k.Ret()
}

func dequantize(f *asm.File) {
	k := newKernel(f, "dequantizeI32", "", 16, "dst *float32", "acc *int32", "scale *float32", "n int", "factor float32")
	dst, acc, scale := k.floats("dst"), k.array("acc", 4), k.floats("scale")
	factor := k.factor("factor")
	k.note("dst = (float32(acc)·scale)·factor")
	v := k.times(k.fromInt(acc.load(0)), scale.load(0))
	dst.store(0, k.times(v, factor))
	k.loop()
	k.Ret()
}

func dequantizeAdd(f *asm.File) {
	k := newKernel(f, "dequantizeAddI32", "", 16, "dst *float32", "acc *int32", "scale *float32", "n int", "factor float32")
	dst, acc, scale := k.floats("dst"), k.array("acc", 4), k.floats("scale")
	factor := k.factor("factor")
	k.note("dst += (float32(acc)·scale)·factor")
	v := k.times(k.fromInt(acc.load(0)), scale.load(0))
	dst.store(0, k.sum(dst.load(0), k.times(v, factor)))
	k.loop()
	k.Ret()
}

func requantize(f *asm.File) {
	k := newKernel(f, "requantizeU7", "", 16, "dst *uint8", "acc *int32", "scale *float32", "bias *float32", "n int")
	dst, acc, scale, bias := k.array("dst", 1), k.array("acc", 4), k.floats("scale"), k.floats("bias")
	most := k.holdMostU7()
	k.note("dst = round(min(max(float32(acc)·scale + bias, 0), 127))")
	v := k.times(k.fromInt(acc.load(0)), scale.load(0))
	k.roundU7(dst, k.sum(v, bias.load(0)), most)
	k.loop()
	k.Ret()
}

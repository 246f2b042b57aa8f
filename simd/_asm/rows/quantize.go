package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

var maxU7 = floatConstant("maxU7", 127)

// roundU7 returns v to the nearest integer, ties to even, within 0…127; NaN
// becomes 0.
func roundU7(v values, none uniform) values { return toInt(smaller(larger(v, none), maxU7)) }

// storeBytes stores a block of integers of 0…127 as 16 bytes.
func storeBytes(v values, to place) {
	if wide() {
		VPMOVDB(v[0], to.at(0))
		return
	}
	comment("within 128 bits: four of the first vector, four of the second; then in order, as bytes")
	words, bytes := YMM(), XMM()
	VPACKSSDW(v[1], v[0], words)
	VPERMQ(Imm(0b11_01_10_00), words, words)
	VEXTRACTI128(Imm(1), words, bytes)
	VPACKUSWB(bytes, words.AsX(), bytes)
	VMOVDQU(bytes, to.at(0))
}

func quantize() {
	kernel("quantizeU7", "func(dst *uint8, x *float32, n int, inverse float32)", "for n a positive multiple of 16.")
	rows := arrays([]string{"dst", "x"}, []int{1, 4})
	dst, x := rows[0], rows[1]
	inverse, none := broadcast("inverse"), zero()
	loop(dst, block, func() {
		comment("dst = round(min(max(x·inverse, 0), 127))")
		storeBytes(roundU7(mul(inverse, x.next()), none), dst.next())
	})
	end()
}

func dequantize() {
	kernel("dequantizeI32", "func(dst *float32, acc *int32, scale *float32, n int, factor float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "acc", "scale")
	dst, acc, scale := rows[0], rows[1], rows[2]
	factor := broadcast("factor")
	loop(dst, block, func() {
		comment("dst = (float32(acc)·scale)·factor")
		store(mul(mul(fromInt(acc.next()), scale.next()), factor), dst.next())
	})
	end()
}

func dequantizeAdd() {
	kernel("dequantizeAddI32", "func(dst *float32, acc *int32, scale *float32, n int, factor float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "acc", "scale")
	dst, acc, scale := rows[0], rows[1], rows[2]
	factor := broadcast("factor")
	loop(acc, block, func() {
		comment("dst += (float32(acc)·scale)·factor")
		store(add(mul(mul(fromInt(acc.next()), scale.next()), factor), dst.next()), dst.next())
	})
	end()
}

func requantize() {
	kernel("requantizeU7", "func(dst *uint8, acc *int32, scale, bias *float32, n int)", "for n a positive multiple of 16.")
	rows := arrays([]string{"dst", "acc", "scale", "bias"}, []int{1, 4, 4, 4})
	dst, acc, scale, bias := rows[0], rows[1], rows[2], rows[3]
	none := zero()
	loop(dst, block, func() {
		comment("dst = round(min(max(float32(acc)·scale + bias, 0), 127))")
		storeBytes(roundU7(add(mul(fromInt(acc.next()), scale.next()), bias.next()), none), dst.next())
	})
	end()
}

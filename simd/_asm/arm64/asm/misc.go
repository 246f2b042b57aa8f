package asm

import "strings"

// Instructions on two vectors:
//
//	0 Q U 01110 size 10000 opcode 10 Rn Rd

func twoMisc(q, u, size, opcode uint32, o []operand) uint32 {
	return 0x0e200800 | q<<30 | u<<29 | size<<22 | opcode<<12 | o[1].reg<<5 | o[0].reg
}

func defineUnary(mnemonic, arrangements string, u, opcode uint32) {
	define(mnemonic, "vv", func(o []operand) (uint32, error) {
		return twoMisc(o[0].q(), u, o[0].size(), opcode, o), same(o, arrangements)
	})
}

func defineFloatUnary(mnemonic string, u, high, opcode uint32) {
	define(mnemonic, "vv", func(o []operand) (uint32, error) {
		return twoMisc(o[0].q(), u, high<<1|o[0].size()&1, opcode, o), same(o, floats)
	})
}

// defineZero defines comparisons with #0 (or #0.0).
func defineZero(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vvi", func(o []operand) (uint32, error) {
		if err := within("immediate", o[2].imm, 0, 0); err != nil {
			return 0, err
		}
		return twoMisc(o[0].q(), u, o[0].size(), opcode, o), same(o[:2], all)
	})
}

func defineFloatZero(mnemonic string, u, opcode uint32) {
	encode := func(o []operand) (uint32, error) {
		if o[2].imm != 0 || o[2].f != 0 {
			return 0, within("immediate", 1, 0, 0)
		}
		return twoMisc(o[0].q(), u, 2|o[0].size()&1, opcode, o), same(o[:2], floats)
	}
	define(mnemonic, "vvi", encode)
	define(mnemonic, "vvf", encode)
}

// definePairwise defines sums of neighbours into lanes twice as wide.
func definePairwise(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vv", func(o []operand) (uint32, error) {
		return twoMisc(o[1].q(), u, o[1].size(), opcode, o),
			pair(o[0], o[1], "4h 8b", "8h 16b", "2s 4h", "4s 8h", "1d 2s", "2d 4s")
	})
}

// defineNarrow defines an instruction into lanes half as wide, and its second
// form, which fills the upper half.
func defineNarrow(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vv", func(o []operand) (uint32, error) {
		return twoMisc(0, u, o[0].size(), opcode, o), pair(o[1], o[0], "8h 8b", "4s 4h", "2d 2s")
	})
	define(mnemonic+"2", "vv", func(o []operand) (uint32, error) {
		return twoMisc(1, u, o[0].size(), opcode, o), pair(o[1], o[0], "8h 16b", "4s 8h", "2d 4s")
	})
}

// defineAcross defines reductions of a vector to a scalar:
//
//	0 Q U 01110 size 11000 opcode 10 Rn Rd
func defineAcross(mnemonic, pairs string, u, opcode uint32) {
	define(mnemonic, "sv", func(o []operand) (uint32, error) {
		return 0x0e300800 | o[1].q()<<30 | u<<29 | o[1].size()<<22 | opcode<<12 | o[1].reg<<5 | o[0].reg,
			pair(o[0], o[1], strings.Split(pairs, ", ")...)
	})
}

func defineFloatAcross(mnemonic string, high, opcode uint32) {
	define(mnemonic, "sv", func(o []operand) (uint32, error) {
		return 0x6e300800 | high<<23 | opcode<<12 | o[1].reg<<5 | o[0].reg, pair(o[0], o[1], "s 4s")
	})
}

// defineFloatPair defines reductions of two lanes to a scalar.
func defineFloatPair(mnemonic string, base uint32) {
	define(mnemonic, "sv", func(o []operand) (uint32, error) {
		return base | o[1].size()&1<<22 | o[1].reg<<5 | o[0].reg, pair(o[0], o[1], "s 2s", "d 2d")
	})
}

func init() {
	defineUnary("abs", all, 0, 0b01011)
	defineUnary("neg", all, 1, 0b01011)
	defineUnary("rev64", integers, 0, 0b00000)
	defineUnary("rev32", "8b 16b 4h 8h", 1, 0b00000)
	define("not", "vv", func(o []operand) (uint32, error) {
		return twoMisc(o[0].q(), 1, 0, 0b00101, o), same(o, bytesOnly)
	})
	defineZero("cmgt", 0, 0b01000)
	defineZero("cmge", 1, 0b01000)
	defineZero("cmeq", 0, 0b01001)
	defineZero("cmle", 1, 0b01001)
	defineZero("cmlt", 0, 0b01010)

	defineFloatUnary("fabs", 0, 1, 0b01111)
	defineFloatUnary("fneg", 1, 1, 0b01111)
	defineFloatUnary("fsqrt", 1, 1, 0b11111)
	defineFloatUnary("frecpe", 0, 1, 0b11101)
	defineFloatUnary("frsqrte", 1, 1, 0b11101)
	defineFloatUnary("frintn", 0, 0, 0b11000) // ties to even
	defineFloatUnary("frintm", 0, 0, 0b11001) // down
	defineFloatUnary("frintp", 0, 1, 0b11000) // up
	defineFloatUnary("frintz", 0, 1, 0b11001) // towards zero
	defineFloatUnary("frinta", 1, 0, 0b11000) // ties away
	defineFloatUnary("scvtf", 0, 0, 0b11101)
	defineFloatUnary("ucvtf", 1, 0, 0b11101)
	defineFloatUnary("fcvtns", 0, 0, 0b11010)
	defineFloatUnary("fcvtnu", 1, 0, 0b11010)
	defineFloatUnary("fcvtms", 0, 0, 0b11011)
	defineFloatUnary("fcvtzs", 0, 1, 0b11011)
	defineFloatUnary("fcvtzu", 1, 1, 0b11011)
	defineFloatZero("fcmgt", 0, 0b01100)
	defineFloatZero("fcmge", 1, 0b01100)
	defineFloatZero("fcmeq", 0, 0b01101)
	defineFloatZero("fcmle", 1, 0b01101)
	defineFloatZero("fcmlt", 0, 0b01110)

	definePairwise("saddlp", 0, 0b00010)
	definePairwise("uaddlp", 1, 0b00010)
	definePairwise("sadalp", 0, 0b00110)
	definePairwise("uadalp", 1, 0b00110)

	defineNarrow("xtn", 0, 0b10010)
	defineNarrow("sqxtun", 1, 0b10010)
	defineNarrow("sqxtn", 0, 0b10100)
	defineNarrow("uqxtn", 1, 0b10100)

	const lanes = "b 8b, b 16b, h 4h, h 8h, s 4s"
	defineAcross("addv", lanes, 0, 0b11011)
	defineAcross("smaxv", lanes, 0, 0b01010)
	defineAcross("sminv", lanes, 0, 0b11010)
	defineAcross("umaxv", lanes, 1, 0b01010)
	defineAcross("uminv", lanes, 1, 0b11010)
	defineAcross("saddlv", "h 8b, h 16b, s 4h, s 8h, d 4s", 0, 0b00011)
	defineAcross("uaddlv", "h 8b, h 16b, s 4h, s 8h, d 4s", 1, 0b00011)
	defineFloatAcross("fmaxv", 0, 0b01111)
	defineFloatAcross("fminv", 1, 0b01111)
	defineFloatPair("faddp", 0x7e30d800)
	defineFloatPair("fmaxp", 0x7e30f800)
	defineFloatPair("fminp", 0x7eb0f800)
	define("addp", "sv", func(o []operand) (uint32, error) {
		return 0x5ef1b800 | o[1].reg<<5 | o[0].reg, pair(o[0], o[1], "d 2d")
	})
}

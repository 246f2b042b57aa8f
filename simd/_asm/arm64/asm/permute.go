package asm

// Permutations of two vectors:
//
//	0 Q 001110 size 0 Rm 0 opcode 10 Rn Rd

func definePermute(mnemonic string, opcode uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return 0x0e000800 | o[0].q()<<30 | o[0].size()<<22 | o[2].reg<<16 | opcode<<12 | o[1].reg<<5 | o[0].reg,
			same(o, all)
	})
}

func init() {
	definePermute("uzp1", 0b001)
	definePermute("trn1", 0b010)
	definePermute("zip1", 0b011)
	definePermute("uzp2", 0b101)
	definePermute("trn2", 0b110)
	definePermute("zip2", 0b111)
	define("ext", "vvvi", func(o []operand) (uint32, error) {
		return 0x2e000000 | o[0].q()<<30 | o[2].reg<<16 | uint32(o[3].imm)<<11 | o[1].reg<<5 | o[0].reg,
			firstErr(same(o[:3], bytesOnly), within("distance", o[3].imm, 0, 7+8*int64(o[0].q())))
	})
	define("tbl", "vtv", func(o []operand) (uint32, error) {
		return 0x0e000000 | o[0].q()<<30 | o[2].reg<<16 | o[1].reg<<5 | o[0].reg,
			same([]operand{o[0], o[2]}, bytesOnly)
	})
}

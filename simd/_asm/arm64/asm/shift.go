package asm

// Shifts by a constant:
//
//	0 Q U 011110 immh:immb opcode 1 Rn Rd
//
// immh:immb is the lane's width plus the shift (left), or twice the width
// minus the shift (right).

func shift(q, u, imm, opcode uint32, o []operand) uint32 {
	return 0x0f000400 | q<<30 | u<<29 | imm<<16 | opcode<<11 | o[1].reg<<5 | o[0].reg
}

func width(size uint32) int64 { return 8 << size }

func defineLeft(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vvi", func(o []operand) (uint32, error) {
		w := width(o[0].size())
		return shift(o[0].q(), u, uint32(w+o[2].imm), opcode, o),
			firstErr(same(o[:2], all), within("shift", o[2].imm, 0, w-1))
	})
}

func defineRight(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vvi", func(o []operand) (uint32, error) {
		w := width(o[0].size())
		return shift(o[0].q(), u, uint32(2*w-o[2].imm), opcode, o),
			firstErr(same(o[:2], all), within("shift", o[2].imm, 1, w))
	})
}

// defineRightNarrow: the result's lanes are half as wide.
func defineRightNarrow(mnemonic string, u, opcode uint32) {
	for q, suffix := range []string{"", "2"} {
		define(mnemonic+suffix, "vvi", func(o []operand) (uint32, error) {
			wants := [][]string{{"8h 8b", "4s 4h", "2d 2s"}, {"8h 16b", "4s 8h", "2d 4s"}}[q]
			w := width(o[0].size())
			return shift(uint32(q), u, uint32(2*w-o[2].imm), opcode, o),
				firstErr(pair(o[1], o[0], wants...), within("shift", o[2].imm, 1, w))
		})
	}
}

// defineLeftLong defines shifts into lanes twice as wide, and the plain
// widening that is such a shift by nothing.
func defineLeftLong(mnemonic, plain string, u, opcode uint32) {
	for q, suffix := range []string{"", "2"} {
		encode := func(o []operand, by int64) (uint32, error) {
			wants := [][]string{{"8h 8b", "4s 4h", "2d 2s"}, {"8h 16b", "4s 8h", "2d 4s"}}[q]
			w := width(o[1].size())
			return shift(uint32(q), u, uint32(w+by), opcode, o),
				firstErr(pair(o[0], o[1], wants...), within("shift", by, 0, w-1))
		}
		define(mnemonic+suffix, "vvi", func(o []operand) (uint32, error) { return encode(o, o[2].imm) })
		define(plain+suffix, "vv", func(o []operand) (uint32, error) { return encode(o, 0) })
	}
}

func init() {
	defineLeft("shl", 0, 0b01010)
	defineLeft("sli", 1, 0b01010)
	defineRight("sshr", 0, 0b00000)
	defineRight("ushr", 1, 0b00000)
	defineRight("ssra", 0, 0b00010)
	defineRight("usra", 1, 0b00010)
	defineRight("srshr", 0, 0b00100)
	defineRight("urshr", 1, 0b00100)
	defineRight("sri", 1, 0b01000)
	defineRightNarrow("shrn", 0, 0b10000)
	defineRightNarrow("rshrn", 0, 0b10001)
	defineRightNarrow("sqshrn", 0, 0b10010)
	defineRightNarrow("sqrshrn", 0, 0b10011)
	defineRightNarrow("sqshrun", 1, 0b10000)
	defineRightNarrow("uqshrn", 1, 0b10010)
	defineLeftLong("sshll", "sxtl", 0, 0b10100)
	defineLeftLong("ushll", "uxtl", 1, 0b10100)
}

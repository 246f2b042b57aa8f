package asm

// Instructions whose result has lanes twice as wide as the factors:
//
//	0 Q U 01110 size 1 Rm opcode 00 Rn Rd
//
// Q, a 2 at the end of the mnemonic, takes the factors' upper halves.

func threeLong(o []operand, q, u, opcode uint32) uint32 {
	return 0x0e200000 | q<<30 | u<<29 | o[2].size()<<22 | o[2].reg<<16 | opcode<<12 | o[1].reg<<5 | o[0].reg
}

// firstErr returns the first error that is not nil.
func firstErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func defineLong(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return threeLong(o, 0, u, opcode),
			firstErr(same(o[1:], "8b 4h 2s"), pair(o[0], o[1], "8h 8b", "4s 4h", "2d 2s"))
	})
	define(mnemonic+"2", "vvv", func(o []operand) (uint32, error) {
		return threeLong(o, 1, u, opcode),
			firstErr(same(o[1:], "16b 8h 4s"), pair(o[0], o[1], "8h 16b", "4s 8h", "2d 4s"))
	})
}

// defineWide: the first factor is as wide as the result.
func defineWide(mnemonic string, u, opcode uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return threeLong(o, 0, u, opcode),
			firstErr(same(o[:2], "8h 4s 2d"), pair(o[0], o[2], "8h 8b", "4s 4h", "2d 2s"))
	})
	define(mnemonic+"2", "vvv", func(o []operand) (uint32, error) {
		return threeLong(o, 1, u, opcode),
			firstErr(same(o[:2], "8h 4s 2d"), pair(o[0], o[2], "8h 16b", "4s 8h", "2d 4s"))
	})
}

func init() {
	for u, prefix := range []string{"s", "u"} {
		defineLong(prefix+"addl", uint32(u), 0b0000)
		defineWide(prefix+"addw", uint32(u), 0b0001)
		defineLong(prefix+"subl", uint32(u), 0b0010)
		defineLong(prefix+"mlal", uint32(u), 0b1000)
		defineLong(prefix+"mlsl", uint32(u), 0b1010)
		defineLong(prefix+"mull", uint32(u), 0b1100)
	}
}

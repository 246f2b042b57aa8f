package asm

// Instructions on three vectors of one arrangement:
//
//	0 Q U 01110 size 1 Rm opcode 1 Rn Rd

func threeSame(o []operand, u, size, opcode uint32) uint32 {
	return 0x0e200400 | o[0].q()<<30 | u<<29 | size<<22 | o[2].reg<<16 | opcode<<11 | o[1].reg<<5 | o[0].reg
}

func defineInteger(mnemonic, arrangements string, u, opcode uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return threeSame(o, u, o[0].size(), opcode), same(o, arrangements)
	})
}

// defineLogical: bitwise operations use the size field as part of the opcode.
func defineLogical(mnemonic string, u, size uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return threeSame(o, u, size, 0b00011), same(o, bytesOnly)
	})
}

// defineFloat: the upper bit of size is part of the opcode, the lower one
// tells float64 from float32.
func defineFloat(mnemonic string, u, high, opcode uint32) {
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return threeSame(o, u, high<<1|o[0].size()&1, opcode), same(o, floats)
	})
}

func init() {
	defineInteger("add", all, 0, 0b10000)
	defineInteger("sub", all, 1, 0b10000)
	defineInteger("mul", integers, 0, 0b10011)
	defineInteger("mla", integers, 0, 0b10010)
	defineInteger("mls", integers, 1, 0b10010)
	defineInteger("addp", all, 0, 0b10111)
	defineInteger("smax", integers, 0, 0b01100)
	defineInteger("smin", integers, 0, 0b01101)
	defineInteger("umax", integers, 1, 0b01100)
	defineInteger("umin", integers, 1, 0b01101)
	defineInteger("cmgt", all, 0, 0b00110)
	defineInteger("cmge", all, 0, 0b00111)
	defineInteger("cmhi", all, 1, 0b00110)
	defineInteger("cmhs", all, 1, 0b00111)
	defineInteger("cmeq", all, 1, 0b10001)
	defineInteger("cmtst", all, 0, 0b10001)
	defineInteger("sshl", all, 0, 0b01000)
	defineInteger("ushl", all, 1, 0b01000)

	defineLogical("and", 0, 0)
	defineLogical("bic", 0, 1)
	defineLogical("orr", 0, 2)
	defineLogical("orn", 0, 3)
	defineLogical("eor", 1, 0)
	defineLogical("bsl", 1, 1)
	defineLogical("bit", 1, 2)
	defineLogical("bif", 1, 3)

	defineFloat("fmla", 0, 0, 0b11001)
	defineFloat("fmls", 0, 1, 0b11001)
	defineFloat("fadd", 0, 0, 0b11010)
	defineFloat("fsub", 0, 1, 0b11010)
	defineFloat("fmul", 1, 0, 0b11011)
	defineFloat("fdiv", 1, 0, 0b11111)
	defineFloat("fabd", 1, 1, 0b11010)
	defineFloat("fmax", 0, 0, 0b11110)
	defineFloat("fmin", 0, 1, 0b11110)
	defineFloat("fmaxnm", 0, 0, 0b11000)
	defineFloat("fminnm", 0, 1, 0b11000)
	defineFloat("faddp", 1, 0, 0b11010)
	defineFloat("fmaxp", 1, 0, 0b11110)
	defineFloat("fminp", 1, 1, 0b11110)
	defineFloat("fcmeq", 0, 0, 0b11100)
	defineFloat("fcmge", 1, 0, 0b11100)
	defineFloat("fcmgt", 1, 1, 0b11100)
	defineFloat("facge", 1, 0, 0b11101)
	defineFloat("facgt", 1, 1, 0b11101)
	defineFloat("frecps", 0, 0, 0b11111)
	defineFloat("frsqrts", 0, 1, 0b11111)

	define("mov", "vv", func(o []operand) (uint32, error) { // orr with itself
		return threeSame([]operand{o[0], o[1], o[1]}, 0, 2, 0b00011), same(o, bytesOnly)
	})
}

package main

// Constants of noiseHash, noiseRadius and noiseCircle, named as in the Go
// kernels.
var (
	hashFirst  = constant{"hashFirst", 0xed5ad4bb}
	hashSecond = constant{"hashSecond", 0xac4c1b51}
	hashThird  = constant{"hashThird", 0x31848bab}

	oneInt      = constant{"oneInt", 1}
	logOffset   = constant{"logOffset", 0x3f800000 - 0x3f3504f3} // bits(1) − bits(√½)
	logBias     = constant{"logBias", 127 + 31}
	logMantissa = constant{"logMantissa", 0x7fffff}
	logSqrtHalf = constant{"logSqrtHalf", 0x3f3504f3}
	logHigh     = floatConstant("logHigh", 0.693359375)
	logLow      = floatConstant("logLow", -2.12194440e-4)
	logTerms    = []constant{
		floatConstant("logTerm0", 7.0376836292e-2), floatConstant("logTerm1", -1.1514610310e-1),
		floatConstant("logTerm2", 1.1676998740e-1), floatConstant("logTerm3", -1.2420140846e-1),
		floatConstant("logTerm4", 1.4249322787e-1), floatConstant("logTerm5", -1.6668057665e-1),
		floatConstant("logTerm6", 2.0000714765e-1), floatConstant("logTerm7", -2.4999993993e-1),
		floatConstant("logTerm8", 3.3333331174e-1),
	}
	zeroFloat = floatConstant("zero", 0)
	half      = floatConstant("half", 0.5)
	minusTwo  = floatConstant("minusTwo", -2)

	turn     = floatConstant("turn", 3.14159265358979323846264338327950288/(1<<33))
	sinTerms = []constant{
		floatConstant("sinTerm0", -1.9515295891e-4), floatConstant("sinTerm1", 8.3321608736e-3),
		floatConstant("sinTerm2", -1.6666654611e-1),
	}
	cosTerms = []constant{
		floatConstant("cosTerm0", 2.443315711809948e-5), floatConstant("cosTerm1", -1.388731625493765e-3),
		floatConstant("cosTerm2", 4.166664568298827e-2),
	}
	signBit = constant{"signBit", 1 << 31}
)

func noiseHash(h values, high operand) values {
	comment("h = ((h ^ h>>17) + high)·first; h = (h ^ h>>11)·second; h = (h ^ h>>15)·third; h ^= h>>14")
	h = mulInt(addInt(xor(h, shiftRight(h, 17)), high), hashFirst)
	h = mulInt(xor(h, shiftRight(h, 11)), hashSecond)
	h = mulInt(xor(h, shiftRight(h, 15)), hashThird)
	return xor(h, shiftRight(h, 14))
}

// beginRadius and endRadius make noiseRadius of h.
func beginRadius(h values) (t, e values) {
	comment("b = bits(float32(h/2 | 1)) + bits(1) − bits(√½); e = b>>23 − 158; t = float32 of bits b&0x7fffff + bits(√½), less 1")
	b := addInt(fromInt(or(shiftRight(h, 1), oneInt)), logOffset)
	e = fromInt(subInt(shiftRight(b, 23), logBias))
	return sub(addInt(and(b, logMantissa), logSqrtHalf), oneFloat), e
}

func endRadius(begun, e operand) values {
	comment("ln u = (t + (((P(t)·t)·t² + e·low) − ½·t²)) + e·high")
	t := reload(begun)
	p := horner(t, logTerms)
	square := mul(t, t)
	y := add(mul(mul(p, t), square), mul(reload(e), logLow))
	y = sub(y, mul(square, half))
	ln := add(add(t, y), mul(reload(e), logHigh))
	comment("radius = √max(−2·ln u, 0)")
	return root(larger(mul(ln, minusTwo), zeroFloat))
}

func noiseCircle(bits operand, m *scratch) (cos, sin values) {
	comment("angle = float32(h<<2)·turn; s = angle²")
	angle := mul(fromInt(shiftLeft(reload(bits), 2)), turn)
	s := mul(angle, angle)
	theta := m.spill(angle)
	comment("sin = (P(s)·s)·angle + angle")
	sin = add(mul(mul(horner(s, sinTerms), s), theta), theta)
	comment("cos = ((Q(s)·s)·s − ½·s) + 1")
	cos = add(sub(mul(mul(horner(s, cosTerms), s), s), mul(s, half)), oneFloat)
	comment("bit 30 exchanges them; cos takes the sign bit31 ^ bit30, sin bit31")
	h := reload(bits)
	next := shiftLeft(h, 1)
	cos, sin = exchange(next, cos, sin)
	return xor(cos, and(xor(h, next), signBit)), xor(sin, and(h, signBit))
}

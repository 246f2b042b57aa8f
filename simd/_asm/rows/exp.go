package main

// Constants of exp, named as in the Go kernel.
var (
	expLowest = floatConstant("expLowest", -87.3)
	expLog2e  = floatConstant("expLog2e", 1.44269504088896341)
	expHigh   = floatConstant("expHigh", 0.693359375)
	expLow    = floatConstant("expLow", -2.12194440e-4)
	expMagic  = floatConstant("expMagic", 1.5*(1<<23))
	expTerms  = []constant{
		floatConstant("expTerm0", 1.9875691500e-4), floatConstant("expTerm1", 1.3981999507e-3),
		floatConstant("expTerm2", 8.3334519073e-3), floatConstant("expTerm3", 4.1665795894e-2),
		floatConstant("expTerm4", 1.6666665459e-1), floatConstant("expTerm5", 5.0000001201e-1),
	}
	oneFloat = floatConstant("one", 1)
)

func exponential() {
	kernel("expF32", "func(sums *[16]float32, dst, x *float32, n int, shift float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "x")
	dst, x := rows[0], rows[1]
	sums := loadLanes()
	shift := broadcast("shift")
	loop(x, block, func() {
		comment("x −= shift; n = (x·log₂e + magic) − magic; r = (x − n·high) − n·low")
		v := sub(load(x.next()), shift)
		shifted := add(mul(v, expLog2e), expMagic)
		n := sub(shifted, expMagic)
		r := sub(sub(v, mul(n, expHigh)), mul(n, expLow))
		comment("e = (P(r)·r² + r) + 1")
		p := horner(r, expTerms)
		e := add(add(mul(p, mul(r, r)), r), oneFloat)
		comment("n is added to the exponent, then x − x for NaN; dst = x < lowest ? 0 : e; sums += dst")
		scaled := addInt(e, shiftLeft(shifted, 23))
		e = zeroBelow(v, expLowest, add(scaled, sub(v, v)))
		store(e, dst.next())
		sums.add(e)
	})
	sums.store()
	end()
}

package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// Constants of exp, named as in the Go kernel.
var (
	expLowest = float("expLowest", -87.3)
	expLog2e  = float("expLog2e", 1.44269504088896341)
	expHigh   = float("expHigh", 0.693359375)
	expLow    = float("expLow", -2.12194440e-4)
	expMagic  = float("expMagic", 1.5*(1<<23))
	expTerms  = []constant{
		float("expTerm0", 1.9875691500e-4), float("expTerm1", 1.3981999507e-3), float("expTerm2", 8.3334519073e-3),
		float("expTerm3", 4.1665795894e-2), float("expTerm4", 1.6666665459e-1), float("expTerm5", 5.0000001201e-1),
	}
	oneFloat = float("1", 1)
)

// horner returns the polynomial of x with the given terms, the highest first.
func (k *kernel) horner(x block, terms []constant) block {
	p := k.sum(k.times(x, terms[0]), terms[1])
	for _, c := range terms[2:] {
		p = k.sum(k.times(p, x), c)
	}
	return p
}

func exponential(f *asm.File) {
	k := newKernel(f, "expF32", "", 16, "sums *[16]float32", "dst *float32", "x *float32", "n int", "shift float32")
	sums, dst, x := k.loadLanes(), k.floats("dst"), k.floats("x")
	shift := k.fullFloat("shift")
	lowest, log2e, high := k.holdConstant(expLowest), k.holdConstant(expLog2e), k.holdConstant(expHigh)
	low, magic, one := k.holdConstant(expLow), k.holdConstant(expMagic), k.holdConstant(oneFloat)

	k.note("x −= shift; n = (x·log₂e + magic) − magic; r = (x − n·high) − n·low")
	v := k.less(x.load(0), shift)
	shifted := k.sum(k.times(v, log2e), magic)
	n := k.less(shifted, magic)
	r := k.less(v, k.times(n, high))
	r = k.less(r, k.times(n, low))
	k.note("e = (P(r)·r² + r) + 1")
	p := k.horner(r, expTerms)
	p = k.times(p, k.times(r, r))
	e := k.sum(k.sum(p, r), one)
	k.note("n is added to the exponent, then x − x for NaN; dst = x < lowest ? 0 : e; sums += dst")
	e = k.sumInt(e, k.shiftLeft(shifted, 23))
	e = k.sum(e, k.less(v, v))
	e = k.but(e, k.three("fcmgt", lowest, v))
	dst.store(0, e)
	sums.add(e)

	k.loop()
	sums.store()
	k.Ret()
}

package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

const hashStep = 0x9e3779b9

// Constants of noiseHash, noiseRadius and noiseCircle, named as in the Go
// kernels.
var (
	hashFirst  = word("hashFirst", 0xed5ad4bb)
	hashSecond = word("hashSecond", 0xac4c1b51)
	hashThird  = word("hashThird", 0x31848bab)

	oneInt      = word("oneInt", 1)
	logOffset   = word("logOffset", 0x3f800000-0x3f3504f3) // bits(1) − bits(√½)
	logBias     = word("logBias", 127+31)
	logMantissa = word("logMantissa", 0x7fffff)
	logSqrtHalf = word("logSqrtHalf", 0x3f3504f3)
	logHigh     = float("logHigh", 0.693359375)
	logLow      = float("logLow", -2.12194440e-4)
	logTerms    = []constant{
		float("logTerm0", 7.0376836292e-2), float("logTerm1", -1.1514610310e-1), float("logTerm2", 1.1676998740e-1),
		float("logTerm3", -1.2420140846e-1), float("logTerm4", 1.4249322787e-1), float("logTerm5", -1.6668057665e-1),
		float("logTerm6", 2.0000714765e-1), float("logTerm7", -2.4999993993e-1), float("logTerm8", 3.3333331174e-1),
	}
	half      = float("½", 0.5)
	minusTwo  = float("−2", -2)
	zeroFloat = float("0", 0)

	turn     = float("turn", 3.14159265358979323846264338327950288/(1<<33))
	sinTerms = []constant{
		float("sinTerm0", -1.9515295891e-4), float("sinTerm1", 8.3321608736e-3), float("sinTerm2", -1.6666654611e-1),
	}
	cosTerms = []constant{
		float("cosTerm0", 2.443315711809948e-5), float("cosTerm1", -1.388731625493765e-3), float("cosTerm2", 4.166664568298827e-2),
	}
	signBit = word("sign bit", 1<<31)
)

// addNormal makes the deviates of elements i and i+16 together, two halves of
// a block of 32.
func addNormal(f *asm.File) {
	k := newKernel(f, "addNormalF32", "", 32, "dst *float32", "x *float32", "n int", "low uint32", "high uint32", "scale float32")
	dst, x := k.floats("dst"), k.floats("x")
	scale, high := k.factor("scale"), k.fullInt("high")
	counter, quadStep := k.startCounter("low"), k.holdConstant(word("4·hashStep", 4*hashStep&0xffffffff))

	radius := k.noiseRadius(k.noiseHash(k.count(counter, quadStep), high))
	cos, sin := k.noiseCircle(k.noiseHash(k.count(counter, quadStep), high))
	k.note("dst = x + scale·(radius·cos), and with sin 16 elements on")
	dst.store(0, k.sum(x.load(0), k.times(k.times(radius, cos), scale)))
	dst.store(1, k.sum(x.load(1), k.times(k.times(radius, sin), scale)))
	k.loop()
	k.Ret()
}

// startCounter holds param + (lane − 4)·hashStep: the counters of a quad before
// the first.
func (k *kernel) startCounter(param string) *register {
	var steps constant
	steps.name = "(lane − 4)·hashStep"
	for l := range steps.words {
		steps.words[l] = uint32((l - 4) * hashStep & 0xffffffff)
	}
	counter, from := k.holdConstant(steps), k.general()
	k.Arg(param, from)
	k.Gnu("dup v31.4s, w%s", from[1:]) // free until the loop
	k.Gnu("add v%v.4s, v%v.4s, v31.4s", counter, counter)
	k.held[counter.number] = "counter"
	return counter
}

// count returns the counters of sixteen elements; counter becomes that of the
// last quad.
func (k *kernel) count(counter, quadStep *register) block {
	k.note("counters of 16 elements: each quad's is the last one's + 4·hashStep")
	b := newBlock()
	b[quads-1] = counter
	from := counter
	for q := range b {
		k.gnu("add v%v.4s, v%v.4s, v%v.4s", b[q], from, quadStep)
		from = b[q]
	}
	return b
}

func (k *kernel) noiseHash(h block, high *register) block {
	k.note("h = ((h ^ h>>17) + high)·first; h = (h ^ h>>11)·second; h = (h ^ h>>15)·third; h ^= h>>14")
	h = k.timesInt(k.sumInt(k.xor(h, k.shiftRight(h, 17)), high), hashFirst)
	h = k.timesInt(k.xor(h, k.shiftRight(h, 11)), hashSecond)
	h = k.timesInt(k.xor(h, k.shiftRight(h, 15)), hashThird)
	return k.xor(h, k.shiftRight(h, 14))
}

func (k *kernel) noiseRadius(h block) block {
	k.note("b = bits(float32(h/2 | 1)) + bits(1) − bits(√½); e = b>>23 − 158; t = float32 of bits b&0x7fffff + bits(√½), less 1")
	b := k.sumInt(k.fromInt(k.or(k.shiftRight(h, 1), oneInt)), logOffset)
	e := k.fromInt(k.lessInt(k.shiftRight(b, 23), logBias))
	t := k.less(k.sumInt(k.and(b, logMantissa), logSqrtHalf), oneFloat)
	k.note("ln u = (t + (((P(t)·t)·t² + e·low) − ½·t²)) + e·high")
	p := k.times(k.horner(t, logTerms), t)
	square := k.times(t, t)
	y := k.sum(k.times(p, square), k.times(e, logLow))
	y = k.less(y, k.times(square, half))
	ln := k.sum(k.sum(t, y), k.times(e, logHigh))
	k.note("radius = √max(−2·ln u, 0)")
	return k.root(k.larger(k.times(ln, minusTwo), zeroFloat))
}

func (k *kernel) noiseCircle(h block) (cos, sin block) {
	k.note("angle = float32(h<<2)·turn; s = angle²")
	angle := k.times(k.fromInt(k.shiftLeft(h, 2)), turn)
	s := k.times(angle, angle)
	k.note("sin = (P(s)·s)·angle + angle")
	sin = k.times(k.horner(s, sinTerms), s)
	sin = k.sum(k.times(sin, angle), angle)
	k.note("cos = ((Q(s)·s)·s − ½·s) + 1")
	cos = k.times(k.horner(s, cosTerms), s)
	cos = k.less(k.times(cos, s), k.times(s, half))
	cos = k.sum(cos, oneFloat)
	k.note("bit 30 exchanges them; cos takes the sign bit31 ^ bit30, sin bit31")
	next := k.shiftLeft(h, 1)
	cosSign, sinSign := k.and(k.xor(h, next), signBit), k.and(h, signBit)
	exchange, kept := k.negative(next), k.copyOf(cos)
	k.insert(cos, sin, exchange)
	k.insert(sin, kept, exchange)
	return k.xor(cos, cosSign), k.xor(sin, sinSign)
}

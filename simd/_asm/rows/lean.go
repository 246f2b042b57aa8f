package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// code says how a moment is stored in fewer bits, see momentCode of the Go
// kernels; base 0 stands for no base.
type code struct {
	shift      uint64
	base       uint32
	size, sign uint32
}

// lean says how both moments are stored, and which of a random number's bits
// round them.
type lean struct {
	bits          int
	first, second code
	low           uint32 // mask of the bits that round the first moment
	high          uint64 // shift that leaves those that round the second
}

var leanKinds = []lean{
	{16, code{16, 0, 0x7fff, 0x8000}, code{15, 0, 0xffff, 0}, 0xffff, 17},
	{8, code{21, 96 << 23, 0x7f, 0x80}, code{21, 64 << 23, 0xff, 0}, 0x1fffff, 11},
}

// number is a constant that is called after its value.
func number(bits uint32) constant { return constant{fmt.Sprintf("bits%08x", bits), bits} }

var magnitude = number(0x7fffffff)

// least is the larger of unsigned integers.
var least = three(VPMAXUD, VPMAXUD_BCST)

// widened loads codes into 32 bits each, with copies of the sign above them
// where 8 bits have one.
func (l lean) widened(c code, from place) values {
	op := VPMOVZXWD
	switch {
	case l.bits == 8 && c.sign != 0:
		op = VPMOVSXBD
	case l.bits == 8:
		op = VPMOVZXBD
	}
	dst := newValues()
	for i, d := range dst {
		op(from.at(i), d)
	}
	return dst
}

// decode returns the values of codes.
func (l lean) decode(c code, from place) values {
	v := shiftLeft(l.widened(c, from), c.shift)
	switch {
	case c.base == 0:
		return v
	case c.sign == 0:
		return or(v, number(c.base))
	case wide():
		return basedWide(v, c)
	}
	return based(v, c)
}

// based puts the base above what is not 0, between its bits and the sign.
func based(v values, c code) values {
	dst := newValues()
	size := and(v, number(c.size<<c.shift))
	whole := or(and(v, number(c.size<<c.shift|signBit.bits)), number(c.base))
	for i, d := range dst {
		VPXOR(d, d, d)
		VPCMPGTD(d, size[i], d)
		VPAND(whole[i], d, d)
	}
	return dst
}

func basedWide(v values, c code) values {
	const orAfterAnd = 0xea // A and B, or C; A the destination
	mask, live := newVector(), K()
	VPBROADCASTD(number(c.size<<c.shift|signBit.bits).memory(), mask)
	VPTESTMD_BCST(number(c.size<<c.shift).memory(), v[0], live)
	VPTERNLOGD_BCST_Z(Imm(orAfterAnd), number(c.base).memory(), mask, live, v[0])
	return v
}

// encode returns the codes of x, rounded by random bits, with other bits above
// those of 8 bits.
func (l lean) encode(c code, x, random values) values {
	switch {
	case c.base == 0: // the sign is in its place
		return shiftRight(addInt(x, random), c.shift)
	case c.sign == 0:
		return shiftRight(least(addInt(x, random), number(c.base)), c.shift)
	}
	v := shiftRight(least(addInt(and(x, magnitude), random), number(c.base)), c.shift)
	sign := shiftRight(x, 24)
	if wide() {
		const choose = 0xd8 // B where C is set, else A, the destination
		VPTERNLOGD_BCST(Imm(choose), number(c.sign).memory(), sign[0], v[0])
		return v
	}
	return or(and(v, number(c.size)), and(sign, number(c.sign)))
}

// storeCodes stores a block of codes.
func (l lean) storeCodes(v values, to place) {
	switch {
	case l.bits == 8 && wide():
		VPMOVDB(v[0], to.at(0))
	case wide():
		VPMOVDW(v[0], to.at(0))
	case l.bits == 16:
		comment("within 128 bits: four of the first vector, four of the second; then in order")
		words := YMM()
		VPACKUSDW(v[1], v[0], words)
		VPERMQ(Imm(0b11_01_10_00), words, words)
		VMOVDQU(words, to.at(0))
	default:
		l.storeLowBytes(v, to)
	}
}

// storeLowBytes stores the lowest byte of each of sixteen integers.
func (l lean) storeLowBytes(v values, to place) {
	comment("within 128 bits: four bytes of the first vector, four of the second; then in order")
	VPSHUFB(lowBytes[0], v[0], v[0])
	VPSHUFB(lowBytes[1], v[1], v[1])
	both, upper := YMM(), XMM()
	VPOR(v[0], v[1], both)
	VEXTRACTI128(Imm(1), both, upper)
	VPUNPCKLDQ(upper, both.AsX(), upper)
	VMOVDQU(upper, to.at(0))
}

// lowBytes are the shuffles that bring the lowest bytes of four integers to
// the first four bytes, or to the next four, and zeros everywhere else.
var lowBytes = [2]Mem{
	NewDataAddr(Symbol{Name: "lowBytes0", Static: true}, 0),
	NewDataAddr(Symbol{Name: "lowBytes1", Static: true}, 0),
}

// emitLowBytes writes them; the widest vectors have an instruction of their
// own.
func emitLowBytes() {
	if wide() {
		return
	}
	for i, m := range lowBytes {
		GLOBL(m.Symbol.Name, attr.RODATA|attr.NOPTR)
		for word := range 8 {
			bits := uint32(0x80808080)
			if word%4 == i {
				bits = 0x0c080400
			}
			DATA(4*word, U32(bits))
		}
	}
}

// leanAdam is adam on moments of 16 or 8 bits. The constants that AVX2 has no
// registers for wait in memory.
func leanAdam(l lean) {
	kernel(fmt.Sprintf("adam%d", l.bits), fmt.Sprintf("func(w *float32, m, v *uint%d, grad *float32, n int, start uint32, c *[8]float32)", l.bits),
		"for n a positive multiple of 16; c is an AdamStep, field by field.")
	rows := arrays([]string{"w", "m", "v", "grad"}, []int{4, l.bits / 8, l.bits / 8, 4})
	w, m, v, g := rows[0], rows[1], rows[2], rows[3]
	s := newScratch(6)
	random := noise{counter: firstCounters("start")}
	c := Load(Param("c"), GP64())
	comment("the fields of c in order; −clip, −0 included, follows clip")
	rate, beta1, rest1 := s.aside(field(c, 0)), s.aside(field(c, 1)), s.aside(field(c, 2))
	beta2, rest2, epsilon := s.aside(field(c, 3)), s.aside(field(c, 4)), s.aside(field(c, 5))
	bound, decay := newClipping(field(c, 6)), field(c, 7)
	loop(w, block, func() {
		var firsts, seconds values
		separately(func() {
			comment("grad = clip(g + decay·w)")
			weight := load(w.next())
			grad := bound.apply(add(mul(decay, weight), g.next()))
			comment("m = β1·m + (1−β1)·grad")
			first := add(mul(l.decode(l.first, m.next()), beta1), mul(grad, rest1))
			comment("v = β2·v + ((1−β2)·grad)·grad")
			second := add(mul(l.decode(l.second, v.next()), beta2), mul(mul(grad, rest2), grad))
			comment("w −= rate·m / (√v + ε)")
			store(sub(weight, div(mul(first, rate), add(root(second), epsilon))), w.next())
			comment("m and v become codes, rounded by the lower and upper bits of a counter")
			h := random.ahead(0)
			firsts = append(firsts, l.encode(l.first, first, and(h, number(l.low)))...)
			seconds = append(seconds, l.encode(l.second, second, shiftRight(h, l.high))...)
		})
		l.storeCodes(firsts, m.next())
		l.storeCodes(seconds, v.next())
		addTo(random.counter.vector, random.counter.vector, counterStep(block))
	})
	end()
}

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Arithmetic reads like the formulas of the Go kernels: a function emits one
// instruction for each part of a block, into new registers. That interleaves
// the parts of a long formula, which are independent of each other.

type instruction = func(ops ...Op)

// three makes a function of two operands from an instruction and its form
// that broadcasts a 32-bit constant (AVX-512 only). The first operand is in
// registers. Go's assembler has the operands in the opposite order of Intel's
// manual.
func three(plain, broadcast instruction) func(a, b operand) values {
	return func(a, b operand) values {
		op := plain
		if _, isConstant := b.(constant); isConstant && wide() {
			op = broadcast
		}
		dst := newValues()
		for i, d := range dst {
			second, first := b.part(i), a.part(i)
			emit(func() { op(second, first, d) })
		}
		return dst
	}
}

// byWidth chooses between the integer instructions of AVX2 and AVX-512, which
// have different names.
func byWidth(ymm func(a, b, c Op), zmm instruction) instruction {
	return func(ops ...Op) {
		if wide() {
			zmm(ops...)
			return
		}
		ymm(ops[0], ops[1], ops[2])
	}
}

var (
	add = three(VADDPS, VADDPS_BCST)
	sub = three(VSUBPS, VSUBPS_BCST) // a − b
	mul = three(VMULPS, VMULPS_BCST)
	div = three(VDIVPS, VDIVPS_BCST) // a/b
	// larger is a where a > b, else b: so b where they are zeros of different
	// sign, and where either is NaN.
	larger = three(VMAXPS, VMAXPS_BCST)
	// smaller is a where a < b, else b, as above.
	smaller = three(VMINPS, VMINPS_BCST)

	addInt = three(VPADDD, VPADDD_BCST)
	subInt = three(VPSUBD, VPSUBD_BCST)
	mulInt = three(VPMULLD, VPMULLD_BCST) // the lower 32 bits
	and    = three(byWidth(VPAND, VPANDD), VPANDD_BCST)
	or     = three(byWidth(VPOR, VPORD), VPORD_BCST)
	xor    = three(byWidth(VPXOR, VPXORD), VPXORD_BCST)
)

func two(op instruction) func(a operand) values {
	return func(a operand) values {
		dst := newValues()
		for i, d := range dst {
			from := a.part(i)
			emit(func() { op(from, d) })
		}
		return dst
	}
}

var (
	load    = two(VMOVUPS)
	root    = two(VSQRTPS)
	fromInt = two(VCVTDQ2PS) // to nearest, ties to even
	toInt   = two(VCVTPS2DQ) // to nearest, ties to even: Go leaves MXCSR at its default
)

func shift(op instruction) func(a values, bits uint64) values {
	return func(a values, bits uint64) values {
		dst := newValues()
		for i, d := range dst {
			emit(func() { op(Imm(bits), a[i], d) })
		}
		return dst
	}
}

var (
	shiftRight = shift(VPSRLD)
	shiftLeft  = shift(VPSLLD)
)

func store(v values, to place) {
	for i, r := range v {
		at := to.at(i)
		emit(func() { VMOVUPS(r, at) })
	}
}

// positive is Go's max(x, 0): NaN stays NaN, and adding +0 makes +0 of −0.
func positive(x operand, zero uniform) values { return add(larger(zero, x), zero) }

// horner returns the polynomial of x with the given terms, the highest first.
func horner(x values, terms []constant) values {
	p := mul(x, terms[0])
	for _, c := range terms[1 : len(terms)-1] {
		p = mul(add(p, c), x)
	}
	return add(p, terms[len(terms)-1])
}

// zeroBelow returns v where x ≥ limit or x is NaN, and +0 elsewhere.
func zeroBelow(x values, limit constant, v values) values {
	const lessOrdered, notLessUnordered = 0x11, 0x15
	dst := newValues()
	for i, d := range dst {
		if wide() {
			keep := K()
			emit(func() { VCMPPS_BCST(Imm(notLessUnordered), limit.memory(), x[i], keep) })
			emit(func() { VMOVAPS_Z(v[i], keep, d) })
			continue
		}
		emit(func() { VCMPPS(Imm(lessOrdered), limit.memory(), x[i], d) })
		emit(func() { VANDNPS(v[i], d, d) })
	}
	return dst
}

// zeroOutside returns v where low ≤ x ≤ high or x is NaN, and +0 elsewhere.
func zeroOutside(x values, low, high uniform, v values) values {
	const lessOrdered, greaterOrdered, notLessUnordered, notGreaterUnordered = 0x11, 0x1e, 0x15, 0x1a
	dst := newValues()
	for i, d := range dst {
		if wide() {
			keep := K()
			emit(func() { VCMPPS(Imm(notLessUnordered), low.vector, x[i], keep) })
			emit(func() { VCMPPS(Imm(notGreaterUnordered), high.vector, x[i], keep, keep) })
			emit(func() { VMOVAPS_Z(v[i], keep, d) })
			continue
		}
		above := newVector()
		emit(func() { VCMPPS(Imm(lessOrdered), low.vector, x[i], d) })
		emit(func() { VCMPPS(Imm(greaterOrdered), high.vector, x[i], above) })
		emit(func() { VORPS(above, d, d) })
		emit(func() { VANDNPS(v[i], d, d) })
	}
	return dst
}

// exchange returns (b, a) where the top bit of selector is set, else (a, b).
func exchange(selector operand, a, b values) (x, y values) {
	x, y = newValues(), newValues()
	for i := range x {
		if wide() {
			s, k := selector.part(i), K()
			emit(func() { VPMOVD2M(s, k) })
			emit(func() { VBLENDMPS(b[i], a[i], k, x[i]) })
			emit(func() { VBLENDMPS(a[i], b[i], k, y[i]) })
			continue
		}
		s := selector.part(i)
		emit(func() { VBLENDVPS(s, b[i], a[i], x[i]) })
		emit(func() { VBLENDVPS(s, a[i], b[i], y[i]) })
	}
	return x, y
}

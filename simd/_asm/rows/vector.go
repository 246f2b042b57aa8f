package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a vector width and what differs with it.
type isa struct {
	suffix string // of the kernels' names
	lanes  int    // 32-bit values in a vector register
}

var targets = map[string]isa{
	"avx2":   {"AVX2", 8},
	"avx512": {"AVX512", 16},
}

// target is the instruction set that is generated. AVX-512 means F, BW, DQ
// and VL.
var target isa

func wide() bool { return target.lanes == 16 }

// block is how many elements a kernel takes at a time: the sums of a row have
// that many lanes.
const block = 16

// parts is the number of vectors in a block.
func parts() int { return block / target.lanes }

// vector is a vector register of the target's width.
type vector = reg.VecVirtual

func newVector() vector {
	if wide() {
		return ZMM()
	}
	return YMM()
}

// Arithmetic reads like the formulas of the Go kernels: each function emits
// one instruction into a new register. The second operand may be a register,
// memory or a constant.

type instruction = func(ops ...Op)

// three makes a function of two operands from an instruction, with its form
// that broadcasts a 32-bit constant (AVX-512 only). Go's assembler puts the
// operands in the opposite order of Intel's manual.
func three(plain, broadcast instruction) func(a vector, b Op) vector {
	return func(a vector, b Op) vector {
		dst := newVector()
		c, isConstant := b.(constant)
		switch {
		case isConstant && wide():
			broadcast(c.memory(), a, dst)
		case isConstant:
			plain(c.memory(), a, dst)
		default:
			plain(b, a, dst)
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

func one(emit instruction) func(a Op) vector {
	return func(a Op) vector {
		dst := newVector()
		emit(a, dst)
		return dst
	}
}

var (
	load    = one(VMOVUPS)
	root    = one(VSQRTPS)
	fromInt = one(VCVTDQ2PS) // to nearest, ties to even
	toInt   = one(VCVTPS2DQ) // to nearest, ties to even: Go leaves MXCSR at its default
)

func shiftRight(a vector, bits uint64) vector {
	dst := newVector()
	VPSRLD(Imm(bits), a, dst)
	return dst
}

func shiftLeft(a vector, bits uint64) vector {
	dst := newVector()
	VPSLLD(Imm(bits), a, dst)
	return dst
}

func zero() vector {
	v := newVector()
	VXORPS(v, v, v)
	return v
}

// store writes v to memory.
func store(v vector, to Mem) { VMOVUPS(v, to) }

// assign copies v to a register that lives across iterations.
func assign(dst, v vector) { VMOVAPS(v, dst) }

// positive is Go's max(x, 0): NaN stays NaN, and adding +0 makes +0 of −0.
func positive(x Op, zero vector) vector { return add(larger(zero, x), zero) }

// zeroBelow returns v where x ≥ limit or x is NaN, and +0 elsewhere.
func zeroBelow(x vector, limit constant, v vector) vector {
	const lessOrdered, notLessUnordered = 0x11, 0x15
	dst := newVector()
	if wide() {
		keep := K()
		VCMPPS_BCST(Imm(notLessUnordered), limit.memory(), x, keep)
		VMOVAPS_Z(v, keep, dst)
		return dst
	}
	below := newVector()
	VCMPPS(Imm(lessOrdered), limit.memory(), x, below)
	VANDNPS(v, below, dst)
	return dst
}

// choose returns a where the top bit of selector is set, else b.
func choose(selector, a, b vector) vector {
	dst := newVector()
	if wide() {
		k := K()
		VPMOVD2M(selector, k)
		VBLENDMPS(a, b, k, dst)
		return dst
	}
	VBLENDVPS(selector, a, b, dst)
	return dst
}

// constant is a 32-bit value that the kernels read from memory: once for
// AVX-512, which broadcasts it, and a vector full of it for AVX2.
type constant struct {
	name string
	bits uint32
}

var used []constant

// memory returns where the constant lies.
func (c constant) memory() Mem {
	for _, u := range used {
		if u.name == c.name && u.bits != c.bits {
			panic("two constants called " + c.name)
		}
	}
	found := false
	for _, u := range used {
		found = found || u == c
	}
	if !found {
		used = append(used, c)
	}
	return NewDataAddr(Symbol{Name: c.name, Static: true}, 0)
}

// Asm makes a constant an operand of the functions above; they never print it.
func (c constant) Asm() string { panic("the constant " + c.name + " as an operand") }

func floatConstant(name string, value float32) constant {
	return constant{name, math.Float32bits(value)}
}

// broadcastConstant returns a register full of c.
func broadcastConstant(c constant) vector {
	v := newVector()
	VBROADCASTSS(c.memory(), v)
	return v
}

// emitConstants writes the constants in use.
func emitConstants() {
	copies := target.lanes
	if wide() {
		copies = 1
	}
	for _, c := range used {
		StaticGlobal(c.name)
		for i := range copies {
			DATA(4*i, U32(c.bits))
		}
	}
}

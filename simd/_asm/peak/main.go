// Command peak generates simd/peak's assembly for amd64. Run it by
// `go generate ./simd/peak`.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// family is what the loops need to know of an instruction set.
type family struct {
	name         string
	accumulators int
	bytes        int // in a vector register
	vector       func() reg.VecVirtual
}

// Twelve accumulators of AVX2 leave registers for the operands; twelve FMAs
// take six cycles on CPUs that start two a cycle, more than one's latency.
var (
	avx2   = family{"AVX2", 12, 32, YMM}
	avx512 = family{"AVX512", 24, 64, ZMM}
	vnni   = family{"VNNI", 24, 64, ZMM}
)

func main() {
	ConstraintExpr("!purego,!noasm")
	for _, f := range []family{avx2, avx512} {
		f.fma()
		f.dot(multiplyPairs)
		f.sum()
	}
	vnni.dot(dotProduct)
	Generate()
}

// zeroed returns n vector registers set to zero.
func (f family) zeroed(n int) []reg.VecVirtual {
	regs := make([]reg.VecVirtual, n)
	for i := range regs {
		regs[i] = f.vector()
		if f.bytes == 64 {
			VPXORD(regs[i], regs[i], regs[i])
		} else {
			VPXOR(regs[i], regs[i], regs[i])
		}
	}
	return regs
}

// loop repeats body n times, n ≥ 1.
func loop(label string, n reg.Register, body func()) {
	Label(label)
	body()
	DECQ(n)
	JNZ(LabelRef(label))
}

// end adds the accumulators up and stores the sum, a vector, at out.
func (f family) end(acc []reg.VecVirtual, add func(ops ...Op), out reg.Register) {
	for _, r := range acc[1:] {
		add(r, acc[0], acc[0])
	}
	if f.bytes == 64 {
		VMOVDQU32(acc[0], Mem{Base: out})
	} else {
		VMOVDQU(acc[0], Mem{Base: out})
	}
	VZEROUPPER()
	RET()
}

// fma is nothing but fused multiply-adds on registers.
func (f family) fma() {
	TEXT("fma"+f.name, NOSPLIT, "func(out *[16]float32, rounds int, x, y float32)")
	Doc("fma" + f.name + " adds x·y to each value of its accumulators, rounds ≥ 1 times, and stores their sum in the first values of out.")
	Pragma("noescape")
	out, rounds := Load(Param("out"), GP64()), Load(Param("rounds"), GP64())
	x, y := f.vector(), f.vector()
	broadcast := func(name string, r reg.VecVirtual) {
		at, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(at.Addr, r)
	}
	broadcast("x", x)
	broadcast("y", y)
	acc := f.zeroed(f.accumulators)
	Comment("acc += x·y")
	loop("fma_"+f.name, rounds, func() {
		for _, r := range acc {
			VFMADD231PS(x, y, r)
		}
	})
	f.end(acc, func(ops ...Op) { VADDPS(ops...) }, out)
}

// dot is nothing but the int8 products that this instruction set's kernels are
// made of.
func (f family) dot(multiply func(f family, a, w reg.VecVirtual) (step func(acc reg.VecVirtual))) {
	TEXT("dot"+f.name, NOSPLIT, "func(out *[16]int32, rounds int, a, w uint32)")
	Doc("dot" + f.name + " adds the products of a's four unsigned bytes with w's four signed ones to each value of its accumulators, rounds ≥ 1 times, and stores their sum in the first values of out.")
	Pragma("noescape")
	out, rounds := Load(Param("out"), GP64()), Load(Param("rounds"), GP64())
	bytes, weights := f.vector(), f.vector()
	broadcast := func(name string, r reg.VecVirtual) {
		word := XMM()
		VMOVD(Load(Param(name), GP32()), word)
		VPBROADCASTD(word, r)
	}
	broadcast("a", bytes)
	broadcast("w", weights)
	step := multiply(f, bytes, weights)
	acc := f.zeroed(f.accumulators)
	Comment("acc += a₀·w₀ + a₁·w₁ + a₂·w₂ + a₃·w₃")
	loop("dot_"+f.name, rounds, func() {
		for _, r := range acc {
			step(r)
		}
	})
	f.end(acc, f.addIntegers, out)
}

func (f family) addIntegers(ops ...Op) { VPADDD(ops[0], ops[1], ops[2]) }

// multiplyPairs multiplies bytes, adds neighbouring products to 16 bits, then
// neighbouring sums to 32.
func multiplyPairs(f family, a, w reg.VecVirtual) func(acc reg.VecVirtual) {
	ones, t := f.vector(), f.vector()
	Comment("ones = 1 in each 16 bits")
	if f.bytes == 64 {
		VPTERNLOGD(Imm(0xff), ones, ones, ones)
	} else {
		VPCMPEQD(ones, ones, ones)
	}
	VPSRLW(Imm(15), ones, ones)
	return func(acc reg.VecVirtual) {
		VPMADDUBSW(w, a, t)
		VPMADDWD(ones, t, t)
		VPADDD(t, acc, acc)
	}
}

// dotProduct is VPDPBUSD, an instruction that avo does not know.
func dotProduct(_ family, a, w reg.VecVirtual) func(acc reg.VecVirtual) {
	return func(acc reg.VecVirtual) {
		operands := []Op{w, a, acc}
		Instruction(&ir.Instruction{Opcode: "VPDPBUSD", Operands: operands, Inputs: operands, Outputs: []Op{acc}})
	}
}

// streams is how many places sum reads from at once: one alone does not get
// all that the memory of most CPUs gives.
const streams = 4

// sum streams through memory. Integers add in one cycle, whatever they hold.
func (f family) sum() {
	const registers = 2 // of a stream, in one step
	TEXT("sum"+f.name, NOSPLIT, "func(out *[16]uint32, x *byte, distance uintptr, steps, passes int)")
	Doc(fmt.Sprintf("sum%s adds up %d streams of little-endian words, distance bytes apart, of steps ≥ 1 times %d bytes each, passes ≥ 1 times, and adds the sums to the first %d values of out.",
		f.name, streams, registers*f.bytes, f.bytes/4))
	Pragma("noescape")
	out, x, distance := Load(Param("out"), GP64()), Load(Param("x"), GP64()), Load(Param("distance"), GP64())
	steps, passes := Load(Param("steps"), GP64()), Load(Param("passes"), GP64())
	acc := f.zeroed(streams * registers)
	VPADDD(Mem{Base: out}, acc[0], acc[0])
	loop("pass_"+f.name, passes, func() {
		var at [streams]reg.GPVirtual
		for i := range at {
			at[i] = GP64()
			if i == 0 {
				MOVQ(x, at[i])
			} else {
				LEAQ(Mem{Base: at[i-1], Index: distance, Scale: 1}, at[i])
			}
		}
		left := GP64()
		MOVQ(steps, left)
		loop("sum_"+f.name, left, func() {
			for i, r := range acc {
				VPADDD(Mem{Base: at[i/registers], Disp: i % registers * f.bytes}, r, r)
			}
			for _, p := range at {
				ADDQ(U32(registers*f.bytes), p)
			}
		})
	})
	f.end(acc, f.addIntegers, out)
}

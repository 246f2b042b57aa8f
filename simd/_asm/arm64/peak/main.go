// Command peak generates simd/peak's assembly for arm64. Run it by
// `go generate ./simd/peak`.
package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

func main() {
	f := asm.NewFile("arm64/peak")
	fma(f)
	dotNEON(f)
	dotNEONDot(f)
	sum(f)
	f.Main()
}

// Registers: V0 and V1 hold the operands, V2…V7 are free, V8… accumulate.
const (
	firstAcc = 8
	lastAcc  = 31
)

// zero sets accumulators to zero.
func zero(k *asm.Func, first, last int) {
	for r := first; r <= last; r++ {
		k.Gnu("movi v%d.4s, #0", r)
	}
}

// loop repeats body n times, n ≥ 1.
func loop(k *asm.Func, n string, body func()) {
	k.Label("loop")
	body()
	k.Go("SUBS $1, %s, %s", n, n)
	k.Go("BNE loop")
}

// end adds accumulators first…last up and stores the sum at out, R0.
func end(k *asm.Func, add string, first, last int) {
	for r := first + 1; r <= last; r++ {
		k.Gnu("%s v%d.4s, v%d.4s, v%d.4s", add, first, first, r)
	}
	k.Go("FMOVQ F%d, (R0)", first)
	k.Ret()
}

// fma is nothing but multiply-adds by an element, what the products are made of.
func fma(f *asm.File) {
	k := f.Func("fmaNEON", "fmaNEON adds x·y to each of the 96 values of its accumulators, rounds ≥ 1 times,\nand stores their sum in the first four values of out.",
		"out *[16]float32", "rounds int", "x float32", "y float32")
	k.Arg("out", "R0")
	k.Arg("rounds", "R1")
	k.Arg("x", "F0")
	k.Arg("y", "F1")
	k.Gnu("dup v0.4s, v0.s[0]")
	zero(k, firstAcc, lastAcc)
	k.Comment("acc += x·y")
	loop(k, "R1", func() {
		for r := firstAcc; r <= lastAcc; r++ {
			k.Gnu("fmla v%d.4s, v0.4s, v1.s[0]", r)
		}
	})
	end(k, "fadd", firstAcc, lastAcc)
}

func dotFunc(f *asm.File, name, values string) *asm.Func {
	k := f.Func(name, name+" adds four products of a's bytes with w's, both signed, to each of the "+values+" values of its\naccumulators, rounds ≥ 1 times, and stores their sum in the first four values of out.",
		"out *[16]int32", "rounds int", "a uint32", "w uint32")
	k.Arg("out", "R0")
	k.Arg("rounds", "R1")
	k.Arg("a", "R2")
	k.Arg("w", "R3")
	k.Gnu("dup v0.4s, w2")
	k.Gnu("dup v1.4s, w3")
	return k
}

// dotNEON multiplies to 16 bits, adds a second product and then neighbours to
// 32 bits, two groups of six: V2…V7 hold the sums of products.
func dotNEON(f *asm.File) {
	const temporaries, last = 6, firstAcc + 11
	k := dotFunc(f, "dotNEON", "48")
	zero(k, firstAcc, last)
	loop(k, "R1", func() {
		for first := firstAcc; first < last; first += temporaries {
			k.Comment("t = a·w of 16 bytes, added by pairs; acc += t, by pairs")
			for t := 2; t < 2+temporaries; t++ {
				k.Gnu("smull v%d.8h, v0.8b, v1.8b", t)
			}
			for t := 2; t < 2+temporaries; t++ {
				k.Gnu("smlal2 v%d.8h, v0.16b, v1.16b", t)
			}
			for t := range temporaries {
				k.Gnu("sadalp v%d.4s, v%d.8h", first+t, 2+t)
			}
		}
	})
	end(k, "add", firstAcc, last)
}

func dotNEONDot(f *asm.File) {
	k := dotFunc(f, "dotNEONDot", "96")
	zero(k, firstAcc, lastAcc)
	k.Comment("acc += a₀·w₀ + a₁·w₁ + a₂·w₂ + a₃·w₃")
	loop(k, "R1", func() {
		for r := firstAcc; r <= lastAcc; r++ {
			k.Gnu("sdot v%d.4s, v0.16b, v1.4b[0]", r)
		}
	})
	end(k, "add", firstAcc, lastAcc)
}

// sum streams through memory in four places at once, R5…R8, and prefetches, as
// in-order cores need it. The prefetch past the end reads nothing.
func sum(f *asm.File) {
	k := f.Func("sumNEON", "sumNEON adds up 4 streams of little-endian words, distance bytes apart, of steps ≥ 1 times 64 bytes each,\npasses ≥ 1 times, and adds the sums to the first 4 values of out.",
		"out *[16]uint32", "x *byte", "distance uintptr", "steps int", "passes int")
	k.Arg("out", "R0")
	k.Arg("x", "R1")
	k.Arg("distance", "R2")
	k.Arg("steps", "R3")
	k.Arg("passes", "R4")
	zero(k, firstAcc+1, firstAcc+7)
	k.Go("FMOVQ (R0), F%d", firstAcc)
	k.Label("pass")
	k.Go("MOVD R1, R5")
	for at := 6; at <= 8; at++ {
		k.Go("ADD R2, R%d, R%d", at-1, at)
	}
	k.Go("MOVD R3, R9")
	loop(k, "R9", func() {
		for stream := range 4 {
			at, from := 5+stream, stream%2*4 // V0…V3 and V4…V7 take turns
			k.Go("PRFM 512(R%d), PLDL1KEEP", at)
			k.Go("FLDPQ.P 32(R%d), (F%d, F%d)", at, from, from+1)
			k.Go("FLDPQ.P 32(R%d), (F%d, F%d)", at, from+2, from+3)
			for i := range 4 {
				k.Gnu("add v%d.4s, v%d.4s, v%d.4s", firstAcc+from+i, firstAcc+from+i, from+i)
			}
		}
	})
	k.Go("SUBS $1, R4, R4")
	k.Go("BNE pass")
	end(k, "add", firstAcc, firstAcc+7)
}

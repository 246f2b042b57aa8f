package main

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
	"github.com/pffedge/pffedge/simd/_asm/arm64/tile"
)

// sparseRowF32 writes the kernel of a row with few inputs: for each, its value
// and 64 bytes of every panel at its position.
func sparseRowF32(f *asm.File) {
	for _, panels := range []int{1, 4} {
		name := fmt.Sprintf("sparseRow%dF32NEON", panels)
		k := f.Func(name, fmt.Sprintf("%s is sparseRowF32Generic for %s, panelBytes apart, and n inputs.", name, map[int]string{1: "one panel", 4: "four panels"}[panels]),
			"dst *float32", "a *float32", "rows *int32", "b *float32", "panelBytes uintptr", "n int", "accumulate int")
		k.Comment("R0 dst, R1 a, R2 rows, R3 b, R4 panelBytes, R6 inputs left, V0… sums")
		for i, name := range []string{"dst", "a", "rows", "b", "panelBytes"} {
			k.Arg(name, fmt.Sprintf("R%d", i))
		}
		k.Arg("n", "R6")
		k.Arg("accumulate", "R7")
		tile.Sums(k, 4*panels)
		k.Go("CBZ R6, done")
		k.Label("input")
		k.Comment("V(4p+q) += b(p, row, q) · a")
		k.Go("MOVW.P 4(R2), R8")
		k.Go("FMOVS.P 4(R1), F16")
		k.Go("ADD R8<<6, R3, R9")
		for p := range panels {
			sparsePanel(k, p, p+1 < panels)
		}
		k.Go("SUBS $1, R6, R6")
		k.Go("BNE input")
		k.Label("done")
		tile.Store(k, 4*panels)
		k.Ret()
	}
}

// sparsePanel adds one input's products to panel p, at R9.
func sparsePanel(k *asm.Func, p int, more bool) {
	b := 20 + p%2*4
	k.Go("FLDPQ (R9), (F%d, F%d)", b, b+1)
	k.Go("FLDPQ 32(R9), (F%d, F%d)", b+2, b+3)
	if more {
		k.Go("ADD R4, R9, R9")
	}
	for q := range 4 {
		tile.F32(k, 4*p+q, b+q, 16, 0)
	}
}

// dotRowsF32 writes the kernel of four dot products: four partial sums of four
// lanes for each.
func dotRowsF32(f *asm.File) {
	k := f.Func("dotRowsF32NEON", "dotRowsF32NEON is dotRowsF32Generic; panelBytes is the distance of panels.",
		"dst *float32", "a *float32", "b *float32", "panelBytes uintptr", "panels int")
	k.Comment("R0 dst, R1 a, R2 b, R3 panelBytes, R4 panels left\nV0…V15 sums, four a row, V16…V19 a, V20…V31 b")
	for i, name := range []string{"dst", "a", "b", "panelBytes", "panels"} {
		k.Arg(name, fmt.Sprintf("R%d", i))
	}
	for i := range 16 {
		k.Gnu("movi v%d.4s, #0", i)
	}
	k.Go("CBZ R4, done")
	k.Label("panel")
	k.Comment("V(4i+q) += a(q) · b(i, q)")
	k.Go("FLDPQ.P 32(R1), (F16, F17)")
	k.Go("FLDPQ.P 32(R1), (F18, F19)")
	for row := range 4 {
		b := 20 + row%3*4
		k.Go("FLDPQ %d(R2), (F%d, F%d)", 64*row, b, b+1)
		k.Go("FLDPQ %d(R2), (F%d, F%d)", 64*row+32, b+2, b+3)
		for q := range 4 {
			k.Gnu("fmla v%d.4s, v%d.4s, v%d.4s", 4*row+q, b+q, 16+q)
		}
	}
	k.Go("ADD R3, R2, R2")
	k.Go("SUBS $1, R4, R4")
	k.Go("BNE panel")
	k.Label("done")
	dotSums(k)
	k.Go("FMOVQ F0, (R0)")
	k.Ret()
}

// dotSums adds up 16 lanes of each of four rows in the one order of all
// architectures: lane j and j+8, then j and j+4, j and j+2, and the last two.
func dotSums(k *asm.Func) {
	k.Comment("V0.S[i] = the sum of row i")
	for v := 0; v < 16; v += 4 {
		k.Gnu("fadd v%d.4s, v%d.4s, v%d.4s", v, v, v+2)
		k.Gnu("fadd v%d.4s, v%d.4s, v%d.4s", v+1, v+1, v+3)
		k.Gnu("fadd v%d.4s, v%d.4s, v%d.4s", v, v, v+1)
	}
	for v := 0; v < 16; v += 8 { // two rows
		k.Gnu("zip1 v%d.2d, v%d.2d, v%d.2d", v+1, v, v+4)
		k.Gnu("zip2 v%d.2d, v%d.2d, v%d.2d", v+2, v, v+4)
		k.Gnu("fadd v%d.4s, v%d.4s, v%d.4s", v, v+1, v+2)
	}
	k.Gnu("faddp v0.4s, v0.4s, v8.4s")
}

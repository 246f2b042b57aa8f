// Command avx512 generates simd's AVX-512 kernels of the float32 products. Run
// it by `go generate ./simd`.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/pffedge/pffedge/simd/_asm/wide"
)

const line = wide.Line // bytes in one row of a panel

func main() {
	ConstraintExpr("!purego,!noasm")
	tile()
	for _, panels := range []int{1, 4, 8} {
		rowPanels(panels)
		sparseRow(panels)
	}
	dotRows()
	Generate()
}

func tile() {
	wide.Tile{
		Name: "tilesF32AVX512",
		Doc: "tilesF32AVX512 is eachTile for tiles ≥ 1 of 1…12 rows and 1 or 2 panels; distances are in bytes. Each tile calls " +
			"its rows of the panels of the three matrices in soon, soonPanel bytes apart, into the second-level cache; without soon, the next tile of dst.",
		Signature: "func(tiles, rows, panels int, dst *float32, dstTile, dstRow, dstPanel uintptr, a *float32, aTile, aRow, aStep uintptr, b *float32, bStep, bPanel uintptr, steps int, accumulate int, soon *[3]*float32, soonPanel uintptr)",
		Loop:      true,
		AStep:     wide.Distance{Param: "aStep"},
		BStep:     wide.Distance{Param: "bStep"},
		DstPanel:  wide.Distance{Param: "dstPanel"},
		Steps:     "steps",
		Broadcast: func(m Mem, to reg.VecVirtual) { VBROADCASTSS(m, to) },
		Multiply:  func(b Op, a, acc reg.VecVirtual) { VFMADD231PS(b, a, acc) },
	}.Generate()
}

// start loads the sums of a row from dst when accumulate ≠ 0, else sets them
// to zero.
func start(acc []reg.VecVirtual) {
	accumulate, dst := Load(Param("accumulate"), GP64()), Load(Param("dst"), GP64())
	TESTQ(accumulate, accumulate)
	JZ(LabelRef("zero"))
	for p, r := range acc {
		VMOVUPS(Mem{Base: dst, Disp: line * p}, r)
	}
	JMP(LabelRef("start"))
	Label("zero")
	wide.Zero(acc)
	Label("start")
}

func store(acc []reg.VecVirtual) {
	dst := Load(Param("dst"), GP64())
	for p, r := range acc {
		VMOVUPS(r, Mem{Base: dst, Disp: line * p})
	}
	VZEROUPPER()
	RET()
}

// rowPanels is the product of one row with neighbouring panels: eight
// independent sums hide the latency of FMA. Each sum runs over k in order, as
// in a tile, so that a row's result does not depend on how many rows are
// computed with it.
func rowPanels(panels int) {
	name := fmt.Sprintf("rowPanels%dF32AVX512", panels)
	TEXT(name, NOSPLIT, "func(dst *float32, a *float32, b *float32, panelBytes uintptr, steps int, accumulate int)")
	Doc(fmt.Sprintf("%s is rowPanelsF32Generic with panels = %d.", name, panels))
	Pragma("noescape")
	acc := wide.Vectors(panels)
	start(acc)
	a, b := Load(Param("a"), GP64()), wide.Multiples(panels, "b", "panelBytes")
	steps := Load(Param("steps"), GP64())
	x := ZMM()
	TESTQ(steps, steps)
	JZ(LabelRef("done"))
	Label("step")
	Comment("acc[p] += a[k] · b[p·panelBytes + 64·k]")
	VBROADCASTSS(Mem{Base: a}, x)
	for p, m := range b {
		VFMADD231PS(m, x, acc[p])
		PREFETCHT0(m.Offset(wide.Ahead * line))
	}
	ADDQ(Imm(4), a)
	ADDQ(Imm(line), b[0].Base)
	DECQ(steps)
	JNZ(LabelRef("step"))
	Label("done")
	store(acc)
}

// sparseRow is rowPanels over the inputs that are not zero: the same sums in
// the same order, less the terms that add nothing.
func sparseRow(panels int) {
	name := fmt.Sprintf("sparseRow%dF32AVX512", panels)
	TEXT(name, NOSPLIT, "func(dst *float32, a *float32, rows *int32, n int, b *float32, panelBytes uintptr, accumulate int)")
	Doc(fmt.Sprintf("%s is sparseRowF32Generic with panels = %d.", name, panels))
	Pragma("noescape")
	acc := wide.Vectors(panels)
	start(acc)
	a, rows, n := Load(Param("a"), GP64()), Load(Param("rows"), GP64()), Load(Param("n"), GP64())
	b := wide.Multiples(panels, "b", "panelBytes")
	x, at, i := ZMM(), GP64(), GP64()
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("input")
	Comment("acc[p] += a[i] · b[p·panelBytes + 64·rows[i]]")
	MOVLQSX(Mem{Base: rows, Index: i, Scale: 4}, at)
	SHLQ(Imm(6), at)
	ADDQ(b[0].Base, at)
	VBROADCASTSS(Mem{Base: a, Index: i, Scale: 4}, x)
	for p, m := range b {
		m.Base = at
		VFMADD231PS(m, x, acc[p])
	}
	INCQ(i)
	CMPQ(i, n)
	JL(LabelRef("input"))
	Label("done")
	store(acc)
}

// dotRows is the product of one row with four rows of packed weights, the
// transposed direction: each panel contributes 16 products to each sum.
func dotRows() {
	TEXT("dotRowsF32AVX512", NOSPLIT, "func(dst *float32, a *float32, b *float32, panelBytes uintptr, panels int)")
	Doc("dotRowsF32AVX512 is dotRowsF32Generic; each sum adds up by lanes first.")
	Pragma("noescape")
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	stride, n := Load(Param("panelBytes"), GP64()), Load(Param("panels"), GP64())
	acc := wide.Vectors(4)
	wide.Zero(acc)
	x := ZMM()
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("panel")
	VMOVUPS(Mem{Base: a}, x)
	for i, r := range acc {
		VFMADD231PS(Mem{Base: b, Disp: line * i}, x, r)
	}
	ADDQ(Imm(line), a)
	ADDQ(stride, b)
	DECQ(n)
	JNZ(LabelRef("panel"))
	Label("done")
	dst := Load(Param("dst"), GP64())
	for i, r := range acc {
		half, quarter := YMM(), XMM()
		VEXTRACTF64X4(Imm(1), r, half)
		VADDPS(r.AsY(), half, half)
		VEXTRACTF128(Imm(1), half, quarter)
		low := half.AsX()
		VADDPS(quarter, low, low)
		VMOVHLPS(low, low, quarter)
		VADDPS(quarter, low, low)
		VMOVSHDUP(low, quarter)
		VADDSS(quarter, low, low)
		VMOVSS(low, Mem{Base: dst, Disp: 4 * i})
	}
	VZEROUPPER()
	RET()
}

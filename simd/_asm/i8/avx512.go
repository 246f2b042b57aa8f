package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/pffedge/pffedge/simd/_asm/wide"
)

// product is how an instruction set with 512 bits multiplies.
type product struct {
	suffix string // of the kernels' names
	// prepare, if not nil, puts what multiply needs into registers.
	prepare  func()
	multiply func(b Op, a, acc reg.VecVirtual) // acc += a·b
}

func vnni() { product{suffix: "VNNI", multiply: VPDPBUSD}.kernels() }

// avx512 multiplies as AVX2 does, see multiplyAVX2.
func avx512() {
	var ones reg.VecVirtual
	product{
		suffix: "AVX512",
		prepare: func() {
			ones = ZMM()
			VPTERNLOGD(Imm(0xff), ones, ones, ones)
			VPSRLW(Imm(15), ones, ones)
		},
		multiply: func(b Op, a, acc reg.VecVirtual) {
			t := ZMM()
			VPMADDUBSW(b, a, t)
			VPMADDWD(ones, t, t)
			VPADDD(t, acc, acc)
		},
	}.kernels()
}

func (of product) kernels() {
	of.tile()
	of.rowPanels(1, 8)
	of.rowPanels(4, 2)
	of.sparseRow(1)
	of.sparseRow(4)
}

// VPDPBUSD adds the products of four unsigned bytes in a with four signed ones
// in b to each 32-bit value of acc. avo does not know it.
func VPDPBUSD(b Op, a, acc reg.VecVirtual) {
	operands := []Op{b, a, acc}
	Instruction(&ir.Instruction{Opcode: "VPDPBUSD", Operands: operands, Inputs: operands, Outputs: []Op{acc}})
}

func (of product) tile() {
	wide.Tile{
		Name:      "tileI8" + of.suffix,
		Doc:       "tileI8" + of.suffix + " is tileI8Generic for rows 1…12 of 1 or 2 panels; distances are in bytes.",
		Signature: "func(rows, panels int, dst *int32, dstRow uintptr, a *uint8, aRow uintptr, b *int8, bPanel uintptr, groups int, accumulate int)",
		AStep:     wide.Distance{Bytes: 4},
		BStep:     wide.Distance{Bytes: line},
		DstPanel:  wide.Distance{Bytes: line},
		Steps:     "groups",
		Broadcast: func(m Mem, to reg.VecVirtual) { VPBROADCASTD(m, to) },
		Prepare:   of.prepare,
		Multiply:  of.multiply,
	}.Generate()
}

// rowPanels is the product of one row with neighbouring panels, unrolled
// groups at a time with sums of their own, so that eight are in flight.
func (of product) rowPanels(panels, unrolled int) {
	name := fmt.Sprintf("rowPanels%dI8%s", panels, of.suffix)
	TEXT(name, NOSPLIT, "func(dst *int32, a *uint8, b *int8, panelBytes uintptr, groups int, accumulate int)")
	Doc(fmt.Sprintf("%s is rowPanelsI8Generic with panels = %d.", name, panels))
	Pragma("noescape")
	acc := wide.Vectors(panels * unrolled)
	wide.Zero(acc)
	accumulate, dst := Load(Param("accumulate"), GP64()), Load(Param("dst"), GP64())
	TESTQ(accumulate, accumulate)
	JZ(LabelRef("start"))
	for p, r := range acc[:panels] {
		VMOVDQU64(Mem{Base: dst, Disp: line * p}, r)
	}
	Label("start")
	if of.prepare != nil {
		of.prepare()
	}
	a, b := Load(Param("a"), GP64()), wide.Multiples(panels, "b", "panelBytes")
	group := func(u int) {
		x := ZMM()
		VPBROADCASTD(Mem{Base: a, Disp: 4 * u}, x)
		for p, m := range b {
			of.multiply(m.Offset(line*u), x, acc[u*panels+p])
			PREFETCHT0(m.Offset(line * (u + wide.Ahead)))
		}
	}
	eachGroup(Load(Param("groups"), GP64()), unrolled, group, func(n int) {
		ADDQ(U32(uint32(4*n)), a)
		ADDQ(U32(uint32(line*n)), b[0].Base)
	})
	for i := panels; i < len(acc); i++ {
		VPADDD(acc[i], acc[i%panels], acc[i%panels])
	}
	for p, r := range acc[:panels] {
		VMOVDQU64(r, Mem{Base: dst, Disp: line * p})
	}
	VZEROUPPER()
	RET()
}

// sparseRow is the product of those groups of one row that are not all zero with
// neighbouring panels.
func (of product) sparseRow(panels int) {
	acc := wide.Vectors(panels)
	sparse{
		name: fmt.Sprintf("sparseRow%dI8%s", panels, of.suffix), panels: panels,
		prepare: func() {
			if of.prepare != nil {
				of.prepare()
			}
			wide.Zero(acc)
		},
		moves: func(dst reg.Register, move func(m Mem, r reg.VecVirtual)) {
			for p, r := range acc {
				move(Mem{Base: dst, Disp: line * p}, r)
			}
		},
		move: VMOVDQU64,
		group: func(a Mem, b []Mem) {
			x := ZMM()
			VPBROADCASTD(a, x)
			for p, m := range b {
				of.multiply(m, x, acc[p])
			}
		},
	}.generate()
}

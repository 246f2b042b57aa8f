package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// packInputs copies six columns a tile: 16 bytes and 8.
func packInputs() {
	TEXT("packInputsF32AVX2", NOSPLIT, "func(dst, a *float32, aRow uintptr, samples, tiles int, dstTile uintptr)")
	Doc("packInputsF32AVX2 is packInputsF32Generic for samples and tiles ≥ 1 of six rows; distances are in bytes.")
	Pragma("noescape")
	dst, a, aRow := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("aRow"), GP64())
	samples, dstTile := Load(Param("samples"), GP64()), Load(Param("dstTile"), GP64())
	to, from, tiles := GP64(), GP64(), GP64()
	x, y := XMM(), XMM()
	Label("inputs_sample")
	MOVQ(dst, to)
	MOVQ(a, from)
	Load(Param("tiles"), tiles)
	Label("inputs_tile")
	VMOVUPS(Mem{Base: from}, x)
	VMOVSD(Mem{Base: from, Disp: 16}, y)
	VMOVUPS(x, Mem{Base: to})
	VMOVSD(y, Mem{Base: to, Disp: 16})
	ADDQ(Imm(4*tileRows), from)
	ADDQ(dstTile, to)
	DECQ(tiles)
	JNZ(LabelRef("inputs_tile"))
	ADDQ(Imm(4*tileRows), dst)
	ADDQ(aRow, a)
	DECQ(samples)
	JNZ(LabelRef("inputs_sample"))
	RET()
}

// packErrors copies rows of panels, a cache line a panel.
func packErrors() {
	TEXT("packErrorsF32AVX2", NOSPLIT, "func(dst, d *float32, dRow uintptr, samples, panels int, dstPanel uintptr)")
	Doc("packErrorsF32AVX2 is packErrorsF32Generic for samples and panels ≥ 1; distances are in bytes.")
	Pragma("noescape")
	dst, d, dRow := Load(Param("dst"), GP64()), Load(Param("d"), GP64()), Load(Param("dRow"), GP64())
	samples, dstPanel := Load(Param("samples"), GP64()), Load(Param("dstPanel"), GP64())
	to, from, panels := GP64(), GP64(), GP64()
	x, y := YMM(), YMM()
	Label("errors_sample")
	MOVQ(dst, to)
	MOVQ(d, from)
	Load(Param("panels"), panels)
	Label("errors_panel")
	VMOVUPS(Mem{Base: from}, x)
	VMOVUPS(Mem{Base: from, Disp: 4 * lanes}, y)
	VMOVUPS(x, Mem{Base: to})
	VMOVUPS(y, Mem{Base: to, Disp: 4 * lanes})
	ADDQ(Imm(line), from)
	ADDQ(dstPanel, to)
	DECQ(panels)
	JNZ(LabelRef("errors_panel"))
	ADDQ(Imm(line), dst)
	ADDQ(dRow, d)
	DECQ(samples)
	JNZ(LabelRef("errors_sample"))
	VZEROUPPER()
	RET()
}

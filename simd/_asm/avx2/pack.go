package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// packInputs copies columns, 6 or 12 a tile: AVX-512 has tiles of twice the
// height.
func packInputs(height int) {
	name := fmt.Sprintf("inputs%d", height)
	TEXT(fmt.Sprintf("packInputs%dF32AVX2", height), NOSPLIT, "func(dst, a *float32, aRow uintptr, samples, tiles int, dstTile uintptr)")
	Doc(fmt.Sprintf("packInputs%dF32AVX2 is packInputsF32Generic for samples and tiles ≥ 1 of %d rows; distances are in bytes.", height, height))
	Pragma("noescape")
	dst, a, aRow := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("aRow"), GP64())
	samples, dstTile := Load(Param("samples"), GP64()), Load(Param("dstTile"), GP64())
	to, from, tiles := GP64(), GP64(), GP64()
	// Two thirds of a tile's values go by one register, the rest by half of one.
	Label(name + "_sample")
	MOVQ(dst, to)
	MOVQ(a, from)
	Load(Param("tiles"), tiles)
	Label(name + "_tile")
	if height == tileRows {
		x, y := XMM(), XMM()
		VMOVUPS(Mem{Base: from}, x)
		VMOVSD(Mem{Base: from, Disp: 16}, y)
		VMOVUPS(x, Mem{Base: to})
		VMOVSD(y, Mem{Base: to, Disp: 16})
	} else {
		x, y := YMM(), XMM()
		VMOVUPS(Mem{Base: from}, x)
		VMOVUPS(Mem{Base: from, Disp: 32}, y)
		VMOVUPS(x, Mem{Base: to})
		VMOVUPS(y, Mem{Base: to, Disp: 32})
	}
	ADDQ(Imm(uint64(4*height)), from)
	ADDQ(dstTile, to)
	DECQ(tiles)
	JNZ(LabelRef(name + "_tile"))
	ADDQ(Imm(uint64(4*height)), dst)
	ADDQ(aRow, a)
	DECQ(samples)
	JNZ(LabelRef(name + "_sample"))
	VZEROUPPER()
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

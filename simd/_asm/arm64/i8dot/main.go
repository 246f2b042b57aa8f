// Command i8dot writes the kernels of the int8 products for CPUs with SDOT.
//
// A step is a group of four rows of b: SDOT adds four products at once, and
// activations of 0…127 are the same signed or not.
package main

import (
	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
	"github.com/pffedge/pffedge/simd/_asm/arm64/tile"
)

func main() {
	f := asm.NewFile("arm64/i8dot")
	tileI8(f)
	rowPanelsI8(f)
	f.Main()
}

func tileI8(f *asm.File) {
	k := f.Func("tileI8NEONDot", "tileI8NEONDot is tileI8Generic for rows 1…6 of one panel; dstStride is in bytes.",
		"rows int", "dst *int32", "dstStride uintptr", "a *uint8", "aRow uintptr", "b *int8", "groups int", "accumulate int")
	k.Arg("rows", "R0")
	tile.Dispatch(k)
	for rows := tile.MaxRows; rows >= 1; rows-- {
		t := tile.Tile{K: k, Rows: rows, Multiply: tile.Dot}
		t.Start(func() {
			k.Arg("dst", "R0")
			k.Arg("dstStride", "R1")
			k.Arg("a", "R2")
			k.Arg("b", "R8")
			k.Go("MOVD $64, R9")
			k.Arg("groups", "R10")
			k.Go("MOVD $4, R11")
			k.Arg("accumulate", "R12")
		})
		k.Arg("aRow", "R12")
		t.RowPointers()
		t.Gapless()
		t.Single()
		t.Finish()
	}
}

func rowPanelsI8(f *asm.File) {
	k := f.Func("rowPanelsI8NEONDot", "rowPanelsI8NEONDot is rowPanelsI8Generic for four panels, panelBytes apart.",
		"dst *int32", "a *uint8", "b *int8", "panelBytes uintptr", "groups int", "accumulate int")
	tile.RowArguments(k, "groups")
	tile.Row{K: k, Multiply: tile.Dot}.Write()
}

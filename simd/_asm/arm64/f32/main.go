// Command f32 writes the NEON kernels of the float32 products.
package main

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
	"github.com/pffedge/pffedge/simd/_asm/arm64/tile"
)

func main() {
	f := asm.NewFile("arm64/f32")
	tileF32(f, "tileF32NEON", "out of order", false)
	tileF32(f, "tileF32NEONInOrder", "in order", true)
	rowPanelsF32(f, "rowPanelsF32NEON", "out of order", 0)
	rowPanelsF32(f, "rowPanelsF32NEONInOrder", "in order", 512)
	sparseRowF32(f)
	dotRowsF32(f)
	f.Main()
}

func tileF32(f *asm.File, name, cpu string, inOrder bool) {
	k := f.Func(name, fmt.Sprintf("%s is tileF32Generic for rows 1…6 of one panel; distances are in bytes.\nScheduled for CPUs that execute %s.", name, cpu),
		"rows int", "dst *float32", "dstStride uintptr", "a *float32", "aRow uintptr", "aStep uintptr",
		"b *float32", "bStep uintptr", "steps int", "accumulate int")
	k.Arg("rows", "R0")
	tile.Dispatch(k)
	for rows := tile.MaxRows; rows >= 1; rows-- {
		t := tile.Tile{K: k, Rows: rows, Multiply: tile.F32, InOrder: inOrder}
		t.Start(func() { tileArguments(k) })
		choosePath(t)
		t.Finish()
	}
}

// choosePath writes the paths for the distances of a: steps without gaps, rows
// without gaps, any.
func choosePath(t tile.Tile) {
	k := t.K
	k.Arg("aRow", "R12")
	k.Go("CMP $4, R11")
	k.Go("BEQ rows%d_gapless", t.Rows)
	if t.Rows > 1 {
		k.Go("CMP $4, R12")
		k.Go("BEQ rows%d_columns", t.Rows)
	}
	t.RowPointers()
	k.Go("ADD $32, R8, R12")
	k.Go("JMP rows%d_single", t.Rows)
	if t.Rows > 1 {
		t.Columns()
	}
	k.Label(fmt.Sprintf("rows%d_gapless", t.Rows))
	t.RowPointers()
	t.Gapless()
	t.Single()
}

func tileArguments(k *asm.Func) {
	k.Arg("dst", "R0")
	k.Arg("dstStride", "R1")
	k.Arg("a", "R2")
	k.Arg("b", "R8")
	k.Arg("bStep", "R9")
	k.Arg("steps", "R10")
	k.Arg("aStep", "R11")
	k.Arg("accumulate", "R12")
}

func rowPanelsF32(f *asm.File, name, cpu string, prefetch int) {
	k := f.Func(name, fmt.Sprintf("%s is rowPanelsF32Generic for four panels; panelBytes is their distance.\nScheduled for CPUs that execute %s.", name, cpu),
		"dst *float32", "a *float32", "b *float32", "panelBytes uintptr", "steps int", "accumulate int")
	tile.RowArguments(k, "steps")
	tile.Row{K: k, Multiply: tile.F32, Prefetch: prefetch}.Write()
}

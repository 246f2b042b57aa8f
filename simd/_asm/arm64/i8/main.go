// Command i8 writes the kernel of the int8 products for CPUs without SDOT.
//
// SMULL and SMLAL multiply a group of four steps of two columns each and add
// the next group's products: the sum of two products of 0…127 and ±127 fits 16
// bits. SADALP adds neighbouring pairs to 32-bit sums, two for each column,
// which are added at the end. Only 64-bit vectors are multiplied: 64-bit loads
// suit a Cortex-A53, and a Cortex-A72's multiplier is the limit all the same.
package main

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

const registers = `R0 dst, R1 its stride, R2 and R3 rows of a, R4 b, R5 groups left, R6 accumulate
R7 rows left, R8 first row of a, R9 distance of rows, R10 b, R11 groups; R14, R15 b on its way`

func main() {
	f := asm.NewFile("arm64/i8")
	tileI8(f, "tileI8NEON", "out of order", false)
	tileI8(f, "tileI8NEONInOrder", "in order", true)
	f.Main()
}

func tileI8(f *asm.File, name, cpu string, inOrder bool) {
	k := f.Func(name, fmt.Sprintf("%s is tileI8Generic for any rows of one panel; dstStride is in bytes.\nScheduled for CPUs that execute %s.", name, cpu),
		"rows int", "dst *int32", "dstStride uintptr", "a *uint8", "aRow uintptr", "b *int8", "groups int", "accumulate int")
	k.Comment(registers)
	for _, arg := range [][2]string{
		{"rows", "R7"}, {"dst", "R0"}, {"dstStride", "R1"}, {"a", "R8"}, {"aRow", "R9"}, {"b", "R10"}, {"groups", "R11"}, {"accumulate", "R6"},
	} {
		k.Arg(arg[0], arg[1])
	}
	k.Label("next")
	k.Go("CMP $2, R7")
	k.Go("BLT one")
	pass{k, 2, inOrder}.write()
	k.Go("SUBS $2, R7, R7")
	k.Go("BNE next")
	k.Ret()
	k.Label("one")
	pass{k, 1, inOrder}.write()
	k.Ret()
}

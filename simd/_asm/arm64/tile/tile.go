// Package tile writes the product kernels that multiply a lane of one vector
// with another vector: float32 by FMLA, int8 by SDOT. A step of either reads
// 64 bytes of a panel of b and four bytes of a row of a; a vector of a holds
// four steps.
package tile

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// Multiply adds the products of vector b and a lane of vector a to vector sum.
type Multiply func(k *asm.Func, sum, b, a, lane int)

// F32 multiplies a float32 with four.
func F32(k *asm.Func, sum, b, a, lane int) {
	k.Gnu("fmla v%d.4s, v%d.4s, v%d.s[%d]", sum, b, a, lane)
}

// Dot multiplies four bytes with four each of four columns.
func Dot(k *asm.Func, sum, b, a, lane int) {
	k.Gnu("sdot v%d.4s, v%d.16b, v%d.4b[%d]", sum, b, a, lane)
}

// MaxRows is the height of the largest tile: 24 vectors of sums.
const MaxRows = 6

// registers is the map of a tile, which its assembly shows too.
const registers = `R0 dst, R1 its stride; R2…R7 rows of a, R11 its step
R8 columns 0…7 of b, R12 columns 8…15, R9 its step; R10 steps left
R19…R25 upper halves of vectors on their way, for CPUs that execute in order
V0…V23 sums, four a row: V(4r+q) += b(q) · a(r); V24…V31 a and b`

// Tile writes the tile's paths for one number of rows.
type Tile struct {
	K        *asm.Func
	Rows     int
	Multiply Multiply
	InOrder  bool // scheduled for a CPU that executes in order
}

func (t Tile) label(name string) string { return fmt.Sprintf("rows%d_%s", t.Rows, name) }

func (t Tile) multiply(row, quarter, b, a, lane int) { t.Multiply(t.K, 4*row+quarter, b, a, lane) }

// Dispatch branches to Start of the number of rows in R0.
func Dispatch(k *asm.Func) {
	k.Comment(registers)
	for rows := MaxRows; rows > 1; rows-- {
		k.Go("CMP $%d, R0", rows)
		k.Go("BEQ rows%d", rows)
	}
	k.Go("JMP rows1")
}

// Start marks the tile and loads the sums, or clears them; accumulate is in
// R12.
func (t Tile) Start(loadArguments func()) {
	k := t.K
	k.Label(fmt.Sprintf("rows%d", t.Rows))
	loadArguments()
	k.Go("CBZ R12, %s", t.label("clear"))
	k.Go("MOVD R0, R12")
	for r := range t.Rows {
		k.Go("FLDPQ (R12), (F%d, F%d)", 4*r, 4*r+1)
		k.Go("FLDPQ 32(R12), (F%d, F%d)", 4*r+2, 4*r+3)
		if r+1 < t.Rows {
			k.Go("ADD R1, R12, R12")
		}
	}
	k.Go("JMP %s", t.label("start"))
	k.Label(t.label("clear"))
	for i := range 4 * t.Rows {
		k.Gnu("movi v%d.4s, #0", i)
	}
	k.Label(t.label("start"))
}

// RowPointers writes the pointers to the rows of a, from that to the first in
// R2 and their distance in R12.
func (t Tile) RowPointers() {
	for r := 1; r < t.Rows; r++ {
		t.K.Go("ADD R12, R%d, R%d", 1+r, 2+r)
	}
}

// Finish stores the sums and returns.
func (t Tile) Finish() {
	k := t.K
	k.Label(t.label("done"))
	for r := range t.Rows {
		k.Go("FSTPQ (F%d, F%d), (R0)", 4*r, 4*r+1)
		k.Go("FSTPQ (F%d, F%d), 32(R0)", 4*r+2, 4*r+3)
		if r+1 < t.Rows {
			k.Go("ADD R1, R0, R0")
		}
	}
	k.Ret()
}

// Single writes a loop of one step for any distances: what Gapless leaves,
// and all of the products that nothing else suits. It falls through to
// Finish.
func (t Tile) Single() {
	k := t.K
	k.Label(t.label("single"))
	k.Go("CBZ R10, %s", t.label("done"))
	k.Label(t.label("single_step"))
	k.Comment("one step: a in V24…, halves of b in V30 and V31")
	for r := range t.Rows {
		k.Go("VLD1R.P (R%d)(R11), [V%d.S4]", 2+r, 24+r)
	}
	for half, pointer := range []string{"R8", "R12"} {
		k.Go("VLD1.P (%s)(R9), [V30.S4, V31.S4]", pointer)
		t.half(half, 30, 24, 0)
	}
	k.Go("SUBS $1, R10, R10")
	k.Go("BNE %s", t.label("single_step"))
}

// half multiplies columns 8·half…8·half+7, in vectors b and b+1, with one lane
// of the rows' vectors a….
func (t Tile) half(half, b, a, lane int) {
	for q := range 2 {
		for r := range t.Rows {
			t.multiply(r, 2*half+q, b+q, a+r, lane)
		}
	}
}

// Gapless writes the loop for rows of a whose steps are neighbours in memory,
// and leaves what does not fill it to Single.
func (t Tile) Gapless() {
	k := t.K
	if t.InOrder {
		t.turns("two", false)
		k.Go("ADD $2, R10, R10")
		k.Go("ADD $32, R8, R12")
		return
	}
	k.Go("ADD $32, R8, R12")
	k.Go("SUBS $4, R10, R10")
	k.Go("BLT %s", t.label("rest"))
	t.four()
	k.Label(t.label("rest"))
	k.Go("ADD $4, R10, R10")
}

// four leaves the order to the CPU, which renames V30 and V31.
func (t Tile) four() {
	k := t.K
	k.Go("PCALIGN $16")
	k.Label(t.label("four"))
	k.Comment("four steps: a in V24…, halves of b in V30 and V31")
	for r := range t.Rows {
		k.Go("FMOVQ.P 16(R%d), F%d", 2+r, 24+r)
	}
	for step := range 4 {
		for half, pointer := range []string{"R8", "R12"} {
			k.Go("VLD1.P (%s)(R9), [V30.S4, V31.S4]", pointer)
			t.half(half, 30, 24, step)
		}
	}
	k.Go("SUBS $4, R10, R10")
	k.Go("BGE %s", t.label("four"))
}

// Package wide generates the matrix kernels that AVX-512's float32 and int8
// products have in common: they differ in one instruction.
package wide

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	// Line is one step of a panel: 64 bytes, one zmm register.
	Line = 64
	// TileRows and TilePanels are the largest tile: 24 of 32 registers hold
	// sums, two a step of b and one a broadcast value of a.
	TileRows, TilePanels = 12, 2
	// Ahead is how many steps ahead of its use b is fetched: 24 steps of 12
	// clock cycles are about the time to the last cache level.
	Ahead = 24
)

// Tile describes a tile kernel: rows×16·panels sums over steps products of a
// value of a, broadcast, with a line of b.
type Tile struct {
	Name, Doc, Signature string

	// Parameters that hold the distances in bytes from one step to the next,
	// and from one panel of dst to the next; or their constant values.
	AStep, BStep, DstPanel Distance
	Steps                  string // name of the parameter

	// Loop makes the kernel compute tiles one below the other: parameters tiles,
	// aTile and dstTile. Each calls in what comes next: parameters soon and
	// soonPanel.
	Loop bool

	Prepare   func() // if not nil, puts what Multiply needs into registers
	Broadcast func(m Mem, to reg.VecVirtual)
	Multiply  func(b Op, a, acc reg.VecVirtual) // acc += a·b

	locals Mem // a, dst, tiles left and bytes of soon asked for
}

// Distance is a parameter, or a constant where Param is empty.
type Distance struct {
	Param string
	Bytes int
}

// load returns the distance as an operand of ADDQ.
func (d Distance) load() Op {
	if d.Param == "" {
		return U32(uint32(d.Bytes))
	}
	return Load(Param(d.Param), GP64())
}

// Generate writes the kernel: one piece of code for each number of rows and
// panels.
func (t Tile) Generate() {
	TEXT(t.Name, NOSPLIT, t.Signature)
	Doc(t.Doc)
	Pragma("noescape")
	if t.Loop {
		t.locals = AllocLocal(32)
	}
	rows, panels := Load(Param("rows"), GP64()), Load(Param("panels"), GP64())
	CMPQ(panels, Imm(1))
	JEQ(LabelRef("one_panel"))
	t.dispatch(rows, TilePanels)
	Label("one_panel")
	t.dispatch(rows, 1)
	for p := TilePanels; p >= 1; p-- {
		for r := TileRows; r >= 1; r-- {
			t.of(r, p)
		}
	}
}

func (t Tile) dispatch(rows reg.Register, panels int) {
	for r := TileRows; r > 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JEQ(LabelRef(label(r, panels)))
	}
	JMP(LabelRef(label(1, panels)))
}

func label(rows, panels int) string { return fmt.Sprintf("tile%dx%d", rows, panels) }

// of writes the code for a tile of one size.
func (t Tile) of(rows, panels int) {
	name := label(rows, panels)
	Label(name)
	place := t.first()
	Label(name + "_tile")
	acc := Vectors(rows * panels)
	t.start(name, rows, panels, acc, place)

	at, aStep := multiples(rows, place.load(place.a), "aRow"), t.AStep.load()
	b, bStep := t.panels(panels), t.BStep.load()
	steps := Load(Param(t.Steps), GP64())
	ahead := t.ahead(bStep)
	// A value of a is loaded and broadcast once: embedded in the multiplications
	// it would be loaded for each, 26 loads to 24 multiplications, of which a
	// core does two a cycle at best.
	line, x := Vectors(panels), ZMM()
	if t.Prepare != nil {
		t.Prepare()
	}
	TESTQ(steps, steps)
	JZ(LabelRef(name + "_done"))
	Label(name + "_step")
	Commentf("acc[row][panel] += a[row·aRow] · b[panel·bPanel + 0…15]")
	for p := range panels {
		VMOVDQU64(Mem{Base: b[p]}, line[p])
		PREFETCHT0(ahead(b[p]))
	}
	for r := range rows {
		t.Broadcast(at[r], x)
		for p := range panels {
			t.Multiply(line[p], x, acc[r*panels+p])
		}
	}
	ADDQ(aStep, at[0].Base)
	for p := range panels {
		ADDQ(bStep, b[p])
	}
	DECQ(steps)
	JNZ(LabelRef(name + "_step"))
	Label(name + "_done")
	t.moves(place.load(place.dst), rows, panels, func(m Mem, i int) { VMOVDQU64(acc[i], m) })
	if t.Loop {
		place.next(name + "_tile")
	}
	VZEROUPPER()
	RET()
}

// start loads the sums from dst when accumulate ≠ 0, else sets them to zero.
func (t Tile) start(name string, rows, panels int, acc []reg.VecVirtual, p place) {
	accumulate := Load(Param("accumulate"), GP64())
	TESTQ(accumulate, accumulate)
	JZ(LabelRef(name + "_zero"))
	t.moves(p.load(p.dst), rows, panels, func(m Mem, i int) { VMOVDQU64(m, acc[i]) })
	JMP(LabelRef(name + "_start"))
	Label(name + "_zero")
	Zero(acc)
	Label(name + "_start")
	if t.Loop {
		t.callIn(name, rows, panels, p)
	}
}

// moves walks over the lines of a tile in dst, which it changes.
func (t Tile) moves(dst reg.Register, rows, panels int, move func(m Mem, i int)) {
	dstRow := Load(Param("dstRow"), GP64())
	second := Mem{Base: dst, Disp: t.DstPanel.Bytes}
	if t.DstPanel.Param != "" && panels > 1 {
		second = Mem{Base: dst, Index: Load(Param(t.DstPanel.Param), GP64()), Scale: 1}
	}
	for r := range rows {
		move(Mem{Base: dst}, r*panels)
		if panels > 1 {
			move(second, r*panels+1)
		}
		if r+1 < rows {
			ADDQ(dstRow, dst)
		}
	}
}

// panels returns a pointer into each panel of b.
func (t Tile) panels(panels int) (b []reg.Register) {
	for p := range panels {
		b = append(b, Load(Param("b"), GP64()))
		if p == 1 {
			bPanel := Load(Param("bPanel"), GP64())
			ADDQ(bPanel, b[p])
		}
	}
	return b
}

// ahead returns where a pointer into b will point some steps later.
func (t Tile) ahead(bStep Op) func(b reg.Register) Mem {
	if t.BStep.Param == "" {
		return func(b reg.Register) Mem { return Mem{Base: b, Disp: Ahead * t.BStep.Bytes} }
	}
	far := GP64()
	Commentf("far = %d·bStep", Ahead)
	LEAQ(Mem{Base: bStep.(reg.Register), Index: bStep.(reg.Register), Scale: 2}, far)
	SHLQ(Imm(3), far)
	return func(b reg.Register) Mem { return Mem{Base: b, Index: far, Scale: 1} }
}

// Multiples returns n addresses that lie distance apart, from the pointer
// base on, both parameters. Odd multiples of the distance in index registers
// reach them all from one base, which alone moves in a loop.
func Multiples(n int, base, distance string) (at []Mem) {
	return multiples(n, Load(Param(base), GP64()), distance)
}

func multiples(n int, from reg.Register, distance string) (at []Mem) {
	at = []Mem{{Base: from}}
	if n == 1 {
		return at
	}
	odd := map[int]reg.Register{1: Load(Param(distance), GP64())}
	for i := 1; i < n; i++ {
		multiple, scale := i, 1
		for multiple%2 == 0 && scale < 8 {
			multiple, scale = multiple/2, scale*2
		}
		if odd[multiple] == nil {
			m := GP64()
			LEAQ(Mem{Base: odd[multiple-2], Index: odd[1], Scale: 2}, m)
			odd[multiple] = m
		}
		at = append(at, Mem{Base: from, Index: odd[multiple], Scale: uint8(scale)})
	}
	return at
}

// Vectors returns n zmm registers.
func Vectors(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = ZMM()
	}
	return v
}

// Zero sets registers to zero.
func Zero(v []reg.VecVirtual) {
	for _, r := range v {
		VPXORD(r, r, r)
	}
}

package wide

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// place is where a tile lies: the parameters a and dst, or, where there are
// several tiles, what has become of them, on the stack.
type place struct{ a, dst, tiles, at func() Op }

func parameter(name string) func() Op {
	return func() Op { return Load(Param(name), GP64()) }
}

// first returns the place of the first tile.
func (t Tile) first() place {
	if !t.Loop {
		return place{a: parameter("a"), dst: parameter("dst")}
	}
	local := func(i int, name string) func() Op {
		m := t.locals.Offset(8 * i)
		MOVQ(Load(Param(name), GP64()), m)
		return func() Op { return m }
	}
	at := t.locals.Offset(24)
	MOVQ(U32(0), at)
	return place{local(0, "a"), local(1, "dst"), local(2, "tiles"), func() Op { return at }}
}

// load returns a pointer of the place in a register that may change.
func (place) load(from func() Op) reg.Register {
	r := GP64()
	MOVQ(from(), r)
	return r
}

// next goes on with the next tile, if there is one.
func (p place) next(tile string) {
	step := Load(Param("aTile"), GP64())
	ADDQ(step, p.a())
	Load(Param("dstTile"), step)
	ADDQ(step, p.dst())
	DECQ(p.tiles())
	JNZ(LabelRef(tile))
}

// callIn asks for what comes next: the next tile's lines of dst, or, if soon
// is not nil, as many lines of each panel of the three matrices in it, which an
// optimiser needs when the tiles are done.
func (t Tile) callIn(name string, rows, panels int, p place) {
	soon := Load(Param("soon"), GP64())
	TESTQ(soon, soon)
	JNZ(LabelRef(name + "_soon"))
	dst, skip := p.load(p.dst), Load(Param("dstTile"), GP64())
	ADDQ(skip, dst)
	t.moves(dst, rows, panels, func(m Mem, _ int) { PREFETCHT0(m) })
	JMP(LabelRef(name + "_asked"))
	Label(name + "_soon")
	panel, m, at := Load(Param("soonPanel"), GP64()), GP64(), GP64()
	MOVQ(p.at(), at)
	for i := range 3 {
		MOVQ(Mem{Base: soon, Disp: 8 * i}, m)
		ADDQ(at, m)
		for j := range panels {
			for r := range rows {
				PREFETCHT1(Mem{Base: m, Disp: Line * r})
			}
			if j+1 < panels {
				ADDQ(panel, m)
			}
		}
	}
	ADDQ(U32(uint32(Line*rows)), at)
	MOVQ(at, p.at())
	Label(name + "_asked")
}

package tile

// The order for CPUs that execute in order and load 64 bits at a time, such as
// the Cortex-A53: there a 64-bit load, or an insertion from a general register,
// issues together with a multiplication, while a 128-bit load holds both up.
// A vector is therefore loaded as two halves, the upper one through a general
// register, and its three instructions lie well apart.
//
// Two steps make a turn of four half-steps: eight columns times all rows, row
// by row. Each half-step loads the two vectors of b that the next one needs;
// vectors of a are loaded as soon as the old ones have been used up. The last
// turn loads nothing for a next one: it is written a second time, behind the
// loop, and no load leaves the operands.

// turn plans two steps.
type turn struct {
	Turn
	tile    Tile
	columns bool // rows of a are neighbours
}

// half returns the number of multiplications in a half-step.
func (u *turn) half() int { return 2 * u.tile.Rows }

// loadB loads half h of a step of b, from slot on, for the half-step after
// that: vectors 24+2h and 25+2h.
func (u *turn) loadB(slot, h int) {
	for i := range 2 {
		v, general, from, by := 24+2*h+i, 14+i, 32*h+16*i, slot+u.half()+i
		u.At(slot+i, by, "FMOVD %d(R8), F%d", from, v)
		u.At(slot+1+i, by, "MOVD %d(R8), R%d", from+8, general)
		u.At(slot+max(u.half()/2, 1)+i, by, "VMOV R%d, V%d.D[1]", general, v)
	}
	if h == 1 {
		u.At(slot+2, slot+u.half(), "ADD R9, R8, R8")
	}
}

// lane returns where a row's value of a step lies: two steps of two rows, or
// one step of four rows, share a vector.
func (u *turn) lane(row, step int) (vector, lane int) {
	if u.columns {
		return 28 + 2*step + row/4, row % 4
	}
	return 28 + row/2, row%2*2 + step
}

// loadA loads two steps of each row, in the order in which the half-step from
// slot on finishes with the old values.
func (u *turn) loadA(slot int) {
	for r := 0; r < u.tile.Rows; r += 2 {
		free, by := slot+2*min(r+2, u.tile.Rows), slot+u.half()+2*r
		u.At(free, by, "FMOVD.P 8(R%d), F%d", 2+r, 28+r/2)
		if r+1 < u.tile.Rows {
			u.At(slot-4+r, by, "MOVD.P 8(R%d), R%d", 3+r, 19+r/2)
			u.At(free+u.half()/3, by+2, "VMOV R%d, V%d.D[1]", 19+r/2, 28+r/2)
		}
	}
}

// loadColumn loads one step of all rows, from slot on, for the step after
// that.
func (u *turn) loadColumn(slot, step int) {
	v, by := 28+2*step, slot+2*u.half()
	load := func(after int, format string, args ...any) { u.At(slot+after, by, format, args...) }
	switch u.tile.Rows {
	case 2:
		load(0, "FMOVD (R2), F%d", v)
	case 3:
		load(0, "FMOVD (R2), F%d", v)
		load(1, "MOVWU 8(R2), R19")
		load(u.half()/2, "VMOV R19, V%d.S[2]", v)
	default:
		load(0, "FMOVD (R2), F%d", v)
		load(1, "MOVD 8(R2), R19")
		load(u.half()/2, "VMOV R19, V%d.D[1]", v)
	}
	switch u.tile.Rows {
	case 5:
		load(2, "FMOVS 16(R2), F%d", v+1)
	case 6:
		load(2, "FMOVD 16(R2), F%d", v+1)
	}
	load(4, "ADD R11, R2, R2")
}

// loads plans what a turn loads for itself and, unless it is the last, for the
// next one.
func (u *turn) loads(last bool) {
	half := u.half()
	if u.columns {
		u.loadColumn(0, 1)
	}
	u.loadB(0, 1)
	u.loadB(half, 0)
	u.loadB(2*half, 1)
	if !last {
		u.At(half-1, 2*half, "PRFM 512(R8), PLDL1KEEP")
		u.At(3*half-1, 4*half, "PRFM 512(R8), PLDL1KEEP")
		u.loadsForNext()
	}
}

// loadsForNext plans the first half-step of b and the a of the next turn.
func (u *turn) loadsForNext() {
	u.loadB(3*u.half(), 0)
	if u.columns {
		u.loadColumn(2*u.half(), 0)
	} else {
		u.loadA(3 * u.half())
	}
}

// work lists the multiplications of two steps.
func (u *turn) work() (list []func()) {
	for step := range 2 {
		for h := range 2 {
			for r := range u.tile.Rows {
				a, lane := u.lane(r, step)
				for q := 2 * h; q < 2*h+2; q++ {
					list = append(list, func() { u.tile.multiply(r, q, 24+q, a, lane) })
				}
			}
		}
	}
	return list
}

func (t Tile) turn(columns bool) *turn {
	return &turn{Turn: Turn{K: t.K, Len: 8 * t.Rows}, tile: t, columns: columns}
}

// turns writes the loop, and leaves R10 at the steps that remain, less two.
func (t Tile) turns(name string, columns bool) {
	before, each, last := t.turn(columns), t.turn(columns), t.turn(columns)
	before.loadsForNext()
	each.loads(false)
	last.loads(true)
	each.Work, last.Work = each.work(), last.work()
	each.What = "two steps: b in V24…V27, a in V28…V31"
	Loop(t.K, t.label(name), "R10", 2, &before.Turn, &each.Turn, &last.Turn)
}

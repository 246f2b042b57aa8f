package tile

import "fmt"

// The order for CPUs that execute in order and load 64 bits at a time. On a
// Cortex-A53 a 128-bit load takes two cycles in which nothing multiplies, a
// 64-bit one takes one, a load into a general register none, and moving that
// into a vector issues together with a 64-bit load of another one. (Measured
// by others: ncnn's notes on A53 and A55 dual issue.) So a vector costs one
// cycle instead of two; a Cortex-A55 hides that one too.
//
// Two steps make a turn. In its first and last half-step, of eight columns,
// rows follow each other, so that vectors of a, which hold two steps of two
// rows, are free early and needed late; in between columns do, for vectors of
// b. The last turn loads nothing for a next one: it is written a second time,
// behind the loop, and no load leaves the operands.

// turn plans two steps.
type turn struct {
	Turn
	tile    Tile
	columns bool // rows of a are neighbours
}

// slot returns the place of quarter-steps and fourths of them in a turn.
func (u *turn) slot(quarters, fourths int) int {
	return u.tile.Rows*quarters + u.tile.Rows*fourths/4
}

// loadB loads vector q of a step of b; the last one moves on to the next step.
func (u *turn) loadB(slot, need, q int) Load {
	l := Load{
		Slot: slot, Need: need,
		Low:    fmt.Sprintf("FMOVD %d(R8), F%d", 16*q, 24+q),
		High:   fmt.Sprintf("MOVD %d(R8), R%d", 16*q+8, 19+q),
		Insert: fmt.Sprintf("VMOV R%d, V%d.D[1]", 19+q, 24+q),
	}
	if q == 3 {
		l.After = "ADD R9, R8, R8"
	}
	return l
}

// lane returns where a row's value of a step lies: two steps of two rows, or
// one step of four rows, share a vector.
func (u *turn) lane(row, step int) (vector, lane int) {
	if u.columns {
		return 28 + 2*step + row/4, row % 4
	}
	return 28 + row/2, row%2*2 + step
}

// loadA loads two steps of rows r and r+1 as soon as the turn's last half-step
// has finished with them.
func (u *turn) loadA(r int) Load {
	l := Load{
		Slot: u.slot(6, 0) + 2*min(r+2, u.tile.Rows), Need: u.slot(8, 0) + 2*r,
		Low: fmt.Sprintf("FMOVD.P 8(R%d), F%d", 2+r, 28+r/2),
	}
	if r+1 < u.tile.Rows {
		l.High = fmt.Sprintf("MOVD.P 8(R%d), R%d", 3+r, 23+r/2)
		l.Insert = fmt.Sprintf("VMOV R%d, V%d.D[1]", 23+r/2, 28+r/2)
	}
	return l
}

// loadColumn loads one step of all rows, the first four from first and the
// others from second on.
func (u *turn) loadColumn(first, second, need, step int) []Load {
	v, rows := 28+2*step, u.tile.Rows
	l := Load{Slot: first, Need: need, Low: fmt.Sprintf("FMOVD (R2), F%d", v)}
	switch {
	case rows == 3:
		l.High, l.Insert = "MOVWU 8(R2), R23", fmt.Sprintf("VMOV R23, V%d.S[2]", v)
	case rows > 3:
		l.High, l.Insert = "MOVD 8(R2), R23", fmt.Sprintf("VMOV R23, V%d.D[1]", v)
	}
	if rows <= 4 {
		l.After = "ADD R11, R2, R2"
		return []Load{l}
	}
	load := map[int]string{5: "FMOVS", 6: "FMOVD"}[rows]
	return []Load{l, {Slot: second, Need: need, Low: fmt.Sprintf("%s 16(R2), F%d", load, v+1), After: "ADD R11, R2, R2"}}
}

// own returns the loads for the turn's own later half-steps.
func (u *turn) own() []Load {
	list := []Load{u.loadB(u.slot(0, 2), u.slot(2, 0), 2), u.loadB(u.slot(1, 0), u.slot(3, 0), 3)}
	if u.columns {
		list = append(list, u.loadColumn(u.slot(1, 2), u.slot(1, 3), u.slot(4, 0), 1)...)
	}
	return append(list,
		u.loadB(u.slot(2, 0), u.slot(4, 0), 0), u.loadB(u.slot(2, 2), u.slot(5, 0), 1),
		u.loadB(u.slot(3, 0), u.slot(6, 0), 2), u.loadB(u.slot(4, 0), u.slot(6, 0), 3))
}

// next returns the loads for the next turn's first half-step.
func (u *turn) next() []Load {
	b0, b1 := u.loadB(u.slot(5, 0), u.slot(8, 0), 0), u.loadB(u.slot(6, 0), u.slot(8, 0), 1)
	if u.columns {
		a := u.loadColumn(u.slot(7, 0), u.slot(7, 2), u.slot(8, 0), 0)
		return append([]Load{b0, b1}, a...)
	}
	list := []Load{b0, b1}
	for r := 0; r < u.tile.Rows; r += 2 {
		list = append(list, u.loadA(r))
	}
	return list
}

// loads plans what a turn loads for itself and, unless it is the last, for the
// next one, whose loads have one before them in any case.
func (u *turn) loads(last bool) {
	list := u.next()
	before := list[len(list)-1]
	before.Need -= u.Len
	before = u.Chain(before, u.own()...)
	if last {
		u.Close(before)
		return
	}
	u.At(u.slot(1, 2), u.slot(4, 0), "PRFM 512(R8), PLDL1KEEP")
	u.Chain(before, list...)
	u.At(u.slot(5, 2), u.slot(8, 0), "PRFM 512(R8), PLDL1KEEP")
}

// work lists the multiplications of two steps.
func (u *turn) work() (list []func()) {
	add := func(r, q, step int) {
		a, lane := u.lane(r, step)
		list = append(list, func() { u.tile.multiply(r, q, 24+q, a, lane) })
	}
	byRow := func(step, q int) {
		for r := range u.tile.Rows {
			add(r, q, step)
			add(r, q+1, step)
		}
	}
	byColumn := func(step, q int) {
		for i := range 2 * u.tile.Rows {
			add(i%u.tile.Rows, q+i/u.tile.Rows, step)
		}
	}
	byRow(0, 0)
	byColumn(0, 2)
	byColumn(1, 0)
	byRow(1, 2)
	return list
}

func (t Tile) turn(columns bool) *turn {
	return &turn{Turn: Turn{K: t.K, Len: 8 * t.Rows}, tile: t, columns: columns}
}

// turns writes the loop, and leaves R10 at the steps that remain, less two.
func (t Tile) turns(name string, columns bool) {
	before, each, last := t.turn(columns), t.turn(columns), t.turn(columns)
	before.Chain(Load{}, before.next()...)
	each.loads(false)
	last.loads(true)
	each.Work, last.Work = each.work(), last.work()
	each.What = "two steps: b in V24…V27, a in V28…V31"
	Loop(t.K, t.label(name), "R10", 2, &before.Turn, &each.Turn, &last.Turn)
}

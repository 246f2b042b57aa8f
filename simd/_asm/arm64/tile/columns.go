package tile

// Columns writes the loop for rows of a that are neighbours in memory, as in a
// gradient: one or two loads read a step of all of them. It jumps to Finish.
func (t Tile) Columns() {
	k := t.K
	k.Label(t.label("columns"))
	if t.InOrder {
		t.turns("columns_two", true)
		t.secondHalf()
	} else {
		t.secondHalf()
		t.columns()
	}
	k.Go("CMN $2, R10")
	k.Go("BEQ %s", t.label("done"))
	t.column(28)
	k.Go("JMP %s", t.label("done"))
}

// columns writes the loop of two steps and leaves R10 at the steps that
// remain, less two.
func (t Tile) columns() {
	k := t.K
	k.Go("SUBS $2, R10, R10")
	k.Go("BLT %s", t.label("columns_rest"))
	k.Go("PCALIGN $16")
	k.Label(t.label("columns_two"))
	k.Comment("two steps: b in V24…V27, a of all rows in V28 and V29, then V30 and V31")
	t.column(28)
	t.column(30)
	k.Go("SUBS $2, R10, R10")
	k.Go("BGE %s", t.label("columns_two"))
	k.Label(t.label("columns_rest"))
}

// secondHalf points R3 at the rows that the first vector of a step does not
// hold.
func (t Tile) secondHalf() {
	if split := t.split(); split < t.Rows {
		t.K.Go("ADD $%d, R2, R3", 4*split)
	}
}

// split returns how many rows the first vector of a step holds.
func (t Tile) split() int {
	for _, n := range []int{4, 2} {
		if t.Rows >= n {
			return n
		}
	}
	return 1
}

// column writes one step with a in vectors a and a+1.
func (t Tile) column(a int) {
	k, split := t.K, t.split()
	k.Go("VLD1.P (R8)(R9), [V24.S4, V25.S4, V26.S4, V27.S4]")
	k.Go("VLD1.P (R2)(R11), [V%d.S%d]", a, split)
	switch t.Rows - split {
	case 1:
		k.Go("VLD1R.P (R3)(R11), [V%d.S2]", a+1)
	case 2:
		k.Go("VLD1.P (R3)(R11), [V%d.S2]", a+1)
	}
	for q := range 4 {
		for r := range t.Rows {
			t.multiply(r, q, 24+q, a+r/split, r%split)
		}
	}
}

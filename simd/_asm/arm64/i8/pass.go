package main

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
	"github.com/pffedge/pffedge/simd/_asm/arm64/tile"
)

// pass writes one or two rows. A turn of its loop takes two groups of four
// steps in parts: in each, four products in a row do not depend on each other,
// of two columns in each of two rows or eight columns in one.
type pass struct {
	k       *asm.Func
	rows    int
	inOrder bool // for CPUs that execute in order
}

const (
	products = 4 // of a part
	pairs    = 8 // of columns in a panel
	prefetch = 512
)

// pairs returns the number of pairs of columns in a part, parts how many parts
// make a panel.
func (p pass) pairs() int { return products / p.rows }
func (p pass) parts() int { return pairs / p.pairs() }

// The registers of pair i of a part, row r and group g of two.
func (p pass) sum(part, i, r int) int     { return r*pairs + part*p.pairs() + i }
func (p pass) a(r, g int) int             { return p.rows*pairs + 2*r + g }
func (p pass) b(i, g int) int             { return p.rows*(pairs+2) + 2*i + g }
func (p pass) product(part, i, r int) int { return 24 + part%2*products + r*p.pairs() + i }

func (p pass) label(name string) string { return fmt.Sprintf("rows%d_%s", p.rows, name) }

func (p pass) write() {
	k := p.k
	k.Comment("V0…V%d sums, %d a row; then a, b; V24…V31 products", p.rows*pairs-1, pairs)
	k.Go("MOVD R8, R2")
	if p.rows == 2 {
		k.Go("ADD R9, R8, R3")
		k.Go("ADD R9<<1, R8, R8")
	}
	k.Go("MOVD R10, R4")
	for i := range p.rows * pairs {
		k.Gnu("movi v%d.4s, #0", i)
	}
	k.Go("MOVD R11, R5")
	before, each, last := p.turn(nil), p.turn(p.work()), p.turn(p.work())
	p.loadsForNext(before)
	p.loads(each)
	p.loadsForNext(each)
	p.loads(last)
	each.What = "two groups: products of the first plus products of the second, then their sums"
	last.At(p.start(p.parts()-1, 1), last.Len, "ADD $128, R4, R4")
	tile.Loop(k, p.label("two"), "R5", 2, before, each, last)
	k.Go("CMN $2, R5")
	k.Go("BEQ %s", p.label("done"))
	p.single()
	k.Label(p.label("done"))
	p.store()
}

func (p pass) turn(work []func()) *tile.Turn {
	return &tile.Turn{K: p.k, Len: 3 * products * p.parts(), Work: work}
}

// each calls visit for the pairs of columns and rows of a part.
func (p pass) each(visit func(i, r int)) {
	for i := range p.pairs() {
		for r := range p.rows {
			visit(i, r)
		}
	}
}

// work lists the instructions of a turn. The sums of a part are taken among
// the products of the next one, so that these are finished.
func (p pass) work() (list []func()) {
	for part := range p.parts() {
		list = append(list, p.multiply("smull", part, 0)...)
		if part > 0 {
			list = append(list, p.add(part-1)...)
		}
		list = append(list, p.multiply("smlal", part, 1)...)
	}
	return append(list, p.add(p.parts()-1)...)
}

func (p pass) multiply(mnemonic string, part, g int) (list []func()) {
	p.each(func(i, r int) {
		list = append(list, func() {
			p.k.Gnu("%s v%d.8h, v%d.8b, v%d.8b", mnemonic, p.product(part, i, r), p.b(i, g), p.a(r, g))
		})
	})
	return list
}

func (p pass) add(part int) (list []func()) {
	p.each(func(i, r int) {
		list = append(list, func() { p.k.Gnu("sadalp v%d.4s, v%d.8h", p.sum(part, i, r), p.product(part, i, r)) })
	})
	return list
}

// start returns the slot at which a part multiplies group g: its SMULLs come
// right behind the SMLALs before them, its SMLALs behind four SADALPs too, but
// in the first part.
func (p pass) start(part, g int) int {
	if part == 0 {
		return g * products
	}
	return (3*part-1)*products + 2*g*products
}

// loadB loads the pairs of columns of a part and group, from slot on. For CPUs
// that execute in order every second one goes through a general register: on a
// Cortex-A53 that load issues beside a multiplication, and its insertion beside
// the first one's load.
func (p pass) loadB(u *tile.Turn, slot, by, part, g int) {
	from := 64*g + 8*part*p.pairs()
	for i := 0; i < p.pairs(); i += 2 {
		if !p.inOrder {
			u.At(slot+i, by, "FMOVD %d(R4), F%d", from+8*i, p.b(i, g))
			u.At(slot+i+1, by, "FMOVD %d(R4), F%d", from+8*i+8, p.b(i+1, g))
			continue
		}
		general := 14 + i/2
		u.At(slot+i/2, by, "MOVD %d(R4), R%d", from+8*(i+1), general)
		u.At(slot+2+i/2, by, "FMOVD %d(R4), F%d\nVMOV R%d, V%d.D[0]", from+8*i, p.b(i, g), general, p.b(i+1, g))
	}
}

// loads plans what a turn loads for its own later parts: each vector of b as
// soon as the part before has used it.
func (p pass) loads(u *tile.Turn) {
	for part := 1; part < p.parts(); part++ {
		for g := range 2 {
			p.loadB(u, p.start(part-1, g)+products, p.start(part, g), part, g)
		}
	}
}

// loadsForNext plans what the next turn's first part needs.
func (p pass) loadsForNext(u *tile.Turn) {
	end, final := u.Len, p.parts()-1
	if len(u.Work) > 0 {
		u.At(p.start(final, 0)+products, end, "ADD $128, R4, R4")
		if p.rows == 1 && p.inOrder { // a single row's b is used once only
			u.At(0, end, "PRFM %d(R4), PLDL1STRM", prefetch)
			u.At(products, end, "PRFM %d(R4), PLDL1STRM", prefetch+64)
		}
	}
	for g := range 2 {
		slot, by := p.start(final, g)+products, end+p.start(0, g)
		p.loadB(u, slot, by, 0, g)
		for r := range p.rows {
			u.At(slot, by, "VLD1R.P 4(R%d), [V%d.S2]", 2+r, p.a(r, g))
		}
	}
}

// single adds the last of an odd number of groups.
func (p pass) single() {
	k := p.k
	for r := range p.rows {
		k.Go("VLD1R.P 4(R%d), [V%d.S2]", 2+r, p.a(r, 0))
	}
	for part := range p.parts() {
		for i := range p.pairs() {
			k.Go("FMOVD.P 8(R4), F%d", p.b(i, 0))
		}
		for _, work := range append(p.multiply("smull", part, 0), p.add(part)...) {
			work()
		}
	}
}

// store adds the two sums of each column, adds dst where that is wanted, and
// moves dst to the next row.
func (p pass) store() {
	k := p.k
	for r := range p.rows {
		for c := range 4 {
			v := pairs*r + 2*c
			k.Gnu("addp v%d.4s, v%d.4s, v%d.4s", v, v, v+1)
		}
		plain := p.label(fmt.Sprintf("plain%d", r))
		k.Go("CBZ R6, %s", plain)
		k.Go("VLD1 (R0), [V24.S4, V25.S4, V26.S4, V27.S4]")
		for c := range 4 {
			k.Go("VADD V%d.S4, V%d.S4, V%d.S4", 24+c, pairs*r+2*c, pairs*r+2*c)
		}
		k.Label(plain)
		k.Go("FSTPQ (F%d, F%d), (R0)", pairs*r, pairs*r+2)
		k.Go("FSTPQ (F%d, F%d), 32(R0)", pairs*r+4, pairs*r+6)
		k.Go("ADD R1, R0, R0")
	}
}

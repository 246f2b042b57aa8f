package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/pffedge/pffedge/simd/_asm/wide"
)

// sparse describes a kernel that goes through a list of groups.
type sparse struct {
	name    string
	panels  int
	prepare func() // sets sums to zero
	moves   func(dst reg.Register, move func(m Mem, r reg.VecVirtual))
	move    func(ops ...Op)
	group   func(a Mem, b []Mem) // adds the products of a group
}

func (s sparse) generate() {
	TEXT(s.name, NOSPLIT, "func(dst *int32, a *uint32, at *int32, n int, b *int8, panelBytes uintptr, accumulate int)")
	Doc(fmt.Sprintf("%s is sparseRowI8Generic with panels = %d and n > 0 groups.", s.name, s.panels))
	Pragma("noescape")
	s.prepare()
	accumulate, dst := Load(Param("accumulate"), GP64()), Load(Param("dst"), GP64())
	TESTQ(accumulate, accumulate)
	JZ(LabelRef("start"))
	s.moves(dst, func(m Mem, r reg.VecVirtual) { s.move(m, r) })
	Label("start")
	b := wide.Multiples(s.panels, "b", "panelBytes")
	a, at, n := Load(Param("a"), GP64()), Load(Param("at"), GP64()), Load(Param("n"), GP64())
	Comment("the operands' addresses are those of their ends; the index counts up from −n")
	LEAQ(Mem{Base: a, Index: n, Scale: 4}, a)
	LEAQ(Mem{Base: at, Index: n, Scale: 4}, at)
	NEGQ(n)
	Label("group")
	offset := GP64()
	MOVLQSX(Mem{Base: at, Index: n, Scale: 4}, offset)
	ADDQ(b[0].Base, offset)
	lines := make([]Mem, len(b))
	for p, m := range b {
		m.Base = offset
		lines[p] = m
	}
	s.group(Mem{Base: a, Index: n, Scale: 4}, lines)
	INCQ(n)
	JNZ(LabelRef("group"))
	s.moves(dst, func(m Mem, r reg.VecVirtual) { s.move(r, m) })
	VZEROUPPER()
	RET()
}

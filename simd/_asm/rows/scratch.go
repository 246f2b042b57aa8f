package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scratch is memory on the stack, for values that wait for their use longer
// than AVX2 has registers for. It is aligned to cache lines, which the stack
// is not: an access across two lines costs twice.
type scratch struct {
	base  reg.GPVirtual
	slots int // of a block each
	used  int
}

const slotBytes = 4 * block

func newScratch(slots int) *scratch {
	s := &scratch{base: GP64(), slots: slots}
	comment("scratch memory, from a multiple of 64 on")
	LEAQ(AllocLocal((slots+1)*slotBytes).Offset(slotBytes-1), s.base)
	ANDQ(I8(-slotBytes), s.base)
	return s
}

// take returns the next n slots' distance from the base.
func (s *scratch) take(n int) int {
	at := s.used * slotBytes
	if s.used += n; s.used > s.slots {
		panic("the scratch memory is too small")
	}
	return at
}

// slot is a block in memory.
type slot struct{ Mem }

func (s slot) part(i int) Op { return s.Offset(4 * target.lanes * (first + i)) }

func (s slot) store(v values) {
	for i, r := range v {
		at := s.part(i)
		emit(func() { VMOVUPS(r, at) })
	}
}

// spill returns a place for values, which it stores there.
func (s *scratch) spill(v values) operand {
	if wide() {
		return v
	}
	place := slot{Mem{Base: s.base, Disp: s.take(1)}}
	place.store(v)
	return place
}

// everywhere is memory full of one value.
type everywhere struct{ Mem }

func (e everywhere) part(int) Op { return e.Mem }

// aside returns a place for a value of all elements, which it stores there.
func (s *scratch) aside(u uniform) operand {
	if wide() {
		return u
	}
	m := Mem{Base: s.base, Disp: s.take(1)}
	VMOVUPS(u.vector, m)
	return everywhere{m}
}

// reload returns what lies in memory.
func reload(from operand) values {
	if v, ok := from.(values); ok {
		return v
	}
	return load(from)
}

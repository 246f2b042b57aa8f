package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a vector width and what differs with it.
type isa struct {
	suffix string // of the kernels' names
	lanes  int    // 32-bit values in a vector register
}

var targets = map[string]isa{
	"avx2":   {"AVX2", 8},
	"avx512": {"AVX512", 16},
}

// target is the instruction set that is generated. AVX-512 means F, BW, DQ
// and VL.
var target isa

func wide() bool { return target.lanes == 16 }

// block is how many elements a kernel takes at a time: the sums of a row have
// that many lanes.
const block = 16

// first and parts tell which vectors of a block are being worked on.
var first, parts int

// wholeBlock takes up all parts of a block together, the usual case.
func wholeBlock() { first, parts = 0, block/target.lanes }

// separately emits body for one part of a block after the other: less
// overlap, for formulas that have too many values for AVX2's 16 registers.
func separately(body func()) {
	for first, parts = 0, 1; first < block/target.lanes; first++ {
		body()
	}
	wholeBlock()
}

// vector is a vector register of the target's width.
type vector = reg.VecVirtual

func newVector() vector {
	if wide() {
		return ZMM()
	}
	return YMM()
}

// operand is something that has a value for each element of a block.
type operand interface {
	part(i int) Op
}

// values are the parts of a block in registers.
type values []vector

func newValues() values {
	v := make(values, parts)
	for i := range v {
		v[i] = newVector()
	}
	return v
}

func (v values) part(i int) Op { return v[i] }

// uniform is a register full of one value.
type uniform struct{ vector }

func (u uniform) part(int) Op { return u.vector }

func zero() uniform {
	v := newVector()
	VXORPS(v, v, v)
	return uniform{v}
}

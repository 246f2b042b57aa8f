package main

import (
	"math"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// constant is a 32-bit value that the kernels read from memory: once for
// AVX-512, which broadcasts it, and a vector full of it for AVX2.
type constant struct {
	name string
	bits uint32
}

var used []constant

// memory returns where the constant lies.
func (c constant) memory() Mem {
	i := slices.IndexFunc(used, func(u constant) bool { return u.name == c.name })
	switch {
	case i < 0:
		used = append(used, c)
	case used[i] != c:
		panic("two constants called " + c.name)
	}
	return NewDataAddr(Symbol{Name: c.name, Static: true}, 0)
}

func (c constant) part(int) Op { return c.memory() }

func floatConstant(name string, value float32) constant {
	return constant{name, math.Float32bits(value)}
}

// emitConstants writes the constants in use.
func emitConstants() {
	copies := target.lanes
	if wide() {
		copies = 1
	}
	for _, c := range used {
		GLOBL(c.name, attr.RODATA|attr.NOPTR)
		for i := range copies {
			DATA(4*i, U32(c.bits))
		}
	}
}

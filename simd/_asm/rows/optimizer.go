package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// clipping bounds a gradient within ±clip.
type clipping struct{ clip, floor uniform }

// newClipping takes the bound, which is not NaN and at least +0.
func newClipping(clip uniform) clipping {
	floor := newVector()
	if wide() {
		VPTERNLOGD(Imm(0xff), floor, floor, floor)
	} else {
		VPCMPEQD(floor, floor, floor)
	}
	VPSLLD(Imm(31), floor, floor)
	VXORPS(clip.vector, floor, floor)
	return clipping{clip, uniform{floor}}
}

// apply leaves NaN what it is, so that a gradient that is NaN stays visible.
func (c clipping) apply(grad values) values { return smaller(c.clip, larger(c.floor, grad)) }

// ahead is how many elements before their use moments and weights are fetched:
// the hardware's own prefetching begins anew on every page.
const ahead = 512

// Moments below momentFloor become 0.
var (
	momentFloor = floatConstant("momentFloor", 0x1p-100)
	sizeMask    = constant{"sizeMask", 1<<31 - 1}
)

func adam() {
	kernel("adamF32", "func(w, m, v, grad *float32, n int, c *[8]float32)",
		"for n a positive multiple of 16; c is an AdamStep, field by field.")
	rows := floats("w", "m", "v", "grad")
	w, m, v, g := rows[0], rows[1], rows[2], rows[3]
	c := Load(Param("c"), GP64())
	comment("the fields of c in order; −clip, −0 included, follows clip")
	rate, beta1, rest1, beta2, rest2 := field(c, 0), field(c, 1), field(c, 2), field(c, 3), field(c, 4)
	epsilon, bound, decay := field(c, 5), newClipping(field(c, 6)), field(c, 7)
	loop(w, block, func() {
		for _, a := range []array{w, m, v} {
			PREFETCHT0(a.plus(ahead).at(0))
		}
		separately(func() {
			comment("grad = clip(g + decay·w)")
			weight := load(w.next())
			grad := bound.apply(add(mul(decay, weight), g.next()))
			comment("m = β1·m + (1−β1)·grad, above the floor")
			first := add(mul(beta1, m.next()), mul(rest1, grad))
			first = zeroBelow(and(first, sizeMask), momentFloor, first)
			store(first, m.next())
			comment("v = β2·v + ((1−β2)·grad)·grad, above the floor")
			second := add(mul(beta2, v.next()), mul(mul(rest2, grad), grad))
			second = zeroBelow(second, momentFloor, second)
			store(second, v.next())
			comment("w −= rate·m / (√v + ε)")
			store(sub(weight, div(mul(rate, first), add(root(second), epsilon))), w.next())
		})
	})
	end()
}

func sgd() {
	kernel("sgdF32", "func(w, grad *float32, n int, c *[3]float32)",
		"for n a positive multiple of 16; c is an SGDStep, field by field.")
	rows := floats("w", "grad")
	w, g := rows[0], rows[1]
	c := Load(Param("c"), GP64())
	comment("the fields of c in order; −clip, −0 included, follows clip")
	rate, bound, decay := field(c, 0), newClipping(field(c, 1)), field(c, 2)
	loop(w, block, func() {
		comment("w −= rate·clip(g + decay·w)")
		weight := load(w.next())
		grad := bound.apply(add(mul(decay, weight), g.next()))
		store(sub(weight, mul(rate, grad)), w.next())
	})
	end()
}

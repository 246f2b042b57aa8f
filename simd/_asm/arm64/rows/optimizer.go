package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// clipping bounds a gradient within ±clip.
type clipping struct{ clip, floor *register }

func (k *kernel) newClipping(l lane) clipping {
	c := clipping{clip: k.full(l, "clip"), floor: k.hold("−clip")}
	k.Gnu("fneg v%v.4s, v%v.4s", c.floor, c.clip)
	return c
}

func (k *kernel) clipped(grad block, c clipping) block {
	return k.smaller(k.larger(grad, c.floor), c.clip)
}

func adam(f *asm.File) {
	k := newKernel(f, "adamF32", "; c is an AdamStep, field by field", 16,
		"w *float32", "m *float32", "v *float32", "grad *float32", "n int", "c *[8]float32")
	w, m, v, g, c := k.floats("w"), k.floats("m"), k.floats("v"), k.floats("grad"), k.general()
	k.Arg("c", c)
	k.Comment("the lanes of v0 and v1 are rate, β1, 1−β1, β2; 1−β2, ε, clip, decay")
	low, high := k.hold("rate…"), k.hold("1−β2…")
	k.Go("FLDPQ (%s), (F%v, F%v)", c, low, high)
	rate, beta1, rest1, beta2 := lane{low, 0}, lane{low, 1}, lane{low, 2}, lane{low, 3}
	rest2, decay := lane{high, 0}, lane{high, 3}
	epsilon, bound := k.full(lane{high, 1}, "ε"), k.newClipping(lane{high, 2})

	floor := k.holdConstant(float("momentFloor", 0x1p-100)) // moments below it become 0

	k.note("grad = clip(g + decay·w)")
	weight := w.load(0)
	grad := k.clipped(k.sum(g.load(0), k.times(weight, decay)), bound)
	k.note("m = β1·m + (1−β1)·grad, above the floor")
	first := k.sum(k.times(m.load(0), beta1), k.times(grad, rest1))
	first = k.but(first, k.three("facgt", floor, first))
	m.store(0, first)
	k.note("v = β2·v + ((1−β2)·grad)·grad, above the floor")
	grown := k.times(k.times(grad, rest2), grad)
	second := k.sum(k.times(v.load(0), beta2), grown)
	second = k.but(second, k.three("fcmgt", floor, second))
	v.store(0, second)
	k.note("w −= rate·m / (√v + ε)")
	move := k.over(k.times(first, rate), k.sum(k.root(second), epsilon))
	w.store(0, k.less(weight, move))
	k.loop()
	k.Ret()
}

func sgd(f *asm.File) {
	k := newKernel(f, "sgdF32", "; c is an SGDStep, field by field", 16, "w *float32", "grad *float32", "n int", "c *[3]float32")
	w, g, c := k.floats("w"), k.floats("grad"), k.general()
	k.Arg("c", c)
	rate, clip, decay := lane{k.hold("rate"), 0}, lane{k.hold("clip"), 0}, lane{k.hold("decay"), 0}
	for i, l := range []lane{rate, clip, decay} {
		k.Go("FMOVS %d(%s), F%v", 4*i, c, l.in)
	}
	bound := k.newClipping(clip)

	k.note("w −= rate·clip(g + decay·w)")
	weight := w.load(0)
	grad := k.clipped(k.sum(g.load(0), k.times(weight, decay)), bound)
	w.store(0, k.less(weight, k.times(grad, rate)))
	k.loop()
	k.Ret()
}

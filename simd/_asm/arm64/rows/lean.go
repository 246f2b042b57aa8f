package main

import (
	"fmt"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// code says how a moment is stored in fewer bits, see momentCode of the Go
// kernels; base 0 stands for no base.
type code struct {
	shift      int
	base       uint32
	size, sign uint32
}

// lean says how both moments are stored, and which of a random number's bits
// round them.
type lean struct {
	bits          int
	first, second code
	low           uint32 // mask of the bits that round the first moment
	high          int    // shift that leaves those that round the second
}

var lean16 = lean{16, code{16, 0, 0x7fff, 0x8000}, code{15, 0, 0xffff, 0}, 0xffff, 17}

var lean8 = lean{8, code{21, 96 << 23, 0x7f, 0x80}, code{21, 64 << 23, 0xff, 0}, 0x1fffff, 11}

// number is a constant that is called after its value.
func number(bits uint32) constant { return word(fmt.Sprintf("%#x", bits), bits) }

func (k *kernel) least(a, b operand) block { return k.three("umax", a, b) }

// shifted loads codes into 32 bits each, shifted to their place in a float32,
// with copies of the sign above them where 8 bits have one. zero is needed for
// a shift of 16, which is too far for an instruction.
func (k *kernel) shifted(l lean, c code, from *array, zero *register) block {
	if l.bits == 8 {
		return k.spread(c, from.loadBytes())
	}
	words, b := from.loadPair(), newBlock()
	for q := range b {
		half := []string{"ushll v%v.4s, v%v.4h", "ushll2 v%v.4s, v%v.8h"}[q%2]
		if c.shift < 16 {
			k.gnu(fmt.Sprintf("%s, #%d", half, c.shift), b[q], words[q/2])
			continue
		}
		k.gnu([]string{"zip1", "zip2"}[q%2]+" v%v.8h, v%v.8h, v%v.8h", b[q], zero, words[q/2])
	}
	return b
}

// spread is shifted for a register of bytes: by 7, then by the rest.
func (k *kernel) spread(c code, bytes *register) block {
	long := map[bool]string{false: "ushll", true: "sshll"}[c.sign != 0]
	b, halves := newBlock(), [2]*register{{}, {}}
	k.gnu(long+" v%v.8h, v%v.8b, #7", halves[0], bytes)
	k.gnu(long+"2 v%v.8h, v%v.16b, #7", halves[1], bytes)
	for q := range b {
		half := []string{" v%v.4s, v%v.4h", "2 v%v.4s, v%v.8h"}[q%2]
		k.gnu(fmt.Sprintf("%s%s, #%d", long, half, c.shift-7), b[q], halves[q/2])
	}
	return b
}

// decode returns the values of codes.
func (k *kernel) decode(l lean, c code, from *array, zero *register) block {
	v := k.shifted(l, c, from, zero)
	switch {
	case c.base == 0:
		return v
	case c.sign == 0:
		return k.or(v, number(c.base))
	}
	live := k.three("cmtst", v, number(c.size<<c.shift))
	whole := k.or(k.and(v, number(c.size<<c.shift|1<<31)), number(c.base))
	return k.and(whole, live)
}

// encode returns the codes of x, rounded by random bits, with other bits above
// them.
func (k *kernel) encode(c code, x, random block) block {
	if c.base == 0 { // the sign is in its place
		return k.shiftRight(k.sumInt(x, random), c.shift)
	}
	if c.sign == 0 {
		return k.shiftRight(k.least(k.sumInt(x, random), number(c.base)), c.shift)
	}
	v := k.least(k.sumInt(k.one("fabs v%v.4s, v%v.4s", x), random), number(c.base))
	v, sign, mask := k.shiftRight(v, c.shift), k.shiftRight(x, 24), k.ready(number(c.sign))
	for q := range quads {
		r, _ := mask.of(q)
		k.gnu("bit v%v.16b, v%v.16b, v%v.16b", v[q], sign[q], r)
		last := &k.body[len(k.body)-1]
		last.reads = append(last.reads, v[q])
	}
	return v
}

// storeCodes stores the lower bits of sixteen integers.
func (k *kernel) storeCodes(l lean, v block, to *array) {
	words, bytes := [2]*register{{}, {}}, &register{}
	for i := range words {
		k.gnu("uzp1 v%v.8h, v%v.8h, v%v.8h", words[i], v[2*i], v[2*i+1])
	}
	if l.bits == 16 {
		to.storePair(words)
		return
	}
	k.gnu("uzp1 v%v.16b, v%v.16b, v%v.16b", bytes, words[0], words[1])
	to.storeBytes(bytes)
}

func adam16(f *asm.File) { leanAdam(f, lean16) }
func adam8(f *asm.File)  { leanAdam(f, lean8) }

// leanAdam is adam on moments of 16 or 8 bits.
func leanAdam(f *asm.File, l lean) {
	codes := fmt.Sprintf(" *uint%d", l.bits)
	k := newKernel(f, fmt.Sprintf("adam%d", l.bits), "; c is an AdamStep, field by field", 16,
		"w *float32", "m"+codes, "v"+codes, "grad *float32", "n int", "start uint32", "c *[8]float32")
	w, g := k.floats("w"), k.floats("grad")
	m, v, c := k.array("m", l.bits/8), k.array("v", l.bits/8), k.general()
	counter, quadStep := k.startCounter("start"), k.holdConstant(word("4·hashStep", 4*hashStep&0xffffffff))
	k.Arg("c", c)
	k.Comment("the lanes of the first two are rate, β1, 1−β1, β2; 1−β2, ε, clip, decay")
	front, back := k.hold("rate…"), k.hold("1−β2…")
	k.Go("FLDPQ (%s), (F%v, F%v)", c, front, back)
	rate, beta1, rest1, beta2 := lane{front, 0}, lane{front, 1}, lane{front, 2}, lane{front, 3}
	rest2, decay := lane{back, 0}, lane{back, 3}
	epsilon, bound := k.full(lane{back, 1}, "ε"), k.newClipping(lane{back, 2})
	var zero *register
	if l.bits == 16 {
		zero = k.holdZero()
	}

	k.note("grad = clip(g + decay·w)")
	weight := w.load(0)
	grad := k.clipped(k.sum(g.load(0), k.times(weight, decay)), bound)
	k.note("m = β1·m + (1−β1)·grad")
	first := k.sum(k.times(k.decode(l, l.first, m, zero), beta1), k.times(grad, rest1))
	k.note("v = β2·v + ((1−β2)·grad)·grad")
	grown := k.times(k.times(grad, rest2), grad)
	second := k.sum(k.times(k.decode(l, l.second, v, zero), beta2), grown)
	k.note("w −= rate·m / (√v + ε)")
	move := k.over(k.times(first, rate), k.sum(k.root(second), epsilon))
	w.store(0, k.less(weight, move))
	k.note("m and v become codes, rounded by the lower and upper bits of a counter")
	h := k.count(counter, quadStep)
	k.storeCodes(l, k.encode(l.first, first, k.and(h, number(l.low))), m)
	k.storeCodes(l, k.encode(l.second, second, k.shiftRight(h, l.high)), v)
	k.loop()
	k.Ret()
}

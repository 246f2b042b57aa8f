package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// quads is the number of vectors that a kernel works on at a time: sixteen
// elements. Each step of a formula is done for all of them before the next, so
// that an in-order core, too, finds something to do while a result is due.
const quads = 4

// block holds sixteen elements.
type block [quads]*register

func newBlock() (b block) {
	for q := range b {
		b[q] = &register{}
	}
	return b
}

// operand is a factor or term: a block, a register that serves every quad, one
// lane of it (in products only), or a constant.
type operand interface {
	// of returns the register for a quad and how it is written.
	of(q int) (r *register, suffix string)
}

func (b block) of(q int) (*register, string)   { return b[q], ".4s" }
func (r *register) of(int) (*register, string) { return r, ".4s" }

// lane is one element of a register.
type lane struct {
	in    *register
	index int
}

func (l lane) of(int) (*register, string) {
	return l.in, fmt.Sprintf(".s[%d]", l.index)
}

// Arithmetic reads like the formulas of the Go kernels: each method emits one
// instruction a quad.

func (k *kernel) three(mnemonic string, a, b operand) block {
	dst := newBlock()
	k.into(dst, mnemonic, a, b)
	return dst
}

// into writes the result to dst.
func (k *kernel) into(dst block, mnemonic string, a, b operand) {
	a, b = k.ready(a), k.ready(b)
	for q := range quads {
		ra, sa := a.of(q)
		rb, sb := b.of(q)
		k.gnu(mnemonic+" v%v.4s, v%v"+sa+", v%v"+sb, dst[q], ra, rb)
	}
}

func (k *kernel) sum(a, b operand) block     { return k.three("fadd", a, b) }
func (k *kernel) less(a, b operand) block    { return k.three("fsub", a, b) } // a − b
func (k *kernel) times(a, b operand) block   { return k.three("fmul", a, b) }
func (k *kernel) over(a, b operand) block    { return k.three("fdiv", a, b) }
func (k *kernel) larger(a, b operand) block  { return k.three("fmax", a, b) } // NaN where either is; +0 above −0
func (k *kernel) smaller(a, b operand) block { return k.three("fmin", a, b) }

func (k *kernel) sumInt(a, b operand) block   { return k.three("add", a, b) }
func (k *kernel) lessInt(a, b operand) block  { return k.three("sub", a, b) }
func (k *kernel) timesInt(a, b operand) block { return k.three("mul", a, b) } // the lower 32 bits

// bits emits a bitwise operation.
func (k *kernel) bits(mnemonic string, a, b operand) block {
	dst := newBlock()
	a, b = k.ready(a), k.ready(b)
	for q := range quads {
		ra, _ := a.of(q)
		rb, _ := b.of(q)
		k.gnu(mnemonic+" v%v.16b, v%v.16b, v%v.16b", dst[q], ra, rb)
	}
	return dst
}

func (k *kernel) and(a, b operand) block { return k.bits("and", a, b) }
func (k *kernel) or(a, b operand) block  { return k.bits("orr", a, b) }
func (k *kernel) xor(a, b operand) block { return k.bits("eor", a, b) }
func (k *kernel) but(a, b operand) block { return k.bits("bic", a, b) } // a and not b

// insert copies to dst the bits of from where mask is set; dst is changed.
func (k *kernel) insert(dst, from, mask block) {
	for q := range quads {
		k.gnu("bit v%v.16b, v%v.16b, v%v.16b", dst[q], from[q], mask[q])
		last := &k.body[len(k.body)-1]
		last.reads = append(last.reads, dst[q])
	}
}

func (k *kernel) one(format string, a operand) block {
	dst := newBlock()
	a = k.ready(a)
	for q := range quads {
		r, _ := a.of(q)
		k.gnu(format, dst[q], r)
	}
	return dst
}

func (k *kernel) copyOf(a block) block    { return k.one("mov v%v.16b, v%v.16b", a) }
func (k *kernel) root(a block) block      { return k.one("fsqrt v%v.4s, v%v.4s", a) }
func (k *kernel) fromInt(a operand) block { return k.one("scvtf v%v.4s, v%v.4s", a) } // to nearest, ties to even
func (k *kernel) negative(a block) block  { return k.one("cmlt v%v.4s, v%v.4s, #0", a) }

func (k *kernel) shiftLeft(a operand, by int) block {
	return k.one(fmt.Sprintf("shl v%%v.4s, v%%v.4s, #%d", by), a)
}

func (k *kernel) shiftRight(a operand, by int) block {
	return k.one(fmt.Sprintf("ushr v%%v.4s, v%%v.4s, #%d", by), a)
}

// constant is a vector that the kernels read from memory.
type constant struct {
	name  string
	words [4]uint32
}

// word and float are a vector full of one value.
func word(name string, w uint32) constant       { return constant{name, [4]uint32{w, w, w, w}} }
func float(name string, value float32) constant { return word(name, math.Float32bits(value)) }

func (c constant) of(int) (*register, string) { panic(c.name + " is not loaded") }

// pool is the table of constants in use.
type pool struct {
	name string
	list []constant
}

var constants = pool{name: "rowConstants"}

// offset returns where a constant lies.
func (p *pool) offset(c constant) int {
	i := slices.IndexFunc(p.list, func(l constant) bool { return l.words == c.words })
	if i < 0 {
		i = len(p.list)
		p.list = append(p.list, c)
	}
	return 16 * i
}

func (p *pool) emit(f *asm.File) {
	var words []uint32
	for _, c := range p.list {
		words = append(words, c.words[:]...)
	}
	f.Table(p.name, words...)
}

// ready loads a constant for the instructions to follow.
func (k *kernel) ready(o operand) operand {
	c, ok := o.(constant)
	if !ok {
		return o
	}
	r := &register{}
	k.add(instruction{
		write: k.Go, format: "FMOVQ %d(%s), F%v // %s", args: []any{constants.offset(c), k.table(), r, c.name},
		sets: []*register{r}, hoistable: true,
	})
	return r
}

// holdConstant keeps a constant in a register throughout.
func (k *kernel) holdConstant(c constant) *register {
	r := k.hold(c.name)
	k.Go("FMOVQ %d(%s), F%v // %s", constants.offset(c), k.table(), r, c.name)
	return r
}

func (k *kernel) holdZero() *register {
	r := k.hold("0")
	k.Gnu("movi v%v.4s, #0", r)
	return r
}

// factor loads a float32 parameter into lane 0 of a register.
func (k *kernel) factor(param string) lane {
	r := k.hold(param)
	k.Arg(param, fmt.Sprintf("F%v", r))
	return lane{r, 0}
}

// full fills a register with a lane.
func (k *kernel) full(l lane, what string) *register {
	r := k.hold(what)
	k.Gnu("dup v%v.4s, v%v.s[%d]", r, l.in, l.index)
	return r
}

// fullFloat fills a register with a float32 parameter.
func (k *kernel) fullFloat(param string) *register {
	l := k.factor(param)
	k.Gnu("dup v%v.4s, v%v.s[0]", l.in, l.in)
	return l.in
}

// fullInt fills a register with a uint32 parameter.
func (k *kernel) fullInt(param string) *register {
	r, from := k.hold(param), k.general()
	k.Arg(param, from)
	k.Gnu("dup v%v.4s, w%s", r, from[1:])
	return r
}

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernel begins a function, by its name without the instruction set.
func kernel(name, signature, doc string) {
	TEXT(name+target.suffix, NOSPLIT, signature)
	Doc(name + target.suffix + " is " + name + "Generic " + doc)
	Pragma("noescape")
}

// array is an operand that the loop walks over.
type array struct {
	base reg.Register // the address behind its last element
	size int          // bytes of an element
	from reg.Register // minus the number of elements that are left
}

// place is a block of an array: the next one, or the one so many elements on.
type place struct {
	array
	offset int
}

func (a array) next() place           { return place{a, 0} }
func (a array) plus(offset int) place { return place{a, offset} }

// at returns where a part of the block lies.
func (p place) at(part int) Mem {
	return Mem{Base: p.base, Index: p.from, Scale: uint8(p.size), Disp: (p.offset + (first+part)*target.lanes) * p.size}
}

func (p place) part(i int) Op { return p.at(i) }

// floats loads the pointers of float32 operands, and n; see arrays.
func floats(names ...string) []array {
	sizes := make([]int, len(names))
	for i := range sizes {
		sizes[i] = 4
	}
	return arrays(names, sizes)
}

// arrays loads the operands' pointers and n, and turns them into addresses
// behind the end and an index that counts up to 0: one instruction steps
// through all operands and tells whether that was all.
func arrays(names []string, sizes []int) []array {
	Comment("each operand's address is that of its end; the index counts up from −n")
	n := Load(Param("n"), GP64())
	list := make([]array, len(names))
	for i, name := range names {
		base := Load(Param(name), GP64())
		LEAQ(Mem{Base: base, Index: n, Scale: uint8(sizes[i])}, base)
		list[i] = array{base, sizes[i], n}
	}
	NEGQ(n)
	return list
}

// loop emits body for each group of step elements, the only loop of its
// kernel. There is at least one.
func loop(over array, step int, body func()) {
	Label("next")
	body()
	ADDQ(Imm(uint64(step)), over.from)
	JNZ(LabelRef("next"))
}

// end closes a kernel.
func end() {
	VZEROUPPER()
	RET()
}

// broadcast returns a register full of a 32-bit parameter.
func broadcast(param string) uniform {
	at, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	v := newVector()
	VBROADCASTSS(at.Addr, v)
	return uniform{v}
}

// field returns a register full of float32 number i of the struct c.
func field(c reg.Register, i int) uniform {
	v := newVector()
	VBROADCASTSS(Mem{Base: c, Disp: 4 * i}, v)
	return uniform{v}
}

// lanes are the running sums of a row in registers.
type lanes struct {
	memory Mem
	sums   values
}

// loadLanes loads the parameter sums.
func loadLanes() lanes {
	l := lanes{Mem{Base: Load(Param("sums"), GP64())}, newValues()}
	for i, r := range l.sums {
		VMOVUPS(l.memory.Offset(4*target.lanes*i), r)
	}
	return l
}

// add adds a block to the sums.
func (l lanes) add(v values) {
	for i, r := range l.sums {
		VADDPS(v[i], r, r)
	}
}

func (l lanes) store() {
	for i, r := range l.sums {
		VMOVUPS(r, l.memory.Offset(4*target.lanes*i))
	}
}

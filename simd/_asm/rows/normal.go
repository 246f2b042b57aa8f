package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	noiseBlock = 2 * block // elements i and i+16 share a radius
	hashStep   = 0x9e3779b9
)

// addNormal makes the deviates of a near and a far half of a block of 32
// together. The formulas are long chains of few values, longer than a CPU
// looks ahead: one block is begun while the one before is ended. The last one
// begun is not ended; it takes no memory but its buffer.
func addNormal() {
	kernel("addNormalF32", "func(dst, x *float32, n int, low, high uint32, scale float32)", "for n a positive multiple of 32.")
	rows := floats("dst", "x")
	dst, x := rows[0], rows[1]
	s := newScratch(2 + 2*bufferSlots + parts)
	n := noise{high: s.aside(broadcast("high")), counter: firstCounters("low")}
	scale, now, next := s.aside(broadcast("scale")), newBuffer(s), newBuffer(s)
	n.begin(now)
	loop(x, noiseBlock, func() {
		var radius, cos, sin values
		interleave(
			func() { radius = endRadius(now.t(), now.e()) },
			func() { cos, sin = circle(now.far(), s) },
			func() { n.begin(next) },
		)
		comment("dst = x + scale·(radius·cos), and with sin 16 elements on")
		store(add(mul(mul(radius, cos), scale), x.next()), dst.next())
		store(add(mul(mul(radius, sin), scale), x.plus(block)), dst.plus(block))
		XCHGQ(now.base, next.base)
	})
	end()
}

// circle is noiseCircle, whose values are too many for all parts at once.
func circle(h operand, s *scratch) (cos, sin values) {
	separately(func() {
		x, y := noiseCircle(h, s)
		cos, sin = append(cos, x...), append(sin, y...)
	})
	return cos, sin
}

// buffer holds a block that is begun: of the near half beginRadius' t and e,
// of the far half the hash.
type buffer struct{ base reg.GPVirtual }

const bufferSlots = 3

func newBuffer(s *scratch) buffer {
	b := buffer{GP64()}
	LEAQ(Mem{Base: s.base, Disp: s.take(bufferSlots)}, b.base)
	return b
}

func (b buffer) slot(i int) slot { return slot{Mem{Base: b.base, Disp: slotBytes * i}} }
func (b buffer) t() slot         { return b.slot(0) }
func (b buffer) e() slot         { return b.slot(1) }
func (b buffer) far() slot       { return b.slot(2) }

// noise is the place in a stream.
type noise struct {
	counter uniform // i·hashStep + low, i the next block's first elements
	high    operand
}

// firstCounters returns the counters of the elements with the lanes' numbers;
// param is that of element 0.
func firstCounters(param string) uniform {
	counter := broadcast(param)
	VPADDD(laneSteps, counter.vector, counter.vector)
	return counter
}

// begin begins the next block.
func (n noise) begin(b buffer) {
	separately(func() {
		t, e := beginRadius(noiseHash(n.ahead(0), n.high))
		b.t().store(t)
		b.e().store(e)
		b.far().store(noiseHash(n.ahead(block), n.high))
	})
	addTo(n.counter.vector, n.counter.vector, counterStep(noiseBlock))
}

// ahead returns the counters of a part that lies elements further on.
func (n noise) ahead(elements int) values {
	offset := elements + first*target.lanes
	if offset == 0 {
		return values{n.counter.vector}
	}
	v := newValues()
	addTo(v[0], n.counter.vector, counterStep(offset))
	return v
}

func addTo(dst, v vector, c constant) {
	if wide() {
		emit(func() { VPADDD_BCST(c.memory(), v, dst) })
		return
	}
	emit(func() { VPADDD(c.memory(), v, dst) })
}

// counterStep is what the hash's counter gains over elements.
func counterStep(elements int) constant {
	return constant{fmt.Sprintf("counterStep%d", elements), uint32(elements * hashStep & 0xffffffff)}
}

var laneSteps = NewDataAddr(Symbol{Name: "laneSteps", Static: true}, 0)

// emitLaneSteps writes lane·hashStep for each lane.
func emitLaneSteps() {
	GLOBL("laneSteps", attr.RODATA|attr.NOPTR)
	for lane := range target.lanes {
		DATA(4*lane, U32(uint32(lane*hashStep&0xffffffff)))
	}
}

package asm

import "fmt"

// Instructions whose last factor is one lane:
//
//	0 Q U 01111 size L M Rm opcode H 0 Rn Rd

func byElement(o []operand, q, u, opcode uint32) (uint32, error) {
	size, err := elementSize(o[2])
	if err != nil {
		return 0, err
	}
	e := o[2]
	var h, l, rm uint32 // rm holds M as its highest bit
	switch size {
	case 1:
		if e.reg > 15 {
			return 0, fmt.Errorf("%s: a lane of 16 bits must be of v0…v15", e.text)
		}
		h, l, rm = e.elem>>2, e.elem>>1&1, e.elem&1<<4|e.reg
	case 2:
		h, l, rm = e.elem>>1, e.elem&1, e.reg
	case 3:
		h, l, rm = e.elem, 0, e.reg
	}
	return 0x0f000000 | q<<30 | u<<29 | size<<22 | l<<21 | rm<<16 | opcode<<12 | h<<11 | o[1].reg<<5 | o[0].reg, nil
}

// elementSize returns the size field of a lane, checked.
func elementSize(e operand) (uint32, error) {
	sizes := map[string]uint32{"h": 1, "s": 2, "4b": 2, "d": 3}
	size, ok := sizes[e.arr]
	if !ok {
		return 0, fmt.Errorf("%s: no factor", e.text)
	}
	return size, within("lane", int64(e.elem), 0, 16>>size-1)
}

func defineByElement(mnemonic string, u, opcode uint32, wants ...string) {
	define(mnemonic, "vve", func(o []operand) (uint32, error) {
		if err := firstErr(same(o[:2], all), pair(o[0], o[2], wants...)); err != nil {
			return 0, err
		}
		return byElement(o, o[0].q(), u, opcode)
	})
}

// defineLongByElement: the result's lanes are twice as wide as the factors'.
func defineLongByElement(mnemonic string, u, opcode uint32) {
	for q, suffix := range []string{"", "2"} {
		define(mnemonic+suffix, "vve", func(o []operand) (uint32, error) {
			wants := [][]string{{"4s 4h", "2d 2s"}, {"4s 8h", "2d 4s"}}[q]
			if err := firstErr(pair(o[0], o[1], wants...), pair(o[0], o[2], "4s h", "2d s")); err != nil {
				return 0, err
			}
			return byElement(o, uint32(q), u, opcode)
		})
	}
}

// defineDot defines dot products of four neighbouring bytes:
//
//	0 Q U 01110 10 0 Rm 100101 Rn Rd
func defineDot(mnemonic string, u uint32) {
	check := func(o []operand) error { return pair(o[0], o[1], "2s 8b", "4s 16b") }
	define(mnemonic, "vvv", func(o []operand) (uint32, error) {
		return 0x0e809400 | o[0].q()<<30 | u<<29 | o[2].reg<<16 | o[1].reg<<5 | o[0].reg,
			firstErr(check(o), same(o[1:], bytesOnly))
	})
	define(mnemonic, "vve", func(o []operand) (uint32, error) {
		if err := firstErr(check(o), pair(o[0], o[2], "2s 4b", "4s 4b")); err != nil {
			return 0, err
		}
		return byElement(o, o[0].q(), u, 0b1110)
	})
}

func init() {
	defineByElement("fmla", 0, 0b0001, "2s s", "4s s", "2d d")
	defineByElement("fmls", 0, 0b0101, "2s s", "4s s", "2d d")
	defineByElement("fmul", 0, 0b1001, "2s s", "4s s", "2d d")
	defineByElement("mul", 0, 0b1000, "4h h", "8h h", "2s s", "4s s")
	defineByElement("mla", 1, 0b0000, "4h h", "8h h", "2s s", "4s s")
	defineByElement("mls", 1, 0b0100, "4h h", "8h h", "2s s", "4s s")
	for u, prefix := range []string{"s", "u"} {
		defineLongByElement(prefix+"mull", uint32(u), 0b1010)
		defineLongByElement(prefix+"mlal", uint32(u), 0b0010)
		defineDot(prefix+"dot", uint32(u))
	}
}

package asm

import (
	"fmt"
	"math"
)

// Moves between lanes and registers:
//
//	0 Q op 01110000 imm5 0 imm4 1 Rn Rd

func copyLane(q, op, imm5, imm4 uint32, d, n operand) uint32 {
	return 0x0e000400 | q<<30 | op<<29 | imm5<<16 | imm4<<11 | n.reg<<5 | d.reg
}

// lane returns imm5, which names a lane and its size by its lowest one.
func lane(size, index uint32) uint32 { return (2*index + 1) << size }

// laneOf checks a lane and returns its size and imm5.
func laneOf(e operand) (size, imm5 uint32, err error) {
	size, ok := laneSizes[e.arr]
	if !ok {
		return 0, 0, fmt.Errorf("%s: no lane", e.text)
	}
	return size, lane(size, e.elem), within("lane", int64(e.elem), 0, 16>>size-1)
}

func dupLane(o []operand) (uint32, error) {
	size, imm5, err := laneOf(o[1])
	if err == nil && (!one(o[0].arr, all) || o[0].size() != size) {
		err = fmt.Errorf("%s does not fill %s", o[1].arr, o[0].arr)
	}
	return copyLane(o[0].q(), 0, imm5, 0b0000, o[0], o[1]), err
}

// registerFor checks that a general register suits a lane of size.
func registerFor(size uint32, r operand) error {
	if (size == 3) != (r.arr == "x") {
		return fmt.Errorf("%s does not suit lanes of %d bytes", r.text, 1<<size)
	}
	return nil
}

func dupRegister(o []operand) (uint32, error) {
	return copyLane(o[0].q(), 0, lane(o[0].size(), 0), 0b0001, o[0], o[1]),
		firstErr(same(o[:1], all), registerFor(o[0].size(), o[1]))
}

func insRegister(o []operand) (uint32, error) {
	size, imm5, err := laneOf(o[0])
	return copyLane(1, 0, imm5, 0b0011, o[0], o[1]), firstErr(err, registerFor(size, o[1]))
}

func insLane(o []operand) (uint32, error) {
	size, imm5, err := laneOf(o[0])
	_, _, err2 := laneOf(o[1])
	if o[0].arr != o[1].arr {
		err = fmt.Errorf("lanes %s and %s differ", o[0].arr, o[1].arr)
	}
	return copyLane(1, 1, imm5, o[1].elem<<size, o[0], o[1]), firstErr(err, err2)
}

func umov(o []operand) (uint32, error) {
	size, imm5, err := laneOf(o[1])
	return copyLane(size/3, 0, imm5, 0b0111, o[0], o[1]), firstErr(err, registerFor(size, o[0]))
}

// scalarLane copies a lane to the bottom of a register and clears the rest.
func scalarLane(o []operand) (uint32, error) {
	_, imm5, err := laneOf(o[1])
	if err == nil && o[0].arr != o[1].arr {
		err = fmt.Errorf("%s of a lane of %s", o[0].text, o[1].arr)
	}
	return 0x5e000400 | imm5<<16 | o[1].reg<<5 | o[0].reg, err
}

// immediate: 0 Q op 0111100000 abc cmode 01 defgh Rd.
func immediate(q, op, cmode uint32, imm8 int64, rd uint32) (uint32, error) {
	v := uint32(imm8)
	return 0x0f000400 | q<<30 | op<<29 | v>>5<<16 | cmode<<12 | v&31<<5 | rd, within("immediate", imm8, 0, 255)
}

// movi fills lanes with an 8-bit constant, shifted left by whole bytes.
func movi(o []operand, op uint32, by int64) (uint32, error) {
	var cmode uint32
	switch size := o[0].size(); {
	case by%8 != 0 || by < 0 || by >= width(size):
		return 0, fmt.Errorf("shift by %d", by)
	case size == 0 && op == 0:
		cmode = 0b1110
	case size == 1:
		cmode = 0b1000 | uint32(by/8)<<1
	case size == 2:
		cmode = uint32(by/8) << 1
	case o[0].arr == "2d" && o[1].imm == 0 && by == 0 && op == 0:
		op, cmode = 1, 0b1110
	default:
		return 0, fmt.Errorf("arrangement %s", o[0].arr)
	}
	return immediate(o[0].q(), op, cmode, o[1].imm, o[0].reg)
}

// fmov fills lanes with ±n/16·2^e, n 16…31, e −3…4.
func fmov(o []operand) (uint32, error) {
	if !one(o[0].arr, floats) {
		return 0, fmt.Errorf("arrangement %s", o[0].arr)
	}
	for imm8 := range int64(256) {
		value := math.Ldexp(float64(16+imm8&15), int(imm8>>4&7^4)-7)
		if imm8 >= 128 {
			value = -value
		}
		if value == o[1].f {
			return immediate(o[0].q(), o[0].size()&1, 0b1111, imm8, o[0].reg)
		}
	}
	return 0, fmt.Errorf("%s is no 8-bit constant", o[1].text)
}

func init() {
	define("dup", "ve", dupLane)
	define("dup", "vr", dupRegister)
	define("ins", "er", insRegister)
	define("ins", "ee", insLane)
	define("umov", "re", umov)
	define("mov", "er", insRegister)
	define("mov", "ee", insLane)
	define("mov", "se", scalarLane)
	define("fmov", "vf", fmov)
	for op, mnemonic := range []string{"movi", "mvni"} {
		define(mnemonic, "vi", func(o []operand) (uint32, error) { return movi(o, uint32(op), 0) })
		define(mnemonic, "vil", func(o []operand) (uint32, error) { return movi(o, uint32(op), o[2].imm) })
	}
}

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The kernels of int8 weights that learn. A line of codes is 64 bytes: for each
// of a panel's 16 columns four rows, a column a double word, so that every lane
// has the codes of its own column.

var shiftDown = shift(VPSRAD) // with copies of the sign

// fineArray is an array of bytes with lines of codes.
type fineArray struct{ array }

// at returns where a part of the next line lies.
func (a fineArray) at(part int) Mem {
	return Mem{Base: a.base, Index: a.from, Scale: 1, Disp: 4 * (first + part) * target.lanes}
}

// loadRow returns sixteen int8 values as integers.
func loadRow(from place) values {
	dst := newValues()
	for i, d := range dst {
		VPMOVSXBD(from.at(i), d)
	}
	return dst
}

// block16 loads the sixteen values that a parameter points to.
func block16(param string) values {
	at, dst := Load(Param(param), GP64()), newValues()
	for i, d := range dst {
		VMOVUPS(Mem{Base: at, Disp: 4 * target.lanes * i}, d)
	}
	return dst
}

func expandFine() {
	kernel("expandFine", "func(dst *float32, codes, residual *int8, unit *[16]float32, n int)", "for n weights, a positive multiple of 64.")
	rows := arrays([]string{"dst", "codes", "residual"}, []int{4, 1, 1})
	dst, codes, residual := rows[0], fineArray{rows[1]}, rows[2]
	unit := block16("unit")
	loop(dst, 4*block, func() {
		line := newValues()
		for i, d := range line {
			VMOVUPS(codes.at(i), d)
		}
		for row := range 4 {
			comment("dst = float32(256·code + residual)·unit")
			code := line
			if row < 3 {
				code = shiftLeft(line, uint64(24-8*row))
			}
			if row > 0 {
				code = and(code, number(0xff000000))
			}
			whole := addInt(shiftDown(code, 16), loadRow(residual.plus(row*block)))
			store(mul(fromInt(whole), unit), dst.plus(row*block))
		}
	})
	end()
}

func storeFine() {
	kernel("storeFine", "func(codes, residual *int8, src *float32, inverse, peak *[16]float32, n int, start uint32)", "for n weights, a positive multiple of 64.")
	rows := arrays([]string{"codes", "residual", "src"}, []int{1, 1, 4})
	codes, residual, src := fineArray{rows[0]}, rows[1], rows[2]
	inverse, peak := block16("inverse"), newValues()
	for _, p := range peak {
		VXORPS(p, p, p)
	}
	random := noise{counter: firstCounters("start")}
	loop(src, 4*block, func() {
		var line values
		for row := range 4 {
			comment("v = src·inverse; peak = max(peak, |v|)")
			v := mul(inverse, src.plus(row*block))
			size := and(v, magnitude)
			for i, p := range peak {
				VMAXPS(p, size[i], p)
			}
			comment("whole = round(clamp(v) + u)")
			v = smaller(larger(v, floatConstant("leastFine", -fineMost)), floatConstant("mostFine", fineMost))
			u := add(mul(fromInt(shiftRight(counters(random), 16)), floatConstant("fineUnit", 0x1p-16)), floatConstant("fineStart", 0x1p-17-0.5))
			addTo(random.counter.vector, random.counter.vector, counterStep(block))
			whole := toInt(add(v, u))
			comment("the code is the nearest multiple of 256, the residual the lowest byte")
			code := and(shiftLeftCode(shiftRight(addInt(whole, number(128)), 8), row), number(0xff<<(8*row)))
			if row == 0 {
				line = code
			} else {
				line = or(line, code)
			}
			leanKinds[1].storeCodes(whole, residual.plus(row*block))
		}
		for i, v := range line {
			VMOVUPS(v, codes.at(i))
		}
	})
	at := Load(Param("peak"), GP64())
	for i, p := range peak {
		VMOVUPS(p, Mem{Base: at, Disp: 4 * target.lanes * i})
	}
	end()
}

// counters returns the counters of a whole block.
func counters(n noise) values {
	list := values{n.counter.vector}
	for i := 1; i < parts; i++ {
		v := newVector()
		addTo(v, n.counter.vector, counterStep(i*target.lanes))
		list = append(list, v)
	}
	return list
}

// fineMost is that of the Go kernels.
const fineMost = 127 * 256

// shiftLeftCode moves a code to its row's place in a line.
func shiftLeftCode(v values, row int) values {
	if row == 0 {
		return v
	}
	return shiftLeft(v, uint64(8*row))
}

func packS8() {
	TEXT("packS8"+target.suffix, NOSPLIT, "func(dst *int8, d *float32, dRow uintptr, groups int, inverse float32)")
	Doc("packS8" + target.suffix + " is packS8Generic for whole groups of 4 rows, at least one, which lie dRow bytes apart.")
	Pragma("noescape")
	dst, d, row, groups := Load(Param("dst"), GP64()), Load(Param("d"), GP64()), Load(Param("dRow"), GP64()), Load(Param("groups"), GP64())
	third := GP64()
	LEAQ(Mem{Base: row, Index: row, Scale: 2}, third)
	inverse := broadcast("inverse")
	Label("next")
	var line values
	for r := range 4 {
		Comment("dst = round(clamp(d·inverse, ±127))")
		from := [4]Mem{{Base: d}, {Base: d, Index: row, Scale: 1}, {Base: d, Index: row, Scale: 2}, {Base: d, Index: third, Scale: 1}}[r]
		v := newValues()
		for i, x := range v {
			VMOVUPS(from.Offset(4*target.lanes*i), x)
		}
		whole := toInt(smaller(larger(mul(v, inverse), floatConstant("leastS8", -127)), floatConstant("mostS8", 127)))
		code := shiftLeftCode(and(whole, number(0xff)), r)
		if r == 0 {
			line = code
		} else {
			line = or(line, code)
		}
	}
	for i, v := range line {
		VMOVUPS(v, Mem{Base: dst, Disp: 4 * target.lanes * i})
	}
	ADDQ(Imm(64), dst)
	LEAQ(Mem{Base: d, Index: row, Scale: 4}, d)
	DECQ(groups)
	JNZ(LabelRef("next"))
	end()
}

func maxAbs() {
	kernel("maxAbsF32", "func(peak *[16]float32, x *float32, n int)", "for n a positive multiple of 16.")
	peak, x := Load(Param("peak"), GP64()), floats("x")[0]
	top := newValues()
	for i, p := range top {
		VMOVUPS(Mem{Base: peak, Disp: 4 * target.lanes * i}, p)
	}
	loop(x, block, func() {
		comment("peak = max(peak, |x|)")
		size := and(load(x.next()), magnitude)
		for i, p := range top {
			VMAXPS(p, size[i], p)
		}
	})
	for i, p := range top {
		VMOVUPS(p, Mem{Base: peak, Disp: 4 * target.lanes * i})
	}
	end()
}

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/pffedge/pffedge/simd/_asm/wide"
)

const (
	half     = line / 2 // bytes in a ymm register
	tileRows = 6        // 6×16: twelve sums, the ones, a broadcast and two products
)

func avx2() {
	tileAVX2()
	rowPanelsAVX2(1, 4)
	rowPanelsAVX2(4, 1)
	sparseRowAVX2(1)
	sparseRowAVX2(4)
}

// ymms returns n ymm registers.
func ymms(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = YMM()
	}
	return v
}

// onesAVX2 returns a register of sixteen ones.
func onesAVX2() reg.VecVirtual {
	ones := YMM()
	VPCMPEQW(ones, ones, ones)
	VPSRLW(Imm(15), ones, ones)
	return ones
}

// multiplyAVX2 adds the products of four unsigned bytes, broadcast in a, with
// each four signed ones in b to acc. The first instruction adds two products
// in 16 bits, which 2·127² does not leave; the second adds two such sums in 32.
// Weights widened to 16 bits would take as many multiplications, one more
// addition, and the widening.
func multiplyAVX2(b Mem, a, ones, acc reg.VecVirtual) {
	t := YMM()
	VPMADDUBSW(b, a, t)
	VPMADDWD(ones, t, t)
	VPADDD(t, acc, acc)
}

// startAVX2 loads the sums from dst when accumulate ≠ 0, else sets them to
// zero. moves walks over dst.
func startAVX2(name string, acc []reg.VecVirtual, moves func(move func(m Mem, r reg.VecVirtual))) {
	accumulate := Load(Param("accumulate"), GP64())
	TESTQ(accumulate, accumulate)
	JZ(LabelRef(name + "_zero"))
	moves(func(m Mem, r reg.VecVirtual) { VMOVDQU(m, r) })
	JMP(LabelRef(name + "_start"))
	Label(name + "_zero")
	for _, r := range acc {
		VPXOR(r, r, r)
	}
	Label(name + "_start")
}

func tileAVX2() {
	TEXT("tileI8AVX2", NOSPLIT, "func(rows int, dst *int32, dstRow uintptr, a *uint8, aRow uintptr, b *int8, groups int, accumulate int)")
	Doc("tileI8AVX2 is tileI8Generic for rows 1…6 of one panel; distances are in bytes.")
	Pragma("noescape")
	rows := Load(Param("rows"), GP64())
	for r := tileRows; r > 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= tileRows; r++ {
		tileRowsAVX2(fmt.Sprintf("rows%d", r), r)
	}
}

func tileRowsAVX2(name string, rows int) {
	if rows > 1 {
		Label(name)
	}
	acc := ymms(2 * rows)
	moves := func(move func(m Mem, r reg.VecVirtual)) {
		dst, dstRow := Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64())
		for r := range rows {
			move(Mem{Base: dst}, acc[2*r])
			move(Mem{Base: dst, Disp: half}, acc[2*r+1])
			if r+1 < rows {
				ADDQ(dstRow, dst)
			}
		}
	}
	startAVX2(name, acc, moves)
	ones := onesAVX2()
	at := wide.Multiples(rows, "a", "aRow")
	b, groups := Load(Param("b"), GP64()), Load(Param("groups"), GP64())
	TESTQ(groups, groups)
	JZ(LabelRef(name + "_done"))
	Label(name + "_group")
	Comment("acc[row] += Σ a[row·aRow + 0…3] · b[4·column + 0…3]")
	for r := range rows {
		x := YMM()
		VPBROADCASTD(at[r], x)
		multiplyAVX2(Mem{Base: b}, x, ones, acc[2*r])
		multiplyAVX2(Mem{Base: b, Disp: half}, x, ones, acc[2*r+1])
	}
	ADDQ(Imm(4), at[0].Base)
	ADDQ(Imm(line), b)
	DECQ(groups)
	JNZ(LabelRef(name + "_group"))
	Label(name + "_done")
	moves(func(m Mem, r reg.VecVirtual) { VMOVDQU(r, m) })
	VZEROUPPER()
	RET()
}

// rowPanelsAVX2 is the product of one row with neighbouring panels, unrolled
// groups at a time with sums of their own, so that eight are in flight.
func rowPanelsAVX2(panels, unrolled int) {
	name := fmt.Sprintf("rowPanels%dI8AVX2", panels)
	TEXT(name, NOSPLIT, "func(dst *int32, a *uint8, b *int8, panelBytes uintptr, groups int, accumulate int)")
	Doc(fmt.Sprintf("%s is rowPanelsI8Generic with panels = %d.", name, panels))
	Pragma("noescape")
	acc := ymms(2 * panels * unrolled)
	moves := func(move func(m Mem, r reg.VecVirtual)) {
		dst := Load(Param("dst"), GP64())
		for i, r := range acc[:2*panels] {
			move(Mem{Base: dst, Disp: half * i}, r)
		}
	}
	startAVX2("row", acc[:2*panels], moves)
	for _, r := range acc[2*panels:] {
		VPXOR(r, r, r)
	}
	ones := onesAVX2()
	a, b := Load(Param("a"), GP64()), wide.Multiples(panels, "b", "panelBytes")
	groups := Load(Param("groups"), GP64())
	group := func(u int) {
		x := YMM()
		VPBROADCASTD(Mem{Base: a, Disp: 4 * u}, x)
		for p, m := range b {
			multiplyAVX2(m.Offset(line*u), x, ones, acc[2*(u*panels+p)])
			multiplyAVX2(m.Offset(line*u+half), x, ones, acc[2*(u*panels+p)+1])
		}
	}
	advance := func(n int) {
		ADDQ(U32(uint32(4*n)), a)
		ADDQ(U32(uint32(line*n)), b[0].Base)
	}
	eachGroup(groups, unrolled, group, advance)
	for i := 2 * panels; i < len(acc); i++ {
		VPADDD(acc[i], acc[i%(2*panels)], acc[i%(2*panels)])
	}
	moves(func(m Mem, r reg.VecVirtual) { VMOVDQU(r, m) })
	VZEROUPPER()
	RET()
}

// eachGroup loops over the groups, unrolled at a time as long as that many
// are left. group computes the one that lies u groups ahead.
func eachGroup(groups reg.Register, unrolled int, group, advance func(n int)) {
	if unrolled > 1 {
		SUBQ(U32(uint32(unrolled)), groups)
		JLT(LabelRef("few"))
		Label("many_group")
		for u := range unrolled {
			group(u)
		}
		advance(unrolled)
		SUBQ(U32(uint32(unrolled)), groups)
		JGE(LabelRef("many_group"))
		Label("few")
		ADDQ(U32(uint32(unrolled)), groups)
	}
	TESTQ(groups, groups)
	JZ(LabelRef("done"))
	Label("one_group")
	group(0)
	advance(1)
	DECQ(groups)
	JNZ(LabelRef("one_group"))
	Label("done")
}

// sparseRowAVX2 is product.sparseRow for AVX2.
func sparseRowAVX2(panels int) {
	acc := ymms(2 * panels)
	var ones reg.VecVirtual
	sparse{
		name: fmt.Sprintf("sparseRow%dI8AVX2", panels), panels: panels,
		prepare: func() {
			ones = onesAVX2()
			for _, r := range acc {
				VPXOR(r, r, r)
			}
		},
		moves: func(dst reg.Register, move func(m Mem, r reg.VecVirtual)) {
			for i, r := range acc {
				move(Mem{Base: dst, Disp: half * i}, r)
			}
		},
		move: func(ops ...Op) { VMOVDQU(ops[0], ops[1]) },
		group: func(a Mem, b []Mem) {
			x := YMM()
			VPBROADCASTD(a, x)
			for p, m := range b {
				multiplyAVX2(m, x, ones, acc[2*p])
				multiplyAVX2(m.Offset(half), x, ones, acc[2*p+1])
			}
		},
	}.generate()
}

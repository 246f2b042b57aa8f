// Command asm generates simd's AVX2 assembly. Run it by `go generate ./simd`.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	lanes    = 8         // float32 values in a ymm register
	panel    = 2 * lanes // columns in a panel
	line     = 4 * panel // bytes in one row of a panel
	unrolled = 4         // steps at a time where distances allow it
	tileRows = 6         // 6×16: twelve accumulators, two panel loads, two broadcasts
)

func main() {
	ConstraintExpr("!purego,!noasm")
	tile()
	rowPanels()
	sparseRow(1)
	sparseRow(4)
	dotRows()
	adam()
	Generate()
}

// zeroed returns n ymm registers set to zero.
func zeroed(n int) []reg.VecVirtual {
	regs := make([]reg.VecVirtual, n)
	for i := range regs {
		regs[i] = YMM()
		VXORPS(regs[i], regs[i], regs[i])
	}
	return regs
}

// start loads acc from dst when accumulate ≠ 0, else sets it to zero.
func start(label string, accumulate reg.Register, acc []reg.VecVirtual, load func()) {
	TESTQ(accumulate, accumulate)
	JZ(LabelRef(label + "_zero"))
	load()
	JMP(LabelRef(label + "_start"))
	Label(label + "_zero")
	for _, r := range acc {
		VXORPS(r, r, r)
	}
	Label(label + "_start")
}

// tile is the one matrix kernel: a rows×16 tile summed over steps products,
// with free strides, so that A·B on packed weights, AᵀB on activations and
// the lateral blocks are all calls of it.
func tile() {
	TEXT("tileF32AVX2", NOSPLIT, "func(rows int, dst *float32, dstStride uintptr, a *float32, aRow, aStep uintptr, b *float32, bStep uintptr, steps int, accumulate int)")
	Doc("tileF32AVX2 is tileF32Generic for rows 1…6 of one panel; distances are in bytes.")
	Pragma("noescape")
	rows := Load(Param("rows"), GP64())
	for r := tileRows; r > 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= tileRows; r++ {
		name := fmt.Sprintf("rows%d", r)
		if r > 1 {
			Label(name)
		}
		tileOf(name, r)
	}
}

func tileOf(name string, rows int) {
	a, aRow, aStep := Load(Param("a"), GP64()), Load(Param("aRow"), GP64()), Load(Param("aStep"), GP64())
	b, bStep := Load(Param("b"), GP64()), Load(Param("bStep"), GP64())
	steps := Load(Param("steps"), GP64())
	// Rows 3…5 are addressed from their own base: an index register scales by
	// 1 and 2 only as far as row 2.
	a3 := GP64()
	if rows > 3 {
		LEAQ(Mem{Base: a, Index: aRow, Scale: 2}, a3)
		ADDQ(aRow, a3)
	}
	at := func(row int) Mem {
		base := a
		if row >= 3 {
			base, row = a3, row-3
		}
		if row == 0 {
			return Mem{Base: base}
		}
		return Mem{Base: base, Index: aRow, Scale: uint8(row)}
	}
	acc := make([]reg.VecVirtual, 2*rows)
	for i := range acc {
		acc[i] = YMM()
	}
	// moves walks over the rows of dst.
	moves := func(move func(dst Mem, r reg.VecVirtual)) {
		dst, dstStride := Load(Param("dst"), GP64()), Load(Param("dstStride"), GP64())
		for r := range rows {
			move(Mem{Base: dst}, acc[2*r])
			move(Mem{Base: dst, Disp: 4 * lanes}, acc[2*r+1])
			if r+1 < rows {
				ADDQ(dstStride, dst)
			}
		}
	}
	start(name, Load(Param("accumulate"), GP64()), acc, func() {
		moves(func(dst Mem, r reg.VecVirtual) { VMOVUPS(dst, r) })
	})
	b0, b1 := YMM(), YMM()
	x := []reg.VecVirtual{YMM(), YMM()}
	// step adds the product of one step, at distances from where a and b point.
	step := func(aDisp, bDisp int) {
		Commentf("acc[row] += a[row·aRow] · b[0…15]")
		VMOVUPS(Mem{Base: b, Disp: bDisp}, b0)
		VMOVUPS(Mem{Base: b, Disp: bDisp + 4*lanes}, b1)
		for r := range rows {
			VBROADCASTSS(at(r).Offset(aDisp), x[r%2])
			VFMADD231PS(b0, x[r%2], acc[2*r])
			VFMADD231PS(b1, x[r%2], acc[2*r+1])
		}
	}
	CMPQ(aStep, Imm(4))
	JNE(LabelRef(name + "_strided"))
	CMPQ(bStep, Imm(line))
	JNE(LabelRef(name + "_strided"))
	Comment("a product on packed weights: four steps at a time")
	SUBQ(Imm(unrolled), steps)
	JL(LabelRef(name + "_few"))
	Label(name + "_four")
	for u := range unrolled {
		step(4*u, line*u)
	}
	ADDQ(Imm(4*unrolled), a)
	if rows > 3 {
		ADDQ(Imm(4*unrolled), a3)
	}
	ADDQ(U32(line*unrolled), b)
	SUBQ(Imm(unrolled), steps)
	JGE(LabelRef(name + "_four"))
	Label(name + "_few")
	ADDQ(Imm(unrolled), steps)
	Label(name + "_strided")
	TESTQ(steps, steps)
	JZ(LabelRef(name + "_done"))
	Label(name + "_step")
	step(0, 0)
	ADDQ(aStep, a)
	if rows > 3 {
		ADDQ(aStep, a3)
	}
	ADDQ(bStep, b)
	DECQ(steps)
	JNZ(LabelRef(name + "_step"))
	Label(name + "_done")

	moves(func(dst Mem, r reg.VecVirtual) { VMOVUPS(r, dst) })
	VZEROUPPER()
	RET()
}

// rowPanels is the product of one row with four neighbouring panels: eight
// independent sums, enough to hide the latency of FMA. Each sum runs over k
// in order, as in a tile, so that a row's result does not depend on how many
// rows are computed with it.
func rowPanels() {
	TEXT("rowPanelsF32AVX2", NOSPLIT, "func(dst *float32, a *float32, b *float32, panelBytes uintptr, steps int, accumulate int)")
	Doc("rowPanelsF32AVX2 computes one row of four panels: dst[16·p+j] (+)= Σ_k a[k]·b[p·panelBytes/4 + 16·k + j] for p in 0…3.")
	Pragma("noescape")
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	stride, steps := Load(Param("panelBytes"), GP64()), Load(Param("steps"), GP64())
	b3 := GP64()
	LEAQ(Mem{Base: b, Index: stride, Scale: 2}, b3)
	ADDQ(stride, b3)
	bases := []Mem{{Base: b}, {Base: b, Index: stride, Scale: 1}, {Base: b, Index: stride, Scale: 2}, {Base: b3}}
	acc := make([]reg.VecVirtual, 8)
	for i := range acc {
		acc[i] = YMM()
	}
	dst := Load(Param("dst"), GP64())
	start("panels", Load(Param("accumulate"), GP64()), acc, func() {
		for i, r := range acc {
			VMOVUPS(Mem{Base: dst, Disp: 4 * lanes * i}, r)
		}
	})
	x := YMM()
	TESTQ(steps, steps)
	JZ(LabelRef("panels_done"))
	Label("panels_step")
	VBROADCASTSS(Mem{Base: a}, x)
	for p, m := range bases {
		VFMADD231PS(m, x, acc[2*p])
		VFMADD231PS(m.Offset(4*lanes), x, acc[2*p+1])
	}
	ADDQ(Imm(4), a)
	ADDQ(Imm(line), b)
	ADDQ(Imm(line), b3)
	DECQ(steps)
	JNZ(LabelRef("panels_step"))
	Label("panels_done")
	for i, r := range acc {
		VMOVUPS(r, Mem{Base: dst, Disp: 4 * lanes * i})
	}
	VZEROUPPER()
	RET()
}

// sparseRow is rowPanels over the inputs that are not zero: the same sums in
// the same order, less the terms that add nothing.
func sparseRow(panels int) {
	name := fmt.Sprintf("sparse%d", panels)
	TEXT(fmt.Sprintf("sparseRow%dF32AVX2", panels), NOSPLIT, "func(dst *float32, a *float32, rows *int32, n int, b *float32, panelBytes uintptr, accumulate int)")
	Doc(fmt.Sprintf("sparseRow%dF32AVX2 is sparseRowF32Generic for %d panels.", panels, panels))
	Pragma("noescape")
	a, rows, n := Load(Param("a"), GP64()), Load(Param("rows"), GP64()), Load(Param("n"), GP64())
	b, stride := Load(Param("b"), GP64()), Load(Param("panelBytes"), GP64())
	acc := make([]reg.VecVirtual, 2*panels)
	for i := range acc {
		acc[i] = YMM()
	}
	dst := Load(Param("dst"), GP64())
	start(name, Load(Param("accumulate"), GP64()), acc, func() {
		for i, r := range acc {
			VMOVUPS(Mem{Base: dst, Disp: 4 * lanes * i}, r)
		}
	})
	x, at, i := YMM(), GP64(), GP64()
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef(name + "_done"))
	Label(name + "_input")
	Comment("acc[p] += a[i] · b[p·panelBytes + 64·rows[i]]")
	MOVLQSX(Mem{Base: rows, Index: i, Scale: 4}, at)
	SHLQ(Imm(6), at)
	ADDQ(b, at)
	VBROADCASTSS(Mem{Base: a, Index: i, Scale: 4}, x)
	for p := range panels {
		VFMADD231PS(Mem{Base: at}, x, acc[2*p])
		VFMADD231PS(Mem{Base: at, Disp: 4 * lanes}, x, acc[2*p+1])
		if p+1 < panels {
			ADDQ(stride, at)
		}
	}
	INCQ(i)
	CMPQ(i, n)
	JL(LabelRef(name + "_input"))
	Label(name + "_done")
	for i, r := range acc {
		VMOVUPS(r, Mem{Base: dst, Disp: 4 * lanes * i})
	}
	VZEROUPPER()
	RET()
}

// dotRows is the product of one row with four rows of packed weights, the
// transposed direction: each panel contributes 16 products to each sum.
func dotRows() {
	TEXT("dotRowsF32AVX2", NOSPLIT, "func(dst *float32, a *float32, b *float32, panelBytes uintptr, panels int)")
	Doc("dotRowsF32AVX2 computes dst[i] = Σ_p Σ_j a[16·p+j]·b[p·panelBytes/4 + 16·i + j] for i in 0…3.")
	Pragma("noescape")
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	stride, n := Load(Param("panelBytes"), GP64()), Load(Param("panels"), GP64())
	acc := zeroed(8)
	x0, x1 := YMM(), YMM()
	TESTQ(n, n)
	JZ(LabelRef("dot_done"))
	Label("dot_panel")
	VMOVUPS(Mem{Base: a}, x0)
	VMOVUPS(Mem{Base: a, Disp: 4 * lanes}, x1)
	for i := range 4 {
		VFMADD231PS(Mem{Base: b, Disp: line * i}, x0, acc[2*i])
		VFMADD231PS(Mem{Base: b, Disp: line*i + 4*lanes}, x1, acc[2*i+1])
	}
	ADDQ(Imm(line), a)
	ADDQ(stride, b)
	DECQ(n)
	JNZ(LabelRef("dot_panel"))
	Label("dot_done")
	dst := Load(Param("dst"), GP64())
	for i := range 4 {
		VADDPS(acc[2*i+1], acc[2*i], acc[2*i])
		high, low := XMM(), acc[2*i].AsX()
		VEXTRACTF128(Imm(1), acc[2*i], high)
		VADDPS(high, low, low)
		VMOVHLPS(low, low, high)
		VADDPS(high, low, low)
		VMOVSHDUP(low, high)
		VADDSS(high, low, low)
		VMOVSS(low, Mem{Base: dst, Disp: 4 * i})
	}
	VZEROUPPER()
	RET()
}

// adam is the element-wise optimiser step. It uses no fused multiply-add, so
// its bits equal the Go loop's.
func adam() {
	TEXT("adamF32AVX2", NOSPLIT, "func(w, m, v, grad *float32, n int, c *[8]float32)")
	Doc("adamF32AVX2 is adamF32Generic for n a multiple of 8; c is an AdamStep, field by field.")
	Pragma("noescape")
	w, m, v, g := Load(Param("w"), GP64()), Load(Param("m"), GP64()), Load(Param("v"), GP64()), Load(Param("grad"), GP64())
	n, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	field := func(i int) reg.VecVirtual {
		r := YMM()
		VBROADCASTSS(Mem{Base: c, Disp: 4 * i}, r)
		return r
	}
	rate, beta1, rest1, beta2, rest2, eps, clip, decay := field(0), field(1), field(2), field(3), field(4), field(5), field(6), field(7)
	floor := YMM()
	Comment("floor = −clip, −0 included")
	VPCMPEQD(floor, floor, floor)
	VPSLLD(Imm(31), floor, floor)
	VXORPS(clip, floor, floor)
	i := GP64()
	XORQ(i, i)
	at := func(base reg.Register) Mem { return Mem{Base: base, Index: i, Scale: 4} }
	Label("adam_step")
	CMPQ(i, n)
	JGE(LabelRef("adam_done"))
	grad, weight, t := YMM(), YMM(), YMM()
	Comment("grad = clip(g + decay·w)")
	VMOVUPS(at(w), weight)
	VMULPS(decay, weight, grad)
	VADDPS(at(g), grad, grad)
	// Where one operand is NaN the result is the first one here, so that a
	// gradient that is NaN stays visible.
	VMAXPS(grad, floor, grad)
	VMINPS(grad, clip, grad)
	Comment("m = β1·m + (1−β1)·grad")
	first, second := YMM(), YMM()
	VMULPS(at(m), beta1, first)
	VMULPS(rest1, grad, t)
	VADDPS(t, first, first)
	VMOVUPS(first, at(m))
	Comment("v = β2·v + ((1−β2)·grad)·grad")
	VMULPS(at(v), beta2, second)
	VMULPS(rest2, grad, t)
	VMULPS(grad, t, t)
	VADDPS(t, second, second)
	VMOVUPS(second, at(v))
	Comment("w −= rate·m / (√v + ε)")
	VSQRTPS(second, second)
	VADDPS(eps, second, second)
	VMULPS(rate, first, first)
	VDIVPS(second, first, first)
	VSUBPS(first, weight, weight)
	VMOVUPS(weight, at(w))
	ADDQ(Imm(lanes), i)
	JMP(LabelRef("adam_step"))
	Label("adam_done")
	VZEROUPPER()
	RET()
}

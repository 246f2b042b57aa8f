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
	ahead    = 2048      // bytes from the weights in work to those called into the cache
	tileRows = 6         // 6×16: twelve accumulators, two panel loads, two broadcasts
)

func main() {
	ConstraintExpr("!purego,!noasm")
	tile()
	rowPanels()
	packInputs(6)
	packInputs(12)
	packErrors()
	sparseRow(1)
	sparseRow(4)
	dotRows()
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

// tile is the one matrix kernel: tiles of rows×16 sums over steps products,
// with free strides, so that A·B on packed weights, AᵀB on activations and
// the lateral blocks are all calls of it.
func tile() {
	TEXT("tilesF32AVX2", NOSPLIT, "func(tiles, rows int, dst *float32, dstTile, dstRow uintptr, a *float32, aTile, aRow, aStep uintptr, b *float32, bStep uintptr, steps int, accumulate int, soon *[3]*float32)")
	Doc("tilesF32AVX2 is eachTile for tiles ≥ 1 of 1…6 rows and one panel; distances are in bytes.",
		"Each tile calls a panel's rows of the three matrices in soon into the second-level cache, unless soon is nil.")
	Pragma("noescape")
	rows := Load(Param("rows"), GP64())
	for r := tileRows; r > 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= tileRows; r++ {
		t := newTile(r)
		if r > 1 {
			Label(t.name)
		}
		t.emit()
	}
}

// tileCode is the code for tiles of one height.
type tileCode struct {
	name               string
	rows               int
	a, a3, b, dst      reg.Register // a3: rows 3…5, since an index scales by 1 and 2 only as far as row 2
	aRow, aStep, bStep reg.Register
	acc                []reg.VecVirtual
	b0, b1             reg.VecVirtual
	x                  [2]reg.VecVirtual
}

func newTile(rows int) *tileCode {
	t := &tileCode{name: fmt.Sprintf("rows%d", rows), rows: rows, a: GP64(), a3: GP64(), b: GP64()}
	for range 2 * rows {
		t.acc = append(t.acc, YMM())
	}
	t.b0, t.b1, t.x = YMM(), YMM(), [2]reg.VecVirtual{YMM(), YMM()}
	return t
}

// emit writes the loop over tiles.
func (t *tileCode) emit() {
	tiles, from := Load(Param("tiles"), GP64()), Load(Param("a"), GP64())
	t.dst = Load(Param("dst"), GP64())
	t.aRow, t.aStep, t.bStep = Load(Param("aRow"), GP64()), Load(Param("aStep"), GP64()), Load(Param("bStep"), GP64())
	at := GP64()
	XORQ(at, at)
	Label(t.name + "_tile")
	start(t.name, Load(Param("accumulate"), GP64()), t.acc, func() {
		t.moves(func(dst Mem, r reg.VecVirtual) { VMOVUPS(dst, r) })
	})
	t.prefetch(at)
	MOVQ(from, t.a)
	if t.rows > 3 {
		LEAQ(Mem{Base: from, Index: t.aRow, Scale: 2}, t.a3)
		ADDQ(t.aRow, t.a3)
	}
	Load(Param("b"), t.b)
	t.steps(Load(Param("steps"), GP64()))
	t.moves(func(dst Mem, r reg.VecVirtual) { VMOVUPS(r, dst) })
	skip := GP64()
	ADDQ(Load(Param("aTile"), skip), from)
	ADDQ(Load(Param("dstTile"), skip), t.dst)
	DECQ(tiles)
	JNZ(LabelRef(t.name + "_tile"))
	VZEROUPPER()
	RET()
}

// prefetch asks for the tile's rows of weights and moments, which an optimiser
// will need when the tiles are done; at counts their bytes.
func (t *tileCode) prefetch(at reg.Register) {
	soon, p := Load(Param("soon"), GP64()), GP64()
	TESTQ(soon, soon)
	JZ(LabelRef(t.name + "_all_here"))
	for i := range 3 {
		MOVQ(Mem{Base: soon, Disp: 8 * i}, p)
		for r := range t.rows {
			PREFETCHT1(Mem{Base: p, Index: at, Scale: 1, Disp: line * r})
		}
	}
	ADDQ(U32(uint32(line*t.rows)), at)
	Label(t.name + "_all_here")
}

// moves walks over the rows of a tile of dst.
func (t *tileCode) moves(move func(dst Mem, r reg.VecVirtual)) {
	dst, dstRow := GP64(), Load(Param("dstRow"), GP64())
	MOVQ(t.dst, dst)
	for r := range t.rows {
		move(Mem{Base: dst}, t.acc[2*r])
		move(Mem{Base: dst, Disp: 4 * lanes}, t.acc[2*r+1])
		if r+1 < t.rows {
			ADDQ(dstRow, dst)
		}
	}
}

// steps writes the loops over the steps of a tile, which use count up: four
// steps at a time where the distances are those of a product on packed weights
// or of a gradient on packed inputs.
func (t *tileCode) steps(count reg.Register) {
	single, gradient := LabelRef(t.name+"_single"), LabelRef(t.name+"_gradient")
	CMPQ(t.bStep, U32(line))
	JNE(single)
	CMPQ(t.aRow, Imm(4))
	JEQ(gradient)
	CMPQ(t.aStep, Imm(4))
	JNE(single)
	t.four("product", count, func(u int) {
		PREFETCHT0(Mem{Base: t.b, Disp: line*u + ahead})
		t.step(t.input, 4*u, line*u)
	}, func() { t.advance(Imm(4*unrolled), U32(line*unrolled)) })
	JMP(single)
	Label(t.name + "_gradient")
	t.four("packed", count, func(u int) {
		t.step(func(r int) Mem { return Mem{Base: t.a, Disp: 4 * r} }, 0, line*u)
		ADDQ(t.aStep, t.a)
	}, func() {
		ADDQ(U32(line*unrolled), t.b)
	})
	if t.rows > 3 {
		LEAQ(Mem{Base: t.a, Index: t.aRow, Scale: 2}, t.a3)
		ADDQ(t.aRow, t.a3)
	}
	Label(t.name + "_single")
	TESTQ(count, count)
	JZ(LabelRef(t.name + "_done"))
	Label(t.name + "_step")
	t.step(t.input, 0, 0)
	t.advance(t.aStep, t.bStep)
	DECQ(count)
	JNZ(LabelRef(t.name + "_step"))
	Label(t.name + "_done")
}

// four writes a loop of four steps at a time; it leaves fewer in count.
func (t *tileCode) four(name string, count reg.Register, step func(u int), advance func()) {
	name = t.name + "_" + name
	SUBQ(Imm(unrolled), count)
	JL(LabelRef(name + "_few"))
	Label(name)
	for u := range unrolled {
		step(u)
	}
	advance()
	SUBQ(Imm(unrolled), count)
	JGE(LabelRef(name))
	Label(name + "_few")
	ADDQ(Imm(unrolled), count)
}

// step adds the product of one step, at distances from where a and b point.
func (t *tileCode) step(input func(r int) Mem, aDisp, bDisp int) {
	Comment("acc[row] += a[row·aRow] · b[0…15]")
	VMOVUPS(Mem{Base: t.b, Disp: bDisp}, t.b0)
	VMOVUPS(Mem{Base: t.b, Disp: bDisp + 4*lanes}, t.b1)
	for r := range t.rows {
		x := t.x[r%2]
		VBROADCASTSS(input(r).Offset(aDisp), x)
		VFMADD231PS(t.b0, x, t.acc[2*r])
		VFMADD231PS(t.b1, x, t.acc[2*r+1])
	}
}

// input is where row r's input of the step in work lies.
func (t *tileCode) input(r int) Mem {
	base := t.a
	if r >= 3 {
		base, r = t.a3, r-3
	}
	if r == 0 {
		return Mem{Base: base}
	}
	return Mem{Base: base, Index: t.aRow, Scale: uint8(r)}
}

func (t *tileCode) advance(a, b Op) {
	ADDQ(a, t.a)
	if t.rows > 3 {
		ADDQ(a, t.a3)
	}
	ADDQ(b, t.b)
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

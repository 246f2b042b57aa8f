package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// The kernels of int8 weights that learn. A line of codes is 64 bytes: for each
// of a panel's 16 columns four rows, a column a word, so that every lane has the
// codes of its own column.

// loadFour returns sixty-four bytes.
func (a *array) loadFour() (r [quads]*register) {
	for q := 0; q < quads; q += 2 {
		r[q], r[q+1] = &register{}, &register{}
		suffix, offset := a.place(16 * q)
		a.k.add(instruction{
			write: a.k.Go, format: "FLDPQ" + suffix + " %d(%s), (F%v, F%v)",
			args: []any{offset, a.base, r[q], r[q+1]}, sets: []*register{r[q], r[q+1]},
		})
	}
	return r
}

// storeFour writes sixty-four bytes.
func (a *array) storeFour(r [quads]*register) {
	for q := 0; q < quads; q += 2 {
		suffix, offset := a.place(16 * q)
		a.k.add(instruction{
			write: a.k.Go, format: "FSTPQ" + suffix + " (F%v, F%v), %d(%s)",
			args: []any{r[q], r[q+1], offset, a.base}, reads: []*register{r[q], r[q+1]},
		})
	}
}

// holdBlock holds the sixteen values that a parameter points to.
func (k *kernel) holdBlock(param string) (b block, base string) {
	base = k.general()
	k.Arg(param, base)
	for q := range b {
		b[q] = k.hold(param)
	}
	for q := 0; q < quads; q += 2 {
		k.Go("FLDPQ %d(%s), (F%v, F%v)", 16*q, base, b[q], b[q+1])
	}
	return b, base
}

// storeBlock writes a held block to where base points.
func (k *kernel) storeBlock(b block, base string) {
	for q := 0; q < quads; q += 2 {
		k.Go("FSTPQ (F%v, F%v), %d(%s)", b[q], b[q+1], 16*q, base)
	}
}

// signed returns sixteen int8 values as integers.
func (k *kernel) signed(bytes *register) block {
	b, halves := newBlock(), [2]*register{{}, {}}
	k.gnu("sshll v%v.8h, v%v.8b, #0", halves[0], bytes)
	k.gnu("sshll2 v%v.8h, v%v.16b, #0", halves[1], bytes)
	for q := range b {
		half := []string{"sshll v%v.4s, v%v.4h, #0", "sshll2 v%v.4s, v%v.8h, #0"}[q%2]
		k.gnu(half, b[q], halves[q/2])
	}
	return b
}

// lowest returns the lowest bytes of sixteen integers.
func (k *kernel) lowest(v block) *register {
	words, bytes := [2]*register{{}, {}}, &register{}
	for i := range words {
		k.gnu("uzp1 v%v.8h, v%v.8h, v%v.8h", words[i], v[2*i], v[2*i+1])
	}
	k.gnu("uzp1 v%v.16b, v%v.16b, v%v.16b", bytes, words[0], words[1])
	return bytes
}

func expandFine(f *asm.File) {
	k := newKernel(f, "expandFine", "", 64, "dst *float32", "codes *int8", "residual *int8", "unit *[16]float32", "n int")
	dst, codes, residual := k.floats("dst"), k.array("codes", 1), k.array("residual", 1)
	unit, _ := k.holdBlock("unit")
	line, rest := block(codes.loadFour()), residual.loadFour()
	for row := range 4 {
		k.note("dst = float32(256·code + residual)·unit")
		code := line
		if row < 3 {
			code = k.shiftLeft(code, 24-8*row)
		}
		if row > 0 {
			code = k.and(code, number(0xff000000))
		}
		whole := k.sumInt(k.one("sshr v%v.4s, v%v.4s, #16", code), k.signed(rest[row]))
		dst.store(row, k.times(k.fromInt(whole), unit))
	}
	k.loop()
	k.Ret()
}

// place8 moves the codes of a row to its place in a line.
func (k *kernel) place8(line, code block, row int) block {
	if row > 0 {
		code = k.shiftLeft(code, 8*row)
	}
	code = k.and(code, number(0xff<<(8*row)))
	if row == 0 {
		return code
	}
	return k.or(line, code)
}

// fineMost is that of the Go kernels.
const fineMost = 127 * 256

func storeFine(f *asm.File) {
	k := newKernel(f, "storeFine", "", 64, "codes *int8", "residual *int8", "src *float32", "inverse *[16]float32", "peak *[16]float32", "n int", "start uint32")
	codes, residual, src := k.array("codes", 1), k.array("residual", 1), k.floats("src")
	inverse, _ := k.holdBlock("inverse")
	peak, base := k.holdBlock("peak")
	for _, p := range peak {
		k.Gnu("movi v%v.4s, #0", p)
	}
	counter, quadStep := k.startCounter("start"), k.holdConstant(word("4·hashStep", 4*hashStep&0xffffffff))
	var line block
	var rest [quads]*register
	for row := range 4 {
		k.note("v = src·inverse; peak = max(peak, |v|)")
		v := k.times(src.load(row), inverse)
		k.into(peak, "fmaxnm", peak, k.one("fabs v%v.4s, v%v.4s", v))
		k.note("whole = round(clamp(v) + u)")
		v = k.three("fminnm", k.three("fmaxnm", v, float("−fineMost", -fineMost)), float("fineMost", fineMost))
		u := k.times(k.fromInt(k.shiftRight(k.count(counter, quadStep), 16)), float("2⁻¹⁶", 0x1p-16))
		whole := k.one("fcvtns v%v.4s, v%v.4s", k.sum(v, k.sum(u, float("2⁻¹⁷−½", 0x1p-17-0.5))))
		k.note("the code is the nearest multiple of 256, the residual the lowest byte")
		line = k.place8(line, k.shiftRight(k.sumInt(whole, number(128)), 8), row)
		rest[row] = k.lowest(whole)
	}
	codes.storeFour(line)
	residual.storeFour(rest)
	k.loop()
	k.storeBlock(peak, base)
	k.Ret()
}

func packS8(f *asm.File) {
	k := newKernel(f, "packS8", " weights; rows lie dRow bytes apart", 64, "dst *int8", "d *float32", "dRow uintptr", "n int", "inverse float32")
	dst := k.array("dst", 1)
	row := [4]string{}
	for r := range row {
		row[r] = k.general()
	}
	stride, four := k.general(), k.general()
	k.Arg("d", row[0])
	k.Arg("dRow", stride)
	for r := 1; r < 4; r++ {
		k.Go("ADD %s, %s, %s", stride, row[r-1], row[r])
	}
	k.Go("LSL $2, %s, %s", stride, four)
	inverse := k.factor("inverse")
	var line block
	for r := range row {
		k.note("dst = round(clamp(d·inverse, ±127))")
		x := newBlock()
		for q := 0; q < quads; q += 2 {
			k.add(instruction{
				write: k.Go, format: "FLDPQ %d(%s), (F%v, F%v)",
				args: []any{16 * q, row[r], x[q], x[q+1]}, sets: []*register{x[q], x[q+1]},
			})
		}
		k.add(instruction{write: k.Go, format: "ADD %s, %s, %s", args: []any{four, row[r], row[r]}})
		v := k.three("fminnm", k.three("fmaxnm", k.times(x, inverse), float("−127", -127)), float("127", 127))
		line = k.place8(line, k.one("fcvtns v%v.4s, v%v.4s", v), r)
	}
	dst.storeFour(line)
	k.loop()
	k.Ret()
}

func maxAbs(f *asm.File) {
	k := newKernel(f, "maxAbsF32", "", 16, "peak *[16]float32", "x *float32", "n int")
	x := k.floats("x")
	peak, base := k.holdBlock("peak")
	k.note("peak = max(peak, |x|)")
	k.into(peak, "fmaxnm", peak, k.one("fabs v%v.4s, v%v.4s", x.load(0)))
	k.loop()
	k.storeBlock(peak, base)
	k.Ret()
}

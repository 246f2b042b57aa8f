package tile

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

// Row writes the kernel of one row and four panels: 16 vectors of sums.
type Row struct {
	K        *asm.Func
	Multiply Multiply
	Prefetch int // bytes ahead; 0: left to the CPU
}

// RowArguments loads the arguments dst, a, b, panelBytes, steps (whatever they
// are called) and accumulate.
func RowArguments(k *asm.Func, steps string) {
	k.Comment("R0 dst, R1 a, R2…R5 panels of b, R6 steps left, R7 accumulate\nV0…V15 sums, four a panel; V16 a; V20…V27 b")
	k.Arg("dst", "R0")
	k.Arg("a", "R1")
	k.Arg("b", "R2")
	k.Arg("panelBytes", "R8")
	k.Arg(steps, "R6")
	k.Arg("accumulate", "R7")
	for p := 1; p < 4; p++ {
		k.Go("ADD R8, R%d, R%d", 1+p, 2+p)
	}
}

// Write writes the kernel.
func (w Row) Write() {
	k := w.K
	Sums(k, 16)
	k.Go("SUBS $4, R6, R6")
	k.Go("BLT rest")
	k.Go("PCALIGN $16")
	k.Label("four")
	k.Comment("four steps: V(4p+q) += b(p, q) · a, in turns from V20…V23 and V24…V27")
	k.Go("FMOVQ.P 16(R1), F16")
	w.steps(4)
	k.Go("SUBS $4, R6, R6")
	k.Go("BGE four")
	k.Label("rest")
	k.Go("ADDS $4, R6, R6")
	k.Go("BEQ done")
	k.Label("single")
	k.Go("FMOVS.P 4(R1), F16")
	w.steps(1)
	k.Go("SUBS $1, R6, R6")
	k.Go("BNE single")
	k.Label("done")
	Store(k, 16)
	k.Ret()
}

// steps adds n steps of every panel. The next panel's values are loaded before
// one's are multiplied, into the other of two sets of registers.
func (w Row) steps(n int) {
	w.load(0)
	for i := range 4 * n {
		if i+1 < 4*n {
			w.load(i + 1)
		}
		for q := range 4 {
			w.Multiply(w.K, i%4*4+q, 20+i%2*4+q, 16, i/4)
		}
	}
	for p := range 4 {
		w.K.Go("ADD $%d, R%d, R%d", 64*n, 2+p, 2+p)
	}
}

// load loads step i/4 of panel i%4.
func (w Row) load(i int) {
	b, at, panel := 20+i%2*4, i/4*64, 2+i%4
	w.K.Go("FLDPQ %d(R%d), (F%d, F%d)", at, panel, b, b+1)
	w.K.Go("FLDPQ %d(R%d), (F%d, F%d)", at+32, panel, b+2, b+3)
	if w.Prefetch > 0 {
		w.K.Go("PRFM %d(R%d), PLDL1STRM", at+w.Prefetch, panel)
	}
}

// Sums loads V0…Vn−1 from R0 if R7 is not zero, or clears them.
func Sums(k *asm.Func, n int) {
	k.Go("CBZ R7, clear")
	for i := 0; i < n; i += 2 {
		k.Go("FLDPQ %d(R0), (F%d, F%d)", 16*i, i, i+1)
	}
	k.Go("JMP start")
	k.Label("clear")
	for i := range n {
		k.Gnu("movi v%d.4s, #0", i)
	}
	k.Label("start")
}

// Store writes V0…Vn−1 to R0.
func Store(k *asm.Func, n int) {
	for i := 0; i < n; i += 2 {
		k.Go("FSTPQ (F%d, F%d), %d(R0)", i, i+1, 16*i)
	}
}

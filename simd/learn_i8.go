package simd

import (
	"encoding/binary"
	"fmt"
)

// TransposeU7 writes part i of n of the M×K codes a to dst, K×M: a share of the
// columns of a.
func TransposeU7(dst, a MatrixU7, i, n int) {
	dst.check("TransposeU7", "dst")
	a.check("TransposeU7", "a")
	if dst.Rows != a.Cols || dst.Cols != a.Rows {
		panic(fmt.Sprintf("simd: TransposeU7: %d×%d = (%d×%d)ᵀ", dst.Rows, dst.Cols, a.Rows, a.Cols))
	}
	t := transposition{dst, a}
	lo, hi := Share((t.a.Cols+7)/8, i, n)
	for c := lo * 8; c < hi*8; c += 8 {
		for r := 0; r < t.a.Rows; r += 8 {
			t.square(r, c)
		}
	}
}

type transposition struct{ dst, a MatrixU7 }

// square transposes the 8×8 codes from row r, column c on: eight rows as words,
// of which halves, quarters and bytes change places.
func (t *transposition) square(r, c int) {
	var w [8]uint64
	rows, cols := min(8, t.a.Rows-r), min(8, t.a.Cols-c)
	for i := range rows {
		w[i] = loadWord(t.a.Data[(r+i)*t.a.Stride+c:])
	}
	for i := range 4 {
		a, b := w[i], w[i+4]
		w[i], w[i+4] = a&0x00000000ffffffff|b<<32, a>>32|b&0xffffffff00000000
	}
	for _, i := range [4]int{0, 1, 4, 5} {
		a, b := w[i], w[i+2]
		w[i], w[i+2] = a&0x0000ffff0000ffff|b<<16&0xffff0000ffff0000, a>>16&0x0000ffff0000ffff|b&0xffff0000ffff0000
	}
	for _, i := range [4]int{0, 2, 4, 6} {
		a, b := w[i], w[i+1]
		w[i], w[i+1] = a&0x00ff00ff00ff00ff|b<<8&0xff00ff00ff00ff00, a>>8&0x00ff00ff00ff00ff|b&0xff00ff00ff00ff00
	}
	for j := range cols {
		storeWord(t.dst.Data[(c+j)*t.dst.Stride+r:], w[j])
	}
}

// MaxAbsF32 returns the largest magnitude of x, 0 for none.
func MaxAbsF32(x []float32) float32 {
	var peak [PanelWidth]float32
	n := whole(len(x))
	if n > 0 {
		maxAbs(&peak, x[:n])
	}
	maxAbsF32Generic(&peak, x[n:])
	top := float32(0)
	for _, v := range peak {
		top = max(top, v)
	}
	return top
}

// UpdateFineI8 applies one Adam step to w with moments m of 8 bits, one for each
// weight in the layout of Packed. at is the transpose of what the product with w
// read, K×M, d the error, M×N, whose largest magnitude is peak. The gradient is
// at·d, d rounded to the nearest multiples of peak/127, ties to even; the sums of
// codes are exact. key names the random bits of all other rounding.
func (p *Pool) UpdateFineI8(w *FineI8, m *Moments, at MatrixU7, d Matrix, peak float32, step AdamStep, key uint64) {
	w.check("UpdateFineI8")
	at.check("UpdateFineI8", "at")
	d.check("UpdateFineI8", "d")
	m.check("UpdateFineI8", PackedLen(w.K, w.N))
	if at.Rows != w.K || at.Cols != d.Rows || d.Cols != w.N || m.Bits != 8 {
		panic(fmt.Sprintf("simd: UpdateFineI8: %d×%d weights with moments of %d bits from %d×%d and %d×%d", w.K, w.N, m.Bits, at.Rows, at.Cols, d.Rows, d.Cols))
	}
	p.reserve(FineScratch(w.K, d.Rows))
	t := fineTask{w: w, m: m, at: at, d: d, unit: peak / 127, step: step, start: m.start(key, &step), round: uint32(Mix(key, m.Stream, 1)), scratch: p.scratch}
	if t.unit > 0 {
		t.inverse = 1 / t.unit
	}
	p.fine = t
	p.Run(&p.fine, work(at.Cols, w.K, w.N)/2)
}

// FineScratch returns how many values of scratch memory each thread takes for
// UpdateFineI8 of weights with k rows from so many samples.
func FineScratch(k, samples int) int {
	return 3*groupsOf(k)*lineBytes + groupsOf(samples)*lineBytes/4
}

type fineTask struct {
	w       *FineI8
	m       *Moments
	at      MatrixU7
	d       Matrix
	unit    float32 // of d's codes
	inverse float32 // one over it, 0 where it is 0
	step    AdamStep
	start   uint32      // of the random bits that round moments
	round   uint32      // of those that round weights
	scratch [][]float32 // for each thread: a panel's sums, its weights, ones, codes of d
}

// Part takes panels one at a time. Tiles of two would read at half as often, but
// leave rows side by side, and to put them in their places takes longer than that.
func (t *fineTask) Part(i, n int) {
	lo, hi := Share(t.w.Panels(), i, n)
	size, live := groupsOf(t.w.K)*lineBytes, t.w.K*PanelWidth
	scratch := t.scratch[i]
	take := func(n int) []float32 {
		part := scratch[:n]
		scratch = scratch[n:]
		return part
	}
	gradient, weights, ones := take(size), take(size), take(size)
	codes := asInt8s(take(groupsOf(t.d.Rows) * lineBytes / 4))
	for j := range ones {
		ones[j] = 1
	}
	for ; lo < hi; lo++ {
		packS8(codes, t.d.Data[lo*PanelWidth:], t.d.Stride, t.d.Rows, t.inverse)
		t.sum(asInt32s(gradient), codes)
		// In place: a sum and its value as float32 take the same room.
		DequantizeI32(gradient[:live], asInt32s(gradient), ones[:live], t.unit)
		t.finish(weights, gradient[:live], lo)
	}
}

// sum computes at·d for a panel of d's codes.
func (t *fineTask) sum(sums []int32, panel []int8) {
	height, _ := tileShapeI8()
	groups := groupsOf(t.d.Rows)
	for r := 0; r < t.w.K; r += height {
		tileI8(min(height, t.w.K-r), 1, sums[r*PanelWidth:], PanelWidth, t.at.Data[r*t.at.Stride:], t.at.Stride, panel, groups*lineBytes, groups, false)
	}
}

// finish steps panel j by its gradient.
func (t *fineTask) finish(weights, gradient []float32, j int) {
	groups := groupsOf(t.w.K)
	codes := t.w.Panel(j)
	residual := t.w.Residual[j*groups*lineBytes:][:groups*lineBytes]
	scale := (*[PanelWidth]float32)(t.w.Scale[j*PanelWidth:])
	var unit, inverse, peak [PanelWidth]float32
	for c, s := range scale {
		unit[c] = s / fineSteps
	}
	expandFine(weights, codes, residual, &unit, groups)
	from, live := j*t.w.K*PanelWidth, t.w.K*PanelWidth
	t.m.adam(weights[:live], gradient[:live], from, t.start, &t.step)
	start := t.round + uint32(from)*hashStep
	for {
		for c, s := range scale {
			inverse[c] = 0
			if s > 0 {
				inverse[c] = fineSteps / s
			}
		}
		storeFine(codes, residual, weights, &inverse, &peak, groups, start)
		if !outgrow(scale, &peak) {
			return
		}
	}
}

// room is what a column's scale gets beyond what its largest weight needs.
const room = 1.0625

// outgrow raises the scales of columns with weights that were too large for them.
// Those of weights that are too large for a float32 become infinite, for callers to
// notice.
func outgrow(scale, peak *[PanelWidth]float32) (again bool) {
	for c, p := range peak {
		if p > fineMost && scale[c]-scale[c] == 0 {
			scale[c] = float32(float32(scale[c]*(p/fineMost)) * room)
			again = true
		}
	}
	return again
}

func loadWord(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }

func storeWord(b []uint8, w uint64) { binary.LittleEndian.PutUint64(b, w) }

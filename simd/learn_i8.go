package simd

import (
	"encoding/binary"
	"fmt"
)

// TransposeU7 writes the M×K codes a to dst, K×M.
func (p *Pool) TransposeU7(dst, a MatrixU7) {
	dst.check("TransposeU7", "dst")
	a.check("TransposeU7", "a")
	if dst.Rows != a.Cols || dst.Cols != a.Rows {
		panic(fmt.Sprintf("simd: TransposeU7: %d×%d = (%d×%d)ᵀ", dst.Rows, dst.Cols, a.Rows, a.Cols))
	}
	p.transpose = transposeTask{dst, a}
	p.Run(&p.transpose, a.Rows*a.Cols)
}

type transposeTask struct{ dst, a MatrixU7 }

// Part does a share of a's columns.
func (t *transposeTask) Part(i, n int) {
	lo, hi := Share((t.a.Cols+7)/8, i, n)
	for c := lo * 8; c < hi*8; c += 8 {
		for r := 0; r < t.a.Rows; r += 8 {
			t.square(r, c)
		}
	}
}

// square transposes the 8×8 codes from row r, column c on: eight rows as words,
// of which halves, quarters and bytes change places.
func (t *transposeTask) square(r, c int) {
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

// PackS8 quantises d, M×N, to dst, which then has the steps of d as its rows:
// round(d·inverse), ties to even, within ±127.
func (p *Pool) PackS8(dst PackedI8, d Matrix, inverse float32) {
	dst.check("PackS8", "dst")
	d.check("PackS8", "d")
	if dst.K != d.Rows || dst.N != d.Cols {
		panic(fmt.Sprintf("simd: PackS8: %d×%d of %d×%d", dst.K, dst.N, d.Rows, d.Cols))
	}
	p.packS8 = packS8Task{dst, d, inverse}
	p.Run(&p.packS8, d.Rows*d.Cols)
}

type packS8Task struct {
	dst     PackedI8
	d       Matrix
	inverse float32
}

func (t *packS8Task) Part(i, n int) {
	lo, hi := Share(t.dst.Panels(), i, n)
	for j := lo; j < hi; j++ {
		packS8(t.dst.Panel(j), t.d.Data[j*PanelWidth:], t.d.Stride, t.d.Rows, t.inverse)
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
// weight in the layout of Packed, and the gradient unit·(at·d), exactly summed. at
// is the transpose of what the product with w read, K×M, d the error, M×N. key
// names the random bits of all rounding.
func (p *Pool) UpdateFineI8(w *FineI8, m *Moments, at MatrixU7, d PackedI8, unit float32, step AdamStep, key uint64) {
	w.check("UpdateFineI8")
	at.check("UpdateFineI8", "at")
	d.check("UpdateFineI8", "d")
	m.check("UpdateFineI8", PackedLen(w.K, w.N))
	if at.Rows != w.K || at.Cols != d.K || d.N != w.N || m.Bits != 8 {
		panic(fmt.Sprintf("simd: UpdateFineI8: %d×%d weights with moments of %d bits from %d×%d and %d×%d", w.K, w.N, m.Bits, at.Rows, at.Cols, d.K, d.N))
	}
	p.reserve(FineScratch(w.K))
	p.fine = fineTask{w: w, m: m, at: at, d: d, unit: unit, step: step, start: m.start(key, &step), scratch: p.scratch}
	p.Run(&p.fine, work(at.Cols, w.K, w.N)/2)
}

// FineScratch returns how many values of scratch memory each thread takes for
// UpdateFineI8 of k×n weights.
func FineScratch(k int) int { return (2+tilePanelsI8)*groupsOf(k)*lineBytes + tileValuesI8 }

// The bounds of tileShapeI8.
const (
	tilePanelsI8 = 2
	tileValuesI8 = 16 * tilePanelsI8 * PanelWidth
)

type fineTask struct {
	w       *FineI8
	m       *Moments
	at      MatrixU7
	d       PackedI8
	unit    float32
	step    AdamStep
	start   uint32
	scratch [][]float32 // for each thread: the sums of panels, a panel's weights, ones, a tile
}

func (t *fineTask) Part(i, n int) {
	lo, hi := Share(t.w.Panels(), i, n)
	_, width := tileShapeI8()
	size, live := groupsOf(t.w.K)*lineBytes, t.w.K*PanelWidth
	scratch := t.scratch[i]
	take := func(n int) []float32 {
		part := scratch[:n]
		scratch = scratch[n:]
		return part
	}
	gradients, weights, ones, tile := take(width*size), take(size), take(size), take(tileValuesI8)
	for j := range ones {
		ones[j] = 1
	}
	for ; lo < hi; lo += width {
		panels := min(width, hi-lo)
		t.sum(asInt32s(gradients), asInt32s(tile), lo, panels, size)
		for p := range panels {
			gradient := gradients[p*size:][:live]
			// In place: a sum and its value as float32 take the same room.
			DequantizeI32(gradient, asInt32s(gradient), ones[:live], t.unit)
			t.finish(weights, gradient, lo+p)
		}
	}
}

// sum computes panels j…j+panels of at·d, size values apart. A tile of several
// panels has its rows side by side; the panels want theirs one after the other.
func (t *fineTask) sum(sums, tile []int32, j, panels, size int) {
	height, _ := tileShapeI8()
	groups := groupsOf(t.d.K)
	panel := t.d.Data[j*groups*lineBytes:]
	for r := 0; r < t.w.K; r += height {
		rows := min(height, t.w.K-r)
		a := t.at.Data[r*t.at.Stride:]
		if panels == 1 {
			tileI8(rows, 1, sums[r*PanelWidth:], PanelWidth, a, t.at.Stride, panel, groups*lineBytes, groups, false)
			continue
		}
		tileI8(rows, panels, tile, panels*PanelWidth, a, t.at.Stride, panel, groups*lineBytes, groups, false)
		for i := range rows * panels {
			*(*[PanelWidth]int32)(sums[i%panels*size+(r+i/panels)*PanelWidth:]) = *(*[PanelWidth]int32)(tile[i*PanelWidth:])
		}
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
	start := t.start + uint32(from)*hashStep
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

package simd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape is the size of a product: m rows, k×n weights.
type shape struct{ m, k, n int }

func (s shape) String() string { return fmt.Sprintf("m=%d k=%d n=%d", s.m, s.k, s.n) }

// shapes pairs every m of 0…13 (two tiles and a rest) with every n of 1…67
// (four panels and a rest) and every k of 1…27 (four tiles and a rest), but
// not with every pair of them (in a hurry, every m meets a fifth of the n, and
// every n a fifth of the m); then come a row of two groups of four panels,
// and the blocks of a product and of a gradient.
func shapes() (list []shape) {
	step := 1
	if !thorough() {
		step = 5
	}
	for m := range 14 {
		for n := 1 + m%step; n <= 4*PanelWidth+3; n += step {
			list = append(list, shape{m, 1 + (11*n+5*m)%(4*tileRows+3), n})
		}
	}
	return append(list, shape{1, 27, 8*PanelWidth + 5}, shape{13, 4100, PanelWidth + 1},
		shape{14, stepBlock + 3, 5}, shape{blockValues/stepBlock + 9, 2*stepBlock + 1, 3}, // blocks of steps, and of rows
		shape{3, 400, 5}, shape{700, 200, 5}, shape{inputValues + 1, 7, 5}, shape{5000, 7, 200}) // chunks of a gradient: by size, by samples, the least
}

// eachShape runs body over implementations and shapes, on fenced operands.
func eachShape(t *testing.T, seed uint64, body func(t *testing.T, f *fences, s source, x shape)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(seed)
		for _, x := range shapes() {
			body(t, f, s, x)
			f.release("%v", x)
		}
	})
}

func TestGemm(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 10, func(t *testing.T, f *fences, s source, x shape) {
		a, b, dst := f.matrix(x.m, x.k), f.packed(x.k, x.n), f.matrix(x.m, x.n)
		s.fillMatrix(a)
		s.fillPacked(b)
		spoil(dst)
		p.GemmF32(dst, a, b)
		checkMatrix(t, dst, gemmOracle(a, b), "%v", x)
	})
}

func TestGemmAdd(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 11, func(t *testing.T, f *fences, s source, x shape) {
		a, b, dst := f.matrix(x.m, x.k), f.packed(x.k, x.n), f.matrix(x.m, x.n)
		s.fillMatrix(a)
		s.fillPacked(b)
		s.fillMatrix(dst)
		before := dst.clone()
		p.GemmAddF32(dst, a, b)
		checkMatrix(t, dst, plus(before, gemmOracle(a, b)), "%v", x)
	})
}

func TestGemmT(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 12, func(t *testing.T, f *fences, s source, x shape) {
		a, d, dst := f.matrix(x.m, x.k), f.matrix(x.m, x.n), f.packed(x.k, x.n)
		s.fillMatrix(a)
		s.fillMatrix(d)
		fillWith(dst.Data, nan32()) // the padding is written too
		p.GemmTF32(dst, a, d)
		checkPacked(t, dst, gemmTOracle(a, d), "%v", x)
	})
}

func TestGemmNT(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 13, func(t *testing.T, f *fences, s source, x shape) {
		a, b, dst := f.matrix(x.m, x.n), f.packed(x.k, x.n), f.matrix(x.m, x.k)
		s.fillMatrix(a)
		s.fillPacked(b)
		spoil(dst)
		p.GemmNTF32(dst, a, b)
		checkMatrix(t, dst, gemmNTOracle(a, b), "%v", x)
	})
}

// TestUpdate asserts the promise of UpdateF32: the bits of GemmTF32 followed
// by AdamF32, whose own tests bound them.
// TestUpdateOfManyWeights covers weights that do not stay in the caches, of
// which fewer are finished at a time: the bits are those of a gradient and a
// step of Adam one after the other.
func TestUpdateOfManyWeights(t *testing.T) {
	if !thorough() {
		t.Skip("a million weights")
	}
	p := newTestPool(t, 1)
	eachISA(t, func(t *testing.T) {
		s := newSource(16)
		a, d, w := s.matrix(2, 1031), s.matrix(2, 1040), s.packed(1031, 1040)
		require.Greater(t, len(w.Data), cachedWeights)
		m, v, gradient := NewPacked(1031, 1040), NewPacked(1031, 1040), NewPacked(1031, 1040)
		want, wantM, wantV := w.clone(), m.clone(), v.clone()
		p.GemmTF32(gradient, a, d)
		AdamF32(want.Data, wantM.Data, wantV.Data, gradient.Data, testStep)
		p.UpdateF32(w, m, v, a, d, testStep)
		requireBits(t, want.Data, w.Data, "weights")
		requireBits(t, wantM.Data, m.Data, "first moments")
		requireBits(t, wantV.Data, v.Data, "second moments")
	})
}

func TestUpdate(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 14, func(t *testing.T, f *fences, s source, x shape) {
		a, d := f.matrix(x.m, x.k), f.matrix(x.m, x.n)
		w, m, v := f.packed(x.k, x.n), f.packed(x.k, x.n), f.packed(x.k, x.n)
		s.fillMatrix(a)
		s.fillMatrix(d)
		fillState(s, w, m, v)
		w2, m2, v2, gradient := w.clone(), m.clone(), v.clone(), NewPacked(x.k, x.n)
		p.UpdateF32(w, m, v, a, d, testStep)
		p.GemmTF32(gradient, a, d)
		AdamF32(w2.Data, m2.Data, v2.Data, gradient.Data, testStep)
		requireBits(t, w2.Data, w.Data, "%v: weights", x)
		requireBits(t, m2.Data, m.Data, "%v: first moments", x)
		requireBits(t, v2.Data, v.Data, "%v: second moments", x)
		for _, packed := range []Packed{w, m, v} {
			requirePackedPadding(t, packed, "%v", x)
		}
	})
}

// fillState draws weights and moments, the second ones not negative.
func fillState(s source, w, m, v Packed) {
	s.fillPacked(w)
	s.fillPacked(m)
	s.fillPacked(v)
	for i, x := range v.Data {
		v.Data[i] = x * x
	}
}

func TestColumnSums(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 15, func(t *testing.T, f *fences, s source, x shape) {
		d, dst := f.matrix(x.m, x.n), f.floats(PaddedLen(x.n))
		s.fillMatrix(d)
		fillWith(dst, nan32())
		p.ColumnSumsF32(dst, d)
		for n := range x.n {
			var want dot
			for r := range x.m {
				want.add(d.Row(r)[n], 1)
			}
			want.check(t, dst[n], "%v: column %d", x, n)
		}
		requireZeros(t, dst[x.n:], "%v: padding", x)
	})
}

func TestColumnUpdate(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 16, func(t *testing.T, f *fences, s source, x shape) {
		d, width := f.matrix(x.m, x.n), PaddedLen(x.n)
		w, m, v, scratch := f.floats(width), f.floats(width), f.floats(width), f.floats(width)
		s.fillMatrix(d)
		s.fill(w[:x.n])
		w2, m2, v2, sums := NewVector(x.n), NewVector(x.n), NewVector(x.n), NewVector(x.n)
		copy(w2, w)
		p.ColumnUpdateF32(w, m, v, scratch, d, testStep)
		p.ColumnSumsF32(sums, d)
		AdamF32(w2, m2, v2, sums, testStep)
		requireBits(t, w2, w, "%v: weights", x)
		requireBits(t, m2, m, "%v: first moments", x)
		requireBits(t, v2, v, "%v: second moments", x)
		requireZeros(t, w[x.n:], "%v: padding", x)
	})
}

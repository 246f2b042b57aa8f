package simd

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRowsDoNotDependOnBatch computes rows all together, by twos, fives and
// sixes and on their own, and wants the same bits. The shapes reach every
// way through the product: the single row's groups of four panels and its
// rest, tiles of every height, several blocks of rows.
func TestRowsDoNotDependOnBatch(t *testing.T) {
	p := newTestPool(t, 1)
	shapes := []shape{{13, 1, 1}, {13, 27, 48}, {13, 20, 64}, {12, 19, 67}, {7, 26, 133}, {13, 4100, 65}}
	eachISA(t, func(t *testing.T) {
		s := newSource(40)
		for _, x := range shapes {
			a, wide, b := s.matrix(x.m, x.k), s.matrix(x.m, x.n), s.packed(x.k, x.n)
			checkBatches(t, s, "GemmF32", a, x.n, func(dst, a Matrix) { p.GemmF32(dst, a, b) })
			checkBatches(t, s, "GemmAddF32", a, x.n, func(dst, a Matrix) { p.GemmAddF32(dst, a, b) })
			checkBatches(t, s, "GemmNTF32", wide, x.k, func(dst, a Matrix) { p.GemmNTF32(dst, a, b) })
			for _, blocks := range []Blocks{{x.n, 10}, {x.n, 16}, {x.n, 7}} {
				values := s.blocks(blocks)
				checkBatches(t, s, "BlockAddF32", wide, x.n, func(dst, z Matrix) { p.BlockAddF32(dst, z, values, blocks) })
			}
		}
	})
}

// checkBatches compares f on all rows of a with f on groups of them. The
// groups write into slices of one matrix, so a write outside a slice shows.
func checkBatches(t *testing.T, s source, name string, a Matrix, cols int, f func(dst, a Matrix)) {
	t.Helper()
	start := s.matrix(a.Rows, cols)
	want := start.clone()
	f(want, a)
	for _, size := range []int{1, 2, 5, 6} {
		got := start.clone()
		for lo := 0; lo < a.Rows; lo += size {
			hi := min(lo+size, a.Rows)
			f(got.Slice(lo, hi), a.Slice(lo, hi))
			requireBits(t, start.Data[hi*start.Stride:], got.Data[hi*start.Stride:], "%s: rows behind %d:%d", name, lo, hi)
		}
		requireBits(t, want.Data, got.Data, "%s: %d×%d by %d rows", name, a.Rows, cols, size)
	}
}

// TestThreadsDoNotChangeBits runs every operation that a pool splits on 1…5
// threads (three of these numbers in a hurry). The sizes are worth sharing out; some have fewer panels, rows or
// blocks than threads.
func TestThreadsDoNotChangeBits(t *testing.T) {
	counts := []int{1, 2, 3, 4, 5}
	if !thorough() {
		counts = []int{1, 3, 4}
	}
	var pools []*Pool
	for _, threads := range counts {
		pools = append(pools, newTestPool(t, threads))
	}
	products := []shape{{13, 200, 110}, {300, 13, 70}, {13, 1300, 16}, {2, 400, 400}, {1, 600, 700}}
	laterals := []shape{{1, 26300, 10}, {3, 10000, 10}, {64, 400, 16}, {2700, 10, 10}} // rows, units, group
	sums := []shape{{13, 20200, 1}, {16400, 3, PanelWidth}}                            // rows, columns
	eachISA(t, func(t *testing.T) {
		compareThreads(t, pools, products, productResults)
		compareThreads(t, pools, laterals, lateralResults)
		compareThreads(t, pools, sums, sumResults)
	})
}

// compareThreads wants the same results from every pool.
func compareThreads(t *testing.T, pools []*Pool, shapes []shape, results func(*Pool, shape) map[string][]float32) {
	t.Helper()
	for _, x := range shapes {
		require.GreaterOrEqual(t, x.m*x.k*x.n, serialBelow, "%v is not worth a thread", x)
		want := results(pools[0], x)
		for _, p := range pools[1:] {
			for name, got := range results(p, x) {
				requireBits(t, want[name], got, "%s, %v, %d threads", name, x, p.Threads())
			}
		}
	}
}

// productResults returns what the operations write; the same shape draws the
// same operands.
func productResults(p *Pool, x shape) map[string][]float32 {
	s := newSource(41)
	a, d, b := s.matrix(x.m, x.k), s.matrix(x.m, x.n), s.packed(x.k, x.n)
	sum, product, back := s.matrix(x.m, x.n), NewMatrix(x.m, x.n), NewMatrix(x.m, x.k)
	gradient, m, v := NewPacked(x.k, x.n), NewPacked(x.k, x.n), NewPacked(x.k, x.n)
	p.GemmF32(product, a, b)
	p.GemmAddF32(sum, a, b)
	p.GemmTF32(gradient, a, d)
	p.GemmNTF32(back, d, b)
	p.UpdateF32(b, m, v, a, d, testStep)
	lean := map[int][]float32{}
	for _, bits := range []int{16, 8} {
		w, m := s.packed(x.k, x.n), NewMoments(PackedLen(x.k, x.n), bits)
		p.UpdateMomentsF32(w, &m, a, d, testStep, 1)
		p.UpdateMomentsF32(w, &m, a, d, testStep, 2)
		lean[bits] = w.Data
	}
	return map[string][]float32{
		"UpdateMomentsF32 of 16 bits": lean[16], "UpdateMomentsF32 of 8 bits": lean[8],
		"GemmF32": product.Data, "GemmAddF32": sum.Data, "GemmTF32": gradient.Data, "GemmNTF32": back.Data,
		"UpdateF32 w": b.Data, "UpdateF32 m": m.Data, "UpdateF32 v": v.Data,
	}
}

func lateralResults(p *Pool, x shape) map[string][]float32 {
	s, b := newSource(42), Blocks{Units: x.k, Group: x.n}
	z, dst, values, gradient := s.matrix(x.m, x.k), s.matrix(x.m, x.k), s.blocks(b), alignedFloats(b.Len())
	p.CompetitionGradientF32(gradient, values, z, dst, b)
	p.BlockAddF32(dst, z, values, b)
	return map[string][]float32{"CompetitionGradientF32": gradient, "BlockAddF32": dst.Data}
}

func sumResults(p *Pool, x shape) map[string][]float32 {
	dst := NewVector(x.k)
	p.ColumnSumsF32(dst, newSource(43).matrix(x.m, x.k))
	return map[string][]float32{"ColumnSumsF32": dst}
}

// TestOperandsAreReadOnly asserts that no operation writes to its inputs.
func TestOperandsAreReadOnly(t *testing.T) {
	p := newTestPool(t, 1)
	eachISA(t, func(t *testing.T) {
		s := newSource(44)
		blocks := Blocks{Units: 35, Group: 10}
		a, d, b, l := s.matrix(7, 9), s.matrix(7, 35), s.packed(9, 35), s.blocks(blocks)
		inputs := [][]float32{a.Data, d.Data, b.Data, l}
		var before [][]float32
		for _, x := range inputs {
			before = append(before, slices.Clone(x))
		}
		p.GemmF32(NewMatrix(7, 35), a, b)
		p.GemmAddF32(NewMatrix(7, 35), a, b)
		p.GemmTF32(NewPacked(9, 35), a, d)
		p.UpdateF32(NewPacked(9, 35), NewPacked(9, 35), NewPacked(9, 35), a, d, testStep)
		p.GemmNTF32(NewMatrix(7, 9), d, b)
		p.BlockAddF32(NewMatrix(7, 35), d, l, blocks)
		p.CompetitionGradientF32(alignedFloats(blocks.Len()), l, d, d, blocks)
		p.ColumnSumsF32(NewVector(35), d)
		CompetitionF32(alignedFloats(blocks.Len()), l, blocks)
		for i, x := range inputs {
			requireBits(t, before[i], x, "input %s", fmt.Sprint(i))
		}
	})
}

package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// blockShapes are layers whose last block is whole, short by some units or a
// single unit, and whose last panel is full, nearly full or nearly empty.
func blockShapes() (list []Blocks) {
	for _, group := range []int{1, 2, 3, 5, 7, 10, 15, 16} {
		for _, units := range []int{1, 2, 9, 10, 15, 16, 17, 20, 31, 32, 33, 47, 48, 50, 67} {
			list = append(list, Blocks{Units: units, Group: group})
		}
	}
	return list
}

func eachBlocks(t *testing.T, seed uint64, body func(t *testing.T, f *fences, s source, b Blocks, rows int)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(seed)
		for i, b := range blockShapes() {
			for _, rows := range []int{0, 1, 2 + i%12} {
				body(t, f, s, b, rows)
				f.release("%+v rows=%d", b, rows)
			}
		}
	})
}

func TestBlocksIndex(t *testing.T) {
	for _, b := range blockShapes() {
		seen := map[int]bool{}
		eachBlockElement(b, func(row, col int) {
			i := b.Index(row, col)
			require.Less(t, i, b.Len(), "%+v: [%d][%d]", b, row, col)
			require.False(t, seen[i], "%+v: [%d][%d] shares its place", b, row, col)
			seen[i] = true
		})
		require.Equal(t, (b.Units+b.Group-1)/b.Group, b.Count(), "%+v", b)
		require.Equal(t, b.Count()*b.Group*PanelWidth, b.Len(), "%+v", b)
	}
	require.Equal(t, (2*10+3)*PanelWidth+5, Blocks{Units: 40, Group: 10}.Index(23, 25))
}

func TestBlockAdd(t *testing.T) {
	p := newTestPool(t, 1)
	eachBlocks(t, 20, func(t *testing.T, f *fences, s source, b Blocks, rows int) {
		z, dst, values := f.matrix(rows, b.Units), f.matrix(rows, b.Units), f.floats(b.Len())
		s.fillMatrix(z)
		s.fillMatrix(dst)
		s.fillBlocks(values, b)
		before := dst.clone()
		p.BlockAddF32(dst, z, values, b)
		checkMatrix(t, dst, plus(before, blockOracle(z, values, b)), "%+v rows=%d", b, rows)
	})
}

// TestBlockSum wants the bits of a copy and BlockAddF32, with rows of the base
// used in order, and several times and not at all.
func TestBlockSum(t *testing.T) {
	p := newTestPool(t, 1)
	eachBlocks(t, 23, func(t *testing.T, f *fences, s source, b Blocks, rows int) {
		z, dst, base, values := f.matrix(rows, b.Units), f.matrix(rows, b.Units), f.matrix(rows+1, b.Units), f.floats(b.Len())
		s.fillMatrix(z)
		s.fillMatrix(base)
		s.fillBlocks(values, b)
		of, want := make([]int, rows), f.matrix(rows, b.Units)
		for r := range of {
			of[r] = r * r % (rows + 1)
			copy(want.Row(r), base.Row(of[r]))
		}
		p.BlockAddF32(want, z, values, b)
		if rows%2 == 0 {
			of = nil
			for r := range rows {
				copy(want.Row(r), base.Row(r))
			}
			p.BlockAddF32(want, z, values, b)
			base = base.Slice(0, rows)
		}
		p.BlockSumF32(dst, base, of, z, values, b)
		for r := range rows {
			requireBits(t, want.Row(r), dst.Row(r), "%+v rows=%d", b, rows)
		}
	})
}

func TestCompetitionGradient(t *testing.T) {
	p := newTestPool(t, 1)
	eachBlocks(t, 21, func(t *testing.T, f *fences, s source, b Blocks, rows int) {
		z, d, l, dst := f.matrix(rows, b.Units), f.matrix(rows, b.Units), f.floats(b.Len()), f.floats(b.Len())
		s.fillMatrix(z)
		s.fillMatrix(d)
		s.fillBlocks(l, b) // about half are negative, which masks
		l[0] = 0           // neither is this one positive
		fillWith(dst, nan32())
		p.CompetitionGradientF32(dst, l, z, d, b)
		outside := append([]float32(nil), dst...)
		products := gemmTOracle(z, d)
		eachBlockElement(b, func(row, col int) {
			i := b.Index(row, col)
			outside[i] = 0
			var want dot
			if l[i] > 0 {
				want = products(row, col)
			}
			if row != col {
				want.sum = -want.sum
			}
			want.check(t, dst[i], "%+v rows=%d: [%d][%d]", b, rows, row, col)
		})
		requireZeros(t, outside, "%+v rows=%d: outside the blocks", b, rows)
	})
}

func TestCompetition(t *testing.T) {
	eachBlocks(t, 22, func(t *testing.T, f *fences, s source, b Blocks, _ int) {
		l, dst := f.floats(b.Len()), f.floats(b.Len())
		s.fillBlocks(l, b)
		fillWith(dst, nan32())
		CompetitionF32(dst, l, b)
		outside := append([]float32(nil), dst...)
		eachBlockElement(b, func(row, col int) {
			i := b.Index(row, col)
			outside[i] = 0
			want := max(l[i], 0)
			if row != col {
				want = -want
			}
			require.Equal(t, want, dst[i], "%+v: [%d][%d]", b, row, col)
		})
		requireZeros(t, outside, "%+v: outside the blocks", b)
	})
}

// TestCompetitionIsLateralTerm checks the signs against PFF's equation on a
// case small enough to do by hand: −z·Llat excites the unit itself and
// inhibits its neighbour.
func TestCompetitionIsLateralTerm(t *testing.T) {
	p := newTestPool(t, 1)
	b := Blocks{Units: 2, Group: 2}
	l, values := make([]float32, b.Len()), make([]float32, b.Len())
	l[b.Index(0, 0)], l[b.Index(0, 1)], l[b.Index(1, 0)], l[b.Index(1, 1)] = 2, 3, -5, 7
	CompetitionF32(values, l, b)
	z, dst := NewMatrix(1, 2), NewMatrix(1, 2)
	z.Data[0], z.Data[1] = 10, 1
	p.BlockAddF32(dst, z, values, b)
	require.Equal(t, []float32{20, 7 - 30}, dst.Row(0))
}

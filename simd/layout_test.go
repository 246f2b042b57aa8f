package simd

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func requireAligned(t *testing.T, x []float32, format string, args ...any) {
	t.Helper()
	require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(x)))%64, format, args)
}

func TestNewMatrix(t *testing.T) {
	for rows := range 5 {
		for cols := 1; cols <= 5*PanelWidth; cols++ {
			m := NewMatrix(rows, cols)
			require.Equal(t, rows, m.Rows)
			require.Equal(t, cols, m.Cols)
			require.Equal(t, Stride(cols), m.Stride)
			require.Len(t, m.Data, rows*m.Stride)
			require.NotPanics(t, func() { m.check("", "") })
			requireZeros(t, m.Data, "new matrix")
			if rows > 0 {
				requireAligned(t, m.Data, "%d×%d", rows, cols)
			}
		}
	}
}

func TestStrideIsOddNumberOfLines(t *testing.T) {
	for cols := 1; cols <= 300; cols++ {
		stride := Stride(cols)
		require.Zero(t, stride%PanelWidth, "%d columns", cols)
		require.Equal(t, 1, stride/PanelWidth%2, "%d columns", cols)
		require.GreaterOrEqual(t, stride, cols)
		require.Less(t, stride, cols+2*PanelWidth, "%d columns: more than one line spare", cols)
	}
	require.Equal(t, 528, Stride(512))
	require.Equal(t, 2000, Stride(2000)) // 125 lines
}

func TestMatrixRows(t *testing.T) {
	m := newSource(70).matrix(3, 21)
	for r := range m.Rows {
		require.Len(t, m.Row(r), 21)
		require.Equal(t, 21, cap(m.Row(r)), "an append would run into the padding")
		require.Len(t, m.PaddedRow(r), 32)
		require.Equal(t, 32, cap(m.PaddedRow(r)))
		require.Same(t, &m.Data[r*m.Stride], &m.Row(r)[0])
		require.Same(t, &m.Data[r*m.Stride], &m.PaddedRow(r)[0])
	}
	m.Zero()
	requireZeros(t, m.Data, "after Zero")
}

func TestMatrixSlice(t *testing.T) {
	m := newSource(71).matrix(4, 5)
	part := m.Slice(1, 3)
	require.Equal(t, 2, part.Rows)
	require.Len(t, part.Data, 2*m.Stride)
	require.Same(t, &m.Row(1)[0], &part.Row(0)[0], "a slice shares memory")
	requireBits(t, m.Row(2), part.Row(1), "row 2")
	for lo := 0; lo <= m.Rows; lo++ {
		require.Zero(t, m.Slice(lo, lo).Rows)
		require.NotPanics(t, func() { m.Slice(lo, lo).check("", "") })
	}
	require.Equal(t, 0, NewMatrix(0, 5).Slice(0, 0).Rows)
	for _, bounds := range [][2]int{{-1, 2}, {0, 5}, {3, 2}, {5, 5}, {-2, -1}} {
		refusesSlice(t, m, bounds)
	}
	// The rows of a slice end at its own last row, not the parent's.
	refusesSlice(t, part, [2]int{0, 3})
}

func refusesSlice(t *testing.T, m Matrix, bounds [2]int) {
	t.Helper()
	defer func() {
		t.Helper()
		require.Regexp(t, `^simd: [^\n]+$`, recover(), "%v", bounds)
	}()
	m.Slice(bounds[0], bounds[1])
}

func TestPaddedLen(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 16, 15: 16, 16: 16, 17: 32, 500: 512} {
		require.Equal(t, want, PaddedLen(n))
		require.Len(t, NewVector(n), want)
	}
}

func TestVectorsAreAlignedZeros(t *testing.T) {
	for n := 1; n <= 300; n++ {
		v := NewVector(n)
		requireAligned(t, v, "%d values", n)
		requireZeros(t, v, "%d values", n)
		require.Equal(t, len(v), cap(v))
		odd := alignedFloats(n)
		requireAligned(t, odd, "%d values", n)
		require.Len(t, odd, n)
		require.Equal(t, n, cap(odd))
	}
}

func TestPackedIndex(t *testing.T) {
	p := NewPacked(7, 35)
	require.Len(t, p.Data, PackedLen(7, 35))
	require.Equal(t, 3*7*16, PackedLen(7, 35))
	require.Equal(t, 3, p.Panels())
	seen := map[int]bool{}
	for k := range p.K {
		for n := range p.N {
			i := p.Index(k, n)
			require.Equal(t, (n/16*7+k)*16+n%16, i)
			require.False(t, seen[i])
			seen[i] = true
			p.Set(k, n, float32(100*k+n))
			require.Equal(t, float32(100*k+n), p.Data[i])
			require.Equal(t, float32(100*k+n), p.At(k, n))
			require.Same(t, &p.Data[i], &p.Panel(n / 16)[k*16+n%16])
		}
	}
	requirePackedPadding(t, p, "after Set")
	require.Equal(t, 7*16, cap(p.Panel(0)), "an append would run into the next panel")
}

func TestPackRoundTrip(t *testing.T) {
	s := newSource(72)
	for _, k := range []int{1, 2, 7, 27} {
		for n := 1; n <= 4*PanelWidth+3; n++ {
			want, got := s.vector(k*n), make([]float32, k*n)
			want[0] = math.Float32frombits(0x7fc01234) // bits pass through unchanged
			p := NewPacked(k, n)
			requireAligned(t, p.Data, "%d×%d", k, n)
			p.Pack(want)
			requirePackedPadding(t, p, "%d×%d", k, n)
			requireBits(t, want[k*n-1:], []float32{p.At(k-1, n-1)}, "last value of %d×%d", k, n)
			p.Unpack(got)
			requireBits(t, want, got, "%d×%d", k, n)
		}
	}
}

func TestPackWantsEveryValue(t *testing.T) {
	p := NewPacked(3, 5)
	for _, n := range []int{0, 14, 16} {
		require.Panics(t, func() { p.Pack(make([]float32, n)) })
		require.Panics(t, func() { p.Unpack(make([]float32, n)) })
	}
	requireZeros(t, p.Data, "after a refused Pack")
}

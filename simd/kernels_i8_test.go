package simd

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The int8 kernels have one right result: they are compared value by value
// with the pure Go ones, which TestTileI8Definition compares with the sums
// written out.

// weights returns n zero weights beside an unmapped page, n a multiple of 4.
func (f *fences) weights(n int) []int8 { return asInt8s(f.floats(n / 4)) }

// fillU7 and fillS8 draw activations and weights over their whole range, the
// extremes more often than chance would.
func (s source) fillU7(x []uint8) {
	for i := range x {
		x[i] = uint8(s.IntN(MaxU7 + 1))
		if s.IntN(4) == 0 {
			x[i] = MaxU7
		}
	}
}

func (s source) fillS8(x []int8) {
	for i := range x {
		x[i] = int8(s.IntN(2*127+1) - 127)
		switch s.IntN(8) {
		case 0:
			x[i] = 127
		case 1:
			x[i] = -127
		}
	}
}

func (s source) fillSums(x []int32) {
	for i := range x {
		x[i] = int32(s.Uint32())
	}
}

// tileI8Case is one call of tileI8 in all its freedom of distances.
type tileI8Case struct {
	rows, panels, groups int
	dstRow, aRow, bPanel int
	accumulate           bool
}

func tileI8Cases() (cases []tileI8Case) {
	height, width := tileShapeI8()
	for panels := 1; panels <= width; panels++ {
		for rows := 1; rows <= height; rows++ {
			for groups := range 10 {
				for gap := range 3 { // between rows of a, rows of dst and panels of b
					for _, accumulate := range []bool{false, true} {
						cases = append(cases, tileI8Case{
							rows: rows, panels: panels, groups: groups, accumulate: accumulate,
							dstRow: panels*PanelWidth + 5*gap, aRow: 4*groups + 3*gap, bPanel: groups*lineBytes + 12*gap,
						})
					}
				}
			}
		}
	}
	return cases
}

// operands draws what the case touches, and nothing more.
func (c tileI8Case) operands(f *fences, s source) (dst []int32, a []uint8, b []int8) {
	groups := max(c.groups, 1) // a and b must exist even when no group reads them
	a = f.bytes((c.rows-1)*c.aRow + 4*groups)
	b = f.weights((c.panels-1)*c.bPanel + groups*lineBytes)
	dst = f.int32s((c.rows-1)*c.dstRow + c.panels*PanelWidth)
	s.fillU7(a)
	s.fillS8(b)
	s.fillSums(dst)
	return dst, a, b
}

// TestTileI8 runs the kernel on operands of exactly the values it may touch.
func TestTileI8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(50)
		for _, c := range tileI8Cases() {
			dst, a, b := c.operands(f, s)
			want := slices.Clone(dst)
			tileI8Generic(c.rows, c.panels, want, c.dstRow, a, c.aRow, b, c.bPanel, c.groups, c.accumulate)
			tileI8(c.rows, c.panels, dst, c.dstRow, a, c.aRow, b, c.bPanel, c.groups, c.accumulate)
			requireSums(t, want, dst, "%+v", c)
			f.release("%+v", c)
		}
	})
}

// requireSums fails unless got and want are equal, naming the first value
// that is not.
func requireSums(t testing.TB, want, got []int32, format string, args ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		if got[i] != w {
			t.Fatalf("%s: value %d is %d, want %d", fmt.Sprintf(format, args...), i, got[i], w)
		}
	}
}

// TestTileI8Definition compares the pure Go kernel with the sums as its
// comment states them, in 64 bits.
func TestTileI8Definition(t *testing.T) {
	f, s := newFences(t), newSource(51)
	for _, c := range []tileI8Case{
		{3, 2, 5, 37, 29, 5*lineBytes + 8, false}, {2, 3, 4, 48, 16, 4 * lineBytes, true}, {1, 1, 0, 16, 4, 0, false},
	} {
		dst, a, b := c.operands(f, s)
		before := slices.Clone(dst)
		tileI8Generic(c.rows, c.panels, dst, c.dstRow, a, c.aRow, b, c.bPanel, c.groups, c.accumulate)
		for i, got := range dst {
			r, p, j := i/c.dstRow, i%c.dstRow/PanelWidth, i%c.dstRow%PanelWidth
			want := int64(before[i])
			if p < c.panels {
				if !c.accumulate {
					want = 0
				}
				for k := range 4 * c.groups {
					want += int64(a[r*c.aRow+k]) * int64(b[p*c.bPanel+k/4*lineBytes+4*j+k%4])
				}
			}
			require.Equal(t, int32(want), got, "%+v: [%d] panel %d [%d]", c, r, p, j)
		}
		f.release("%+v", c)
	}
}

// TestI8Extremes sums products of 127 and ±127 until an implementation that
// saturates, or that adds in 16 bits what does not fit them, must show it.
func TestI8Extremes(t *testing.T) {
	const groups = 2111
	eachISA(t, func(t *testing.T) {
		height, width := tileShapeI8()
		a := make([]uint8, height*4*groups)
		for i := range a {
			a[i] = MaxU7
		}
		for _, pattern := range [][2]int8{{127, 127}, {-127, -127}, {127, -127}} {
			b := make([]int8, 4*groups*lineBytes)
			for i := range b {
				b[i] = pattern[i/2%2]
			}
			want := int32(2*groups) * MaxU7 * (int32(pattern[0]) + int32(pattern[1]))
			dst := make([]int32, height*4*PanelWidth)
			tileI8(height, width, dst, width*PanelWidth, a, 4*groups, b, groups*lineBytes, groups, false)
			for i, v := range dst[:height*width*PanelWidth] {
				require.Equal(t, want, v, "tileI8: %v: value %d", pattern, i)
			}
			for _, panels := range []int{1, 4} {
				rowPanelsI8(panels, dst, a, b, groups*lineBytes, groups, false)
				for i, v := range dst[:panels*PanelWidth] {
					require.Equal(t, want, v, "rowPanelsI8: %v: value %d of %d panels", pattern, i, panels)
				}
			}
		}
	})
}

// TestRowPanelsI8 covers the groups that the kernels take at a time, and what
// is left of them.
func TestRowPanelsI8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(52)
		for _, panels := range []int{1, 4} {
			for groups := range 36 {
				for _, gap := range []int{0, 4, lineBytes} { // between panels
					checkRowPanelsI8(t, f, s, panels, groups, groups*lineBytes+gap, gap == 4)
				}
			}
		}
	})
}

func checkRowPanelsI8(t *testing.T, f *fences, s source, panels, groups, panelLen int, accumulate bool) {
	c := tileI8Case{rows: 1, panels: panels, groups: groups, bPanel: panelLen}
	dst, a, b := c.operands(f, s)
	want := slices.Clone(dst)
	rowPanelsI8Generic(panels, want, a, b, panelLen, groups, accumulate)
	rowPanelsI8(panels, dst, a, b, panelLen, groups, accumulate)
	requireSums(t, want, dst, "%+v accumulate=%t", c, accumulate)
	f.release("%+v", c)
}

// TestSparseRowI8 runs the kernels on lists of groups, in operands of exactly the
// values that they may touch.
func TestSparseRowI8(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(52)
		for _, panels := range []int{1, 4} {
			for groups := 1; groups < 9; groups++ {
				for listed := 1; listed <= groups; listed++ {
					panelLen := groups*lineBytes + 64*(listed%2)
					b, dst := f.weights((panels-1)*panelLen+groups*lineBytes), f.int32s(panels*PanelWidth)
					bytes, at := f.bytes(4*listed), f.int32s(listed)
					s.fillS8(b)
					s.fillSums(dst)
					s.fillU7(bytes)
					for i := range at {
						at[i] = int32((groups - listed + i) * lineBytes)
					}
					a := unsafe.Slice((*uint32)(unsafe.Pointer(&bytes[0])), listed)
					want := slices.Clone(dst)
					sparseRowI8Generic(panels, want, a, at, b, panelLen, listed%3 == 0)
					sparseRowI8(panels, dst, a, at, b, panelLen, listed%3 == 0)
					requireSums(t, want, dst, "%d panels, %d of %d groups", panels, listed, groups)
					f.release("%d panels, %d of %d groups", panels, listed, groups)
				}
			}
		}
	})
}

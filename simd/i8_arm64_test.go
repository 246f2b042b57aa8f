//go:build !purego && !noasm

package simd

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// groupCounts pass through every rest of the int8 kernels' loops, and through
// more than one call.
var groupCounts = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, callSteps, callSteps + 3, 2*callSteps + 1}

// TestTileI8Turns compares the int8 tiles with the pure Go one, on fenced
// operands.
func TestTileI8Turns(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(60)
		for _, groups := range groupCounts {
			for rows := 1; rows <= tileRows; rows++ {
				for _, accumulate := range []bool{false, true} {
					compareTileI8(t, f, s, rows, groups, accumulate)
				}
			}
		}
	})
}

func compareTileI8(t *testing.T, f *fences, s source, rows, groups int, accumulate bool) {
	t.Helper()
	const dstRow = 35
	what, aRow := fmt.Sprintf("rows=%d groups=%d accumulate=%t", rows, groups, accumulate), 4*groups+12
	a, b := asBytes(f.floats(((rows-1)*aRow+4*groups)/4)), asInt8s(f.floats(groups*PanelWidth))
	got := asInt32s(f.floats((rows-1)*dstRow + PanelWidth))
	s.fillI8(a, b)
	s.fillSums(got)
	want := slices.Clone(got)
	tileI8Generic(rows, 1, want, dstRow, a, aRow, b, 0, groups, accumulate)
	tileI8(rows, 1, got, dstRow, a, aRow, b, 0, groups, accumulate)
	require.Equal(t, want, got, what)
	f.release("%s", what)
}

func TestRowPanelsI8Turns(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(61)
		for _, groups := range groupCounts {
			for _, panels := range []int{1, 4} {
				for _, gap := range []int{0, lineBytes} {
					compareRowPanelsI8(t, f, s, panels, groups, lineBytes*groups+gap)
				}
			}
		}
	})
}

func compareRowPanelsI8(t *testing.T, f *fences, s source, panels, groups, panelLen int) {
	t.Helper()
	what, accumulate := fmt.Sprintf("panels=%d groups=%d panelLen=%d", panels, groups, panelLen), groups%2 == 0
	a, b := asBytes(f.floats(groups)), asInt8s(f.floats(((panels-1)*panelLen+lineBytes*groups)/4))
	got := asInt32s(f.floats(panels * PanelWidth))
	s.fillI8(a, b)
	s.fillSums(got)
	want := slices.Clone(got)
	rowPanelsI8Generic(panels, want, a, b, panelLen, groups, accumulate)
	rowPanelsI8(panels, got, a, b, panelLen, groups, accumulate)
	require.Equal(t, want, got, what)
	f.release("%s", what)
}

// fillI8 draws activations and weights, one time in three the extremes, whose
// sums of two products fill 16 bits.
func (s source) fillI8(a []uint8, b []int8) {
	extreme := s.IntN(3) == 0
	for i := range a {
		a[i] = uint8(s.IntN(MaxU7 + 1))
		if extreme {
			a[i] = MaxU7
		}
	}
	for i := range b {
		b[i] = int8(s.IntN(255) - 127)
		if extreme {
			b[i] = []int8{-127, 127}[i/4%2]
		}
	}
}

// fillSums draws any sums: they may wrap.
func (s source) fillSums(x []int32) {
	for i := range x {
		x[i] = int32(s.Uint32())
	}
}

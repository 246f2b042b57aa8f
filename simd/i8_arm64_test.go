//go:build !purego && !noasm

package simd

import (
	"slices"
	"testing"
)

// TestI8BeyondOneCall takes more groups than one call of a kernel does.
func TestI8BeyondOneCall(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(60)
		for _, groups := range []int{callSteps, callSteps + 3, 2*callSteps + 1} {
			for _, accumulate := range []bool{false, true} {
				c := tileI8Case{rows: 3, panels: 1, groups: groups, dstRow: 35, aRow: 4*groups + 12, bPanel: 0, accumulate: accumulate}
				dst, a, b := c.operands(f, s)
				want := slices.Clone(dst)
				tileI8Generic(c.rows, 1, want, c.dstRow, a, c.aRow, b, 0, groups, accumulate)
				tileI8(c.rows, 1, dst, c.dstRow, a, c.aRow, b, 0, groups, accumulate)
				requireSums(t, want, dst, "%+v", c)
				f.release("%+v", c)
				checkRowPanelsI8(t, f, s, 4, groups, groups*lineBytes, accumulate)
			}
		}
	})
}

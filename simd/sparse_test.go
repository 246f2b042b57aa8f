package simd

import (
	"fmt"
	"slices"
	"testing"
)

// TestSparseRow runs the kernel on fenced operands and wants the bits of the
// row with its zeros: rows at both ends of a panel, neighbours and gaps, no
// row at all.
func TestSparseRow(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(70)
		for _, panels := range []int{1, 4, rowWidth()} {
			for _, steps := range []int{1, 2, 9, 26} {
				for every := 1; every <= 5; every++ {
					for _, accumulate := range []bool{false, true} {
						checkSparseRow(t, f, s, panels, steps, every, accumulate)
					}
				}
			}
		}
	})
}

// checkSparseRow keeps one value of every few, from the last one down.
func checkSparseRow(t *testing.T, f *fences, s source, panels, steps, every int, accumulate bool) {
	t.Helper()
	what := fmt.Sprintf("panels=%d steps=%d every=%d accumulate=%t", panels, steps, every, accumulate)
	panelLen := steps*PanelWidth + 3
	dense, b, got := make([]float32, steps), f.floats((panels-1)*panelLen+steps*PanelWidth), f.floats(panels*PanelWidth)
	s.fill(b)
	s.fill(got)
	want := slices.Clone(got)
	n := 0
	for k := steps - 1; k >= 0 && every <= 4; k -= every { // every 5: none
		dense[k] = 0.5 + s.Float32()
		n++
	}
	values, rows := f.floats(n), asInt32s(f.floats(n))
	i := 0
	for k, v := range dense {
		if v != 0 {
			values[i], rows[i] = v, int32(k)
			i++
		}
	}
	sparseRowF32(panels, got, values, rows, b, panelLen, accumulate)
	for p := range panels {
		rowPanelsF32(1, want[p*PanelWidth:], dense, b[p*panelLen:], panelLen, steps, accumulate)
	}
	requireBits(t, want, got, "%s", what)
	f.release("%s", what)
}

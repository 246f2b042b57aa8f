package simd

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// tileCase is one call of tileF32 in all its freedom of strides.
type tileCase struct {
	rows, steps        int
	dstStride          int
	aRow, aStep, bStep int
	accumulate         bool
}

func tileCases() (cases []tileCase) {
	for rows := 1; rows <= tileRows; rows++ {
		for _, steps := range []int{0, 1, 2, 3, 7, 16, 27} {
			for _, a := range [][2]int{{steps + 1, 1}, {steps + 6, 1}, {1, rows}, {1, rows + 10}, {16, 3}} {
				for _, strides := range [][2]int{{PanelWidth, PanelWidth}, {35, 19}, {48, 80}} {
					for _, accumulate := range []bool{false, true} {
						cases = append(cases, tileCase{
							rows: rows, steps: steps, aRow: a[0], aStep: a[1],
							dstStride: strides[0], bStep: strides[1], accumulate: accumulate,
						})
					}
				}
			}
		}
	}
	return cases
}

// TestTile runs the kernel on operands of exactly the values it may touch.
func TestTile(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(1)
		for _, c := range tileCases() {
			steps := max(c.steps, 1) // a and b must exist even when no step reads them
			a := f.floats((c.rows-1)*c.aRow + (steps-1)*c.aStep + 1)
			b := f.floats((steps-1)*c.bStep + PanelWidth)
			dst := f.floats((c.rows-1)*c.dstStride + PanelWidth)
			s.fill(a)
			s.fill(b)
			s.fill(dst)
			before := slices.Clone(dst)
			tileF32(c.rows, 1, dst, c.dstStride, 0, a, c.aRow, c.aStep, b, c.bStep, 0, c.steps, c.accumulate)
			c.check(t, before, dst, a, b)
			f.release("%+v", c)
		}
	})
}

func (c tileCase) check(t *testing.T, before, dst, a, b []float32) {
	t.Helper()
	for i, got := range dst {
		r, j := i/c.dstStride, i%c.dstStride
		if j >= PanelWidth {
			requireBits(t, before[i:i+1], dst[i:i+1], "%+v: between rows: [%d][%d]", c, r, j)
			continue
		}
		var want dot
		for s := range c.steps {
			want.add(a[r*c.aRow+s*c.aStep], b[s*c.bStep+j])
		}
		if c.accumulate {
			want.add(before[i], 1)
		}
		want.check(t, got, "%+v: [%d][%d]", c, r, j)
	}
}

func TestRowPanels(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(2)
		for _, steps := range []int{0, 1, 2, 3, 8, 27} {
			for _, gap := range []int{0, 3, PanelWidth} { // between panels
				for _, accumulate := range []bool{false, true} {
					checkRowPanels(t, f, s, steps, steps*PanelWidth+gap, accumulate)
				}
			}
		}
	})
}

func checkRowPanels(t *testing.T, f *fences, s source, steps, panelLen int, accumulate bool) {
	what := fmt.Sprintf("steps=%d panelLen=%d accumulate=%t", steps, panelLen, accumulate)
	a, b, dst := f.floats(max(steps, 1)), f.floats(3*panelLen+max(steps, 1)*PanelWidth), f.floats(4*PanelWidth)
	s.fill(a)
	s.fill(b)
	s.fill(dst)
	before := slices.Clone(dst)
	rowPanelsF32(4, dst, a, b, panelLen, steps, accumulate)
	for i, got := range dst {
		var want dot
		for k := range steps {
			want.add(a[k], b[i/PanelWidth*panelLen+k*PanelWidth+i%PanelWidth])
		}
		if accumulate {
			want.add(before[i], 1)
		}
		want.check(t, got, "%s: dst[%d]", what, i)
	}
	f.release("%s", what)
}

func TestDotRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(3)
		for panels := range 6 {
			for _, panelLen := range []int{4 * PanelWidth, 4*PanelWidth + 5, 13 * PanelWidth} {
				checkDotRows(t, f, s, panels, panelLen)
			}
		}
	})
}

func checkDotRows(t *testing.T, f *fences, s source, panels, panelLen int) {
	what := fmt.Sprintf("panels=%d panelLen=%d", panels, panelLen)
	n := max(panels, 1)
	a, b, dst := f.floats(n*PanelWidth), f.floats((n-1)*panelLen+4*PanelWidth), f.floats(4)
	s.fill(a)
	s.fill(b)
	s.fill(dst)
	dotRowsF32(dst, a, b, panelLen, panels)
	for i, got := range dst {
		var want dot
		for j := range panels * PanelWidth {
			want.add(a[j], b[j/PanelWidth*panelLen+i*PanelWidth+j%PanelWidth])
		}
		want.check(t, got, "%s: dst[%d]", what, i)
	}
	f.release("%s", what)
}

// TestKernelsRound shows by the last bit which implementation ran: a product
// x² = 1 + 2⁻¹¹ + 2⁻²⁴ added to −1 keeps its last bit only when fused. Every
// implementation fuses except the pure Go one.
func TestKernelsRound(t *testing.T) {
	const x = 1 + 1.0/(1<<12)
	eachISA(t, func(t *testing.T) {
		want := float32(0x1p-11 + 0x1p-24)
		if active == Generic {
			want = 0x1p-11
		}
		a, b, dst := make([]float32, 2*PanelWidth), make([]float32, 8*PanelWidth), make([]float32, 4*PanelWidth)
		a[0], a[1] = -1, x
		for i := range b {
			b[i] = []float32{1, x}[i/PanelWidth%2]
		}
		for rows := 1; rows <= tileRows; rows++ {
			tile := make([]float32, tileRows*PanelWidth)
			tileF32(rows, 1, tile, PanelWidth, 0, a, 0, 1, b, PanelWidth, 0, 2, false)
			requireAll(t, want, tile[:rows*PanelWidth], "tileF32")
		}
		rowPanelsF32(4, dst, a, b, 2*PanelWidth, 2, false)
		requireAll(t, want, dst, "rowPanelsF32")

		a[1], a[PanelWidth] = 0, x // one sum takes both products in either order of summation
		fillWith(b[:4*PanelWidth], 1)
		fillWith(b[4*PanelWidth:], x)
		dotRowsF32(dst, a, b, 4*PanelWidth, 2)
		requireAll(t, want, dst[:4], "dotRowsF32")
	})
}

func requireAll(t *testing.T, want float32, got []float32, name string) {
	t.Helper()
	for i, v := range got {
		require.Equal(t, want, v, "%s: value %d", name, i)
	}
}

// TestAdamStepLayout pins what the assembly assumes of AdamStep.
func TestAdamStepLayout(t *testing.T) {
	var s AdamStep
	offsets := []uintptr{
		unsafe.Offsetof(s.Rate), unsafe.Offsetof(s.Beta1), unsafe.Offsetof(s.OneMinusBeta1), unsafe.Offsetof(s.Beta2),
		unsafe.Offsetof(s.OneMinusBeta2), unsafe.Offsetof(s.Epsilon), unsafe.Offsetof(s.Clip), unsafe.Offsetof(s.Decay),
	}
	require.Equal(t, []uintptr{0, 4, 8, 12, 16, 20, 24, 28}, offsets)
	require.EqualValues(t, 32, unsafe.Sizeof(s))
}

package simd

import (
	"slices"
	"testing"
)

// wideCase is one call of tileF32 with any number of rows and panels that the
// implementation takes at a time.
type wideCase struct {
	rows, panels, steps int
	dstRow, dstPanel    int
	aRow, aStep         int
	bStep, bPanel       int
	accumulate          bool
}

func wideCases() (cases []wideCase) {
	height, width := tileShape()
	for panels := 1; panels <= width; panels++ {
		for rows := 1; rows <= height; rows++ {
			for _, steps := range []int{0, 1, 2, 7} {
				product := wideCase{
					rows: rows, panels: panels, steps: steps, accumulate: steps%2 == 0,
					dstRow: panels*PanelWidth + 5, dstPanel: PanelWidth,
					aRow: steps + 1, aStep: 1, bStep: PanelWidth, bPanel: steps*PanelWidth + 3,
				}
				gradient := wideCase{
					rows: rows, panels: panels, steps: steps, accumulate: rows%2 == 0,
					dstRow: PanelWidth, dstPanel: rows*PanelWidth + 7,
					aRow: 1, aStep: rows + 3, bStep: panels*PanelWidth + 2, bPanel: PanelWidth,
				}
				cases = append(cases, product, gradient)
			}
		}
	}
	return cases
}

// TestWideTile runs the kernel on operands of exactly the values it may touch
// and wants the bits of the smallest tile, which TestTile holds to the bound.
func TestWideTile(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(80)
		for _, c := range wideCases() {
			steps := max(c.steps, 1) // a and b must exist even when no step reads them
			a := f.floats((c.rows-1)*c.aRow + (steps-1)*c.aStep + 1)
			b := f.floats((c.panels-1)*c.bPanel + (steps-1)*c.bStep + PanelWidth)
			dst := f.floats((c.rows-1)*c.dstRow + (c.panels-1)*c.dstPanel + PanelWidth)
			s.fill(a)
			s.fill(b)
			s.fill(dst)
			want := slices.Clone(dst)
			for r := range c.rows {
				for p := range c.panels {
					tileF32(1, 1, want[r*c.dstRow+p*c.dstPanel:], 0, 0, a[r*c.aRow:], 0, c.aStep, b[p*c.bPanel:], c.bStep, 0, c.steps, c.accumulate)
				}
			}
			tileF32(c.rows, c.panels, dst, c.dstRow, c.dstPanel, a, c.aRow, c.aStep, b, c.bStep, c.bPanel, c.steps, c.accumulate)
			requireBits(t, want, dst, "%+v", c)
			f.release("%+v", c)
		}
	})
}

// TestEveryRowWidth compares the kernels of a row for every number of panels
// that the implementation takes at a time with the smallest tile.
func TestEveryRowWidth(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(81)
		for panels := 1; panels <= rowWidth(); panels = max(4, 2*panels) {
			for _, steps := range []int{0, 1, 2, 3, 9} {
				for _, accumulate := range []bool{false, true} {
					panelLen := steps*PanelWidth + 3
					a, b := f.floats(max(steps, 1)), f.floats((panels-1)*panelLen+max(steps, 1)*PanelWidth)
					got := f.floats(panels * PanelWidth)
					s.fill(a)
					s.fill(b)
					s.fill(got)
					want := slices.Clone(got)
					for p := range panels {
						tileF32(1, 1, want[p*PanelWidth:], 0, 0, a, 0, 1, b[p*panelLen:], PanelWidth, 0, steps, accumulate)
					}
					rowPanelsF32(panels, got, a, b, panelLen, steps, accumulate)
					requireBits(t, want, got, "%d panels, %d steps, accumulate=%t", panels, steps, accumulate)
					f.release("%d panels, %d steps, accumulate=%t", panels, steps, accumulate)
				}
			}
		}
	})
}

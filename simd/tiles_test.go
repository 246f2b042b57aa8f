package simd

import (
	"fmt"
	"testing"
)

// TestPackInputs and TestPackErrors compare with the definition, on operands of
// exactly the values that may be touched. Heights are those of every
// instruction set's tiles.
func TestPackInputs(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(70)
		for _, height := range []int{1, 5, 6, 12} {
			for _, samples := range []int{0, 1, 2, 7} {
				for tiles := range 4 {
					checkPackInputs(t, f, s, height, samples, tiles)
				}
			}
		}
	})
}

func checkPackInputs(t *testing.T, f *fences, s source, height, samples, tiles int) {
	what := fmt.Sprintf("height=%d samples=%d tiles=%d", height, samples, tiles)
	aRow, dstTile := height*tiles+3, height*samples+2
	a := f.floats(max((samples-1)*aRow+height*tiles, 1))
	dst := f.floats(max((tiles-1)*dstTile+height*samples, 1))
	s.fill(a)
	fillWith(dst, 7)
	want := append([]float32(nil), dst...)
	for sample := range samples {
		for c := range height * tiles {
			want[c/height*dstTile+sample*height+c%height] = a[sample*aRow+c]
		}
	}
	packInputsF32(height, dst, a, aRow, samples, tiles, dstTile)
	requireBits(t, want, dst, "%s", what)
	f.release("%s", what)
}

func TestPackErrors(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(71)
		for _, samples := range []int{0, 1, 2, 7} {
			for panels := range 4 {
				dRow, dstPanel := panels*PanelWidth+5, samples*PanelWidth+3
				d := f.floats(max((samples-1)*dRow+panels*PanelWidth, 1))
				dst := f.floats(max((panels-1)*dstPanel+samples*PanelWidth, 1))
				s.fill(d)
				fillWith(dst, 7)
				want := append([]float32(nil), dst...)
				for i := range samples * panels * PanelWidth {
					p, sample, j := i/PanelWidth%panels, i/PanelWidth/panels, i%PanelWidth
					want[p*dstPanel+sample*PanelWidth+j] = d[sample*dRow+p*PanelWidth+j]
				}
				packErrorsF32(dst, d, dRow, samples, panels, dstPanel)
				requireBits(t, want, dst, "samples=%d panels=%d", samples, panels)
				f.release("samples=%d panels=%d", samples, panels)
			}
		}
	})
}

// TestTiles compares several tiles at once with one at a time.
func TestTiles(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(72)
		height, width := tileShape()
		for _, tiles := range []int{1, 2, 5} {
			for _, rows := range []int{1, 3, height} {
				for panels := 1; panels <= width; panels++ {
					for _, steps := range []int{1, 4, 9} {
						checkTiles(t, f, s, tiles, rows, panels, steps)
					}
				}
			}
		}
	})
}

func checkTiles(t *testing.T, f *fences, s source, tiles, rows, panels, steps int) {
	for _, gradient := range []bool{false, true} {
		aRow, aStep := steps+1, 1
		if gradient {
			aRow, aStep = 1, rows+1
		}
		aTile, dstRow := rows*steps+rows+steps+3, panels*PanelWidth+1
		dstTile, bPanel := rows*dstRow+2, steps*PanelWidth+1
		a := f.floats((tiles-1)*aTile + (rows-1)*aRow + (steps-1)*aStep + 1)
		b := f.floats((panels-1)*bPanel + steps*PanelWidth)
		dst := f.floats((tiles-1)*dstTile + (rows-1)*dstRow + panels*PanelWidth)
		for _, x := range [][]float32{a, b, dst} {
			s.fill(x)
		}
		want := append([]float32(nil), dst...)
		eachTile(tiles, rows, panels, want, dstTile, dstRow, PanelWidth, a, aTile, aRow, aStep, b, PanelWidth, bPanel, steps, true)
		var soon *weightsAhead
		if gradient {
			soon = &weightsAhead{at: [3]*float32{&dst[0], &a[0], &b[0]}} // only called into the cache
		}
		tilesF32(tiles, rows, panels, dst, dstTile, dstRow, PanelWidth, a, aTile, aRow, aStep, b, PanelWidth, bPanel, steps, true, soon)
		what := fmt.Sprintf("tiles=%d rows=%d panels=%d steps=%d gradient=%t", tiles, rows, panels, steps, gradient)
		requireBits(t, want, dst, "%s", what)
		f.release("%s", what)
	}
}

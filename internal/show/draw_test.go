package show

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// ring returns an image of a bright ring.
func ring(side int) []float32 {
	pixels := make([]float32, side*side)
	middle := float64(side-1) / 2
	for i := range pixels {
		d := math.Hypot(float64(i%side)-middle, float64(i/side)-middle)
		pixels[i] = float32(math.Exp(-math.Pow(d-0.6*middle, 2) / float64(side) * 4))
	}
	return pixels
}

func drawn(t *testing.T, images [][]float32, width, height int, opt DrawOptions) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, DrawRow(&b, images, width, height, opt))
	return b.String()
}

func TestDrawRowInCharacters(t *testing.T) {
	inverse := ring(12)
	for i := range inverse {
		inverse[i] = 1 - inverse[i]
	}
	got := drawn(t, [][]float32{ring(12), inverse, ring(12)}, 12, 12, DrawOptions{
		Columns: 50, Captions: []string{"ring", "its inverse is a long caption"},
	})
	require.Equal(t, `          ring            its inverse is a long c…
      ....::::....        @@@@@@%%%%####%%%%@@@@@@
    ..--==++++==--..      @@@@%%**++====++**%%@@@@
  ..==**%%@@@@%%**==..    @@%%++--..    ..--++%%@@
..--**@@@@####@@@@**--..  %%**--    ::::    --**%%
..==%%@@**----**@@%%==..  %%++..  --****--  ..++%%
::++@@##--....--##@@++::  ##==  ::**%%%%**::  ==##
::++@@##--....--##@@++::  ##==  ::**%%%%**::  ==##
..==%%@@**----**@@%%==..  %%++..  --****--  ..++%%
..--**@@@@####@@@@**--..  %%**--    ::::    --**%%
  ..==**%%@@@@%%**==..    @@%%++--..    ..--++%%@@
    ..--==++++==--..      @@@@%%**++====++**%%@@@@
      ....::::....        @@@@@@%%%%####%%%%@@@@@@


      ....::::....
    ..--==++++==--..
  ..==**%%@@@@%%**==..
..--**@@@@####@@@@**--..
..==%%@@**----**@@%%==..
::++@@##--....--##@@++::
::++@@##--....--##@@++::
..==%%@@**----**@@%%==..
..--**@@@@####@@@@**--..
  ..==**%%@@@@%%**==..
    ..--==++++==--..
      ....::::....
`, got)
}

func TestDrawRowFitsTheTerminal(t *testing.T) {
	images := [][]float32{ring(28), ring(28), ring(28), ring(28), ring(28)}
	for _, mode := range []ColorMode{ColorNone, Color256, Color24Bit} {
		for _, columns := range []int{1, 2, 3, 7, 27, 28, 29, 57, 58, 59, 80, 147, 148, 149} {
			s := newScreen(t, columns)
			require.NoError(t, DrawRow(s, images, 28, 28, DrawOptions{
				Color: mode, Columns: columns, Captions: []string{"zero", "日本語の名前", "two", "three", "four"},
			}))
			require.Equal(t, cell{front: -1, back: -1}, s.pen, "colours are reset")
			require.Empty(t, s.line(), "the cursor is on a new line")
			wide := min(28, columns)
			bands := (len(images) + max(1, (columns+2)/(wide+2)) - 1) / max(1, (columns+2)/(wide+2))
			lines := 1 + (wide+1)/2
			require.Len(t, s.lines, bands*(lines+1), "%d columns", columns)
		}
	}
}

// TestDrawRowPixels reads the drawing back from the screen.
func TestDrawRowPixels(t *testing.T) {
	const width, height = 25, 27
	a, b := gradient(width, height), make([]float32, width*height)
	for i := range b {
		b[i] = 1 - a[i]
	}
	for mode, tolerance := range map[ColorMode]float64{Color24Bit: 0.5, Color256: 9} {
		s := newScreen(t, 80)
		require.NoError(t, DrawRow(s, [][]float32{a, b}, width, height, DrawOptions{Color: mode}))
		require.Len(t, s.lines, (height+1)/2+1)
		for y := range height {
			line := s.lines[y/2]
			require.Len(t, line, 2*width+drawGap)
			for x := range width {
				for from, image := range map[int][]float32{0: a, width + drawGap: b} {
					upper, lower := line[from+x].pixels()
					got := upper
					if y%2 == 1 {
						got = lower
					}
					require.InDelta(t, 255*image[y*width+x], got, tolerance, "column %d, row %d, %v", x, y, mode)
				}
			}
			require.Equal(t, cell{' ', -1, -1}, line[width], "the gap has no colour")
		}
		_, lower := s.lines[height/2][3].pixels()
		require.Equal(t, -1, lower, "nothing below the last row")
	}
}

func TestDrawnSize(t *testing.T) {
	for _, c := range []struct{ width, height, columns, maxWidth, wide, high int }{
		{28, 28, 80, 0, 28, 28},
		{32, 32, 80, 0, 32, 32},
		{64, 64, 80, 0, 32, 32},
		{64, 64, 80, 60, 60, 60},
		{64, 64, 20, 60, 20, 20},
		{28, 28, 1, 0, 1, 1},
		{8, 8, 80, 0, 24, 24},
		{8, 8, 20, 0, 16, 16},
		{5, 3, 80, 0, 20, 12},
		{1, 4096, 80, 0, 1, 96},
		{4096, 1, 80, 0, 32, 1},
	} {
		wide, high := drawnSize(c.width, c.height, c.columns, c.maxWidth)
		require.Equal(t, [2]int{c.wide, c.high}, [2]int{wide, high}, "%+v", c)
	}
}

func TestDrawRowWithoutImages(t *testing.T) {
	require.Empty(t, drawn(t, nil, 28, 28, DrawOptions{}))
}

func TestDrawRowLeavesCaptionsAlone(t *testing.T) {
	captions := []string{"a", "b", "c"}
	drawn(t, [][]float32{{0}, {1}, {0}}, 1, 1, DrawOptions{Captions: captions[:1]})
	require.Equal(t, []string{"a", "b", "c"}, captions)
}

func TestDrawRowErrors(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		images        [][]float32
		width, height int
		captions      []string
		is            error
		text          string
	}{
		"size":     {[][]float32{{}}, 0, 1, nil, ErrShape, "0×1"},
		"short":    {[][]float32{{1}, {1, 2}}, 1, 1, nil, ErrShape, "image 1: shapes do not match: 2 pixels, want 1×1"},
		"huge":     {nil, maxSide + 1, 1, nil, ErrTooLarge, "4097×1"},
		"NaN":      {[][]float32{{1, nan}}, 1, 2, nil, ErrNaN, "image 0, column 0, row 1"},
		"captions": {[][]float32{{1}}, 1, 1, []string{"a", "b"}, ErrShape, "2 captions for 1 images"},
	} {
		var b bytes.Buffer
		err := DrawRow(&b, c.images, c.width, c.height, DrawOptions{Captions: c.captions})
		require.ErrorIs(t, err, c.is, name)
		require.ErrorContains(t, err, c.text, name)
		require.Zero(t, b.Len(), name)
	}
}

func TestShadeIsTheNearestGrey(t *testing.T) {
	palette := map[int]int{16: 0, 231: 255}
	for i := range 24 {
		palette[232+i] = 8 + 10*i
	}
	for grey := range 256 {
		nearest := 256.0
		for _, g := range palette {
			nearest = min(nearest, math.Abs(float64(g-grey)))
		}
		v := float32(grey) / 255
		require.Equal(t, grey, shade(v, Color24Bit))
		got, ok := palette[shade(v, Color256)]
		require.True(t, ok)
		require.Equal(t, nearest, math.Abs(float64(got-grey)), "grey %d", grey)
	}
}

package show

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// decodeGrid renders g twice, demands the same bytes, and decodes them.
func decodeGrid(t *testing.T, g *Grid) *image.Gray {
	t.Helper()
	var first, second bytes.Buffer
	require.NoError(t, g.WritePNG(&first))
	require.NoError(t, g.WritePNG(&second))
	require.Equal(t, first.Bytes(), second.Bytes())
	m, err := png.Decode(&first)
	require.NoError(t, err)
	require.IsType(t, &image.Gray{}, m)
	return m.(*image.Gray)
}

// gradient returns an image whose pixels all differ.
func gradient(width, height int) []float32 {
	pixels := make([]float32, width*height)
	for i := range pixels {
		pixels[i] = float32(i) / float32(len(pixels)-1)
	}
	return pixels
}

// requireImage demands pixels at p, each scale wide and high, and a frame
// around them.
func requireImage(t *testing.T, m *image.Gray, p image.Point, pixels []float32, width, scale int) {
	t.Helper()
	height := len(pixels) / width
	for y := -1; y <= height*scale; y++ {
		for x := -1; x <= width*scale; x++ {
			want := uint8(frame)
			if x >= 0 && y >= 0 && x < width*scale && y < height*scale {
				want = uint8(math.Round(255 * float64(pixels[y/scale*width+x/scale])))
			}
			require.Equal(t, want, m.GrayAt(p.X+x, p.Y+y).Y, "column %d, row %d of the image at %v", x, y, p)
		}
	}
}

// inked tells whether r has any text.
func inked(m *image.Gray, r image.Rectangle) bool {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if m.GrayAt(x, y).Y == ink {
				return true
			}
		}
	}
	return false
}

func TestGridPlacesImages(t *testing.T) {
	a := gradient(3, 2)
	b := []float32{1, 0, 1, 0, 0.5, 0.25}
	g := &Grid{Width: 3, Height: 2, Scale: 10, Rows: []GridRow{
		{Images: [][]float32{a, b}},
		{Images: [][]float32{b}},
	}}
	m := decodeGrid(t, g)
	require.Equal(t, image.Rect(0, 0, 2*gridMargin+2*30+gridGap, 2*gridMargin+2*20+gridGap), m.Rect)
	requireImage(t, m, image.Pt(gridMargin, gridMargin), a, 3, 10)
	requireImage(t, m, image.Pt(gridMargin+30+gridGap, gridMargin), b, 3, 10)
	requireImage(t, m, image.Pt(gridMargin, gridMargin+20+gridGap), b, 3, 10)
	require.Equal(t, uint8(paper), m.GrayAt(0, 0).Y)
	require.Equal(t, uint8(paper), m.GrayAt(gridMargin+30+gridGap+15, gridMargin+20+gridGap+10).Y, "a missing image is left blank")
}

func TestGridScalesSmallImages(t *testing.T) {
	for side, want := range map[int]int{1: 84, 8: 11, 28: 3, 32: 3, 64: 1, 200: 1} {
		g := &Grid{Width: side, Height: side, Rows: []GridRow{{Images: [][]float32{gradient(side, side)}}}}
		if side == 1 {
			g.Rows[0].Images[0][0] = 1
		}
		require.Equal(t, 2*gridMargin+side*want, decodeGrid(t, g).Rect.Dx(), "side %d", side)
	}
}

func TestGridDrawsLabelsAndCaptions(t *testing.T) {
	black := make([]float32, 28*28)
	g := &Grid{Width: 28, Height: 28, Columns: []string{"", "two"}, Rows: []GridRow{
		{Label: "first", Images: [][]float32{black, black}},
		{Images: [][]float32{black, black}},
	}}
	m := decodeGrid(t, g)
	left, top := gridMargin+5*glyphWidth+gridGap, gridMargin+textHeight+gridGap
	requireImage(t, m, image.Pt(left, top), black, 28, 3)
	require.Equal(t, left+2*84+gridGap+gridMargin, m.Rect.Dx())
	require.True(t, inked(m, image.Rect(0, top, left-gridGap, top+84)), "label of the first row")
	require.False(t, inked(m, image.Rect(0, top+84+gridGap, left-gridGap, m.Rect.Dy())), "no label of the second row")
	require.False(t, inked(m, image.Rect(left, 0, left+84, top-gridGap)), "no caption of the first column")
	require.True(t, inked(m, image.Rect(left+84+gridGap, 0, m.Rect.Dx(), top-gridGap)), "caption of the second column")
}

func TestGridCutsLongText(t *testing.T) {
	long := string(bytes.Repeat([]byte("W"), 500))
	g := &Grid{Width: 4, Height: 4, Scale: 1, Columns: []string{long}, Rows: []GridRow{
		{Label: long, Images: [][]float32{gradient(4, 4)}},
	}}
	m := decodeGrid(t, g)
	require.Equal(t, 2*gridMargin+maxLabel+gridGap+maxCaption, m.Rect.Dx())
	require.Equal(t, 2*gridMargin+2*textHeight+gridGap, m.Rect.Dy(), "a row is as high as its label")
	require.False(t, inked(m, image.Rect(0, 0, gridMargin, m.Rect.Dy())))
	require.False(t, inked(m, image.Rect(m.Rect.Dx()-gridMargin, 0, m.Rect.Dx(), m.Rect.Dy())))
}

func TestFitText(t *testing.T) {
	require.Equal(t, "abc", fitText("abc", 3*glyphWidth))
	require.Equal(t, "a..", fitText("abcd", 3*glyphWidth))
	require.Equal(t, "é..", fitText("éüöä", 3*glyphWidth))
	require.Empty(t, fitText("abc", 2*glyphWidth))
}

func TestGridClampsValues(t *testing.T) {
	inf := float32(math.Inf(1))
	g := &Grid{Width: 4, Height: 1, Scale: 1, Rows: []GridRow{{Images: [][]float32{{-1, 2, inf, -inf}}}}}
	requireImage(t, decodeGrid(t, g), image.Pt(gridMargin, gridMargin), []float32{0, 1, 1, 0}, 4, 1)
}

func TestGridShrinksToTheCap(t *testing.T) {
	black := make([]float32, 28*28)
	images := make([][]float32, 100)
	for i := range images {
		images[i] = black
	}
	rows := make([]GridRow, 60)
	for i := range rows {
		rows[i].Images = images
	}
	l, err := (&Grid{Width: 28, Height: 28, Rows: rows}).layout()
	require.NoError(t, err)
	require.Equal(t, 2, l.scale)
	require.LessOrEqual(t, l.width*l.height, int64(maxGridPixels))
	_, err = (&Grid{Width: 28, Height: 28, Scale: 3, Rows: rows}).layout()
	require.ErrorIs(t, err, ErrTooLarge, "a scale that was asked for is kept")
}

func TestGridErrors(t *testing.T) {
	nan := float32(math.NaN())
	good := [][]float32{{0, 1, 0, 1}}
	many := make([]GridRow, 1<<18)
	many[0].Images = good
	for name, c := range map[string]struct {
		grid Grid
		is   error
		text string
	}{
		"no rows":     {Grid{Width: 2, Height: 2}, ErrShape, "no images"},
		"empty rows":  {Grid{Width: 2, Height: 2, Rows: []GridRow{{Label: "x"}}}, ErrShape, "no images"},
		"no size":     {Grid{Rows: []GridRow{{Images: good}}}, ErrShape, "0×0"},
		"negative":    {Grid{Width: -2, Height: -2, Rows: []GridRow{{Images: good}}}, ErrShape, "-2×-2"},
		"bad scale":   {Grid{Width: 2, Height: 2, Scale: -1, Rows: []GridRow{{Images: good}}}, ErrShape, "scale -1"},
		"short image": {Grid{Width: 3, Height: 2, Rows: []GridRow{{Images: good}}}, ErrShape, "row 0: image 0: shapes do not match: 4 pixels, want 3×2"},
		"NaN":         {Grid{Width: 2, Height: 2, Rows: []GridRow{{Images: good}, {Images: [][]float32{{0, 0, nan, 0}}}}}, ErrNaN, "row 1: image 0, column 0, row 1"},
		"huge image":  {Grid{Width: 1 << 30, Height: 1 << 30, Rows: []GridRow{{Images: good}}}, ErrTooLarge, "at most"},
		"huge grid":   {Grid{Width: 2, Height: 2, Rows: many}, ErrTooLarge, "picture of"},
	} {
		var b bytes.Buffer
		err := c.grid.WritePNG(&b)
		require.ErrorIs(t, err, c.is, name)
		require.ErrorContains(t, err, c.text, name)
		require.NotContains(t, err.Error(), "\n", name)
		require.Zero(t, b.Len(), name)
	}
}

// brokenWriter fails.
type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	g := &Grid{Width: 1, Height: 1, Rows: []GridRow{{Images: [][]float32{{1}}}}}
	table := Table{Columns: []Column{{Title: "a"}}}
	require.ErrorIs(t, g.WritePNG(brokenWriter{}), errBroken)
	require.ErrorIs(t, DrawRow(brokenWriter{}, [][]float32{{1}}, 1, 1, DrawOptions{}), errBroken)
	require.ErrorIs(t, table.Render(brokenWriter{}), errBroken)
	for _, n := range []int{2, matrixClasses + 1} {
		names, matrix := diagonal(n)
		require.ErrorIs(t, Confusion(brokenWriter{}, names, matrix, 1), errBroken)
	}
}

package show

import (
	"fmt"
	"image"
	"image/png"
	"io"
)

// Grid is a picture of grey images in rows.
type Grid struct {
	Width, Height int // of each image, in pixels

	// Scale is how many pixels of the picture each pixel of an image is wide
	// and high. 0 chooses: small images become about 84 pixels wide.
	Scale int

	Columns []string // captions above the columns; may be shorter than the rows, or nil
	Rows    []GridRow
}

// GridRow is one row of a [Grid]. Rows may differ in length.
type GridRow struct {
	Label  string      // to the left of the images
	Images [][]float32 // each Width·Height pixels in rows, 0 black … 1 white, clamped
}

// maxGridPixels caps the area of a picture, and so the memory for it in bytes.
const maxGridPixels = 1 << 25

// WritePNG encodes the picture. Nothing is written if it cannot be drawn:
// the error then wraps [ErrShape], [ErrNaN] or [ErrTooLarge].
func (g *Grid) WritePNG(w io.Writer) error {
	l, err := g.layout()
	if err != nil {
		return fmt.Errorf("image grid: %w", err)
	}
	return png.Encode(w, g.draw(l))
}

func (g *Grid) check() error {
	if err := checkSize(g.Width, g.Height); err != nil {
		return err
	}
	if g.Scale < 0 || g.Scale > maxSide {
		return fmt.Errorf("%w: scale %d, want 0…%d", ErrShape, g.Scale, maxSide)
	}
	images := 0
	for i, row := range g.Rows {
		if err := checkImages(row.Images, g.Width, g.Height); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		images += len(row.Images)
	}
	if images == 0 {
		return fmt.Errorf("%w: no images", ErrShape)
	}
	return nil
}

func (g *Grid) draw(l gridLayout) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, int(l.width), int(l.height)))
	fill(m, m.Rect, paper)
	for c, caption := range g.Columns {
		caption = fitText(caption, l.cellWidth)
		x := l.left(c) + (l.cellWidth-textWidth(caption))/2
		drawText(m, x, gridMargin, caption)
	}
	for r, row := range g.Rows {
		y := l.top(r)
		drawText(m, gridMargin, y+(l.cellHeight-textHeight)/2, fitText(row.Label, maxLabel))
		for c, pixels := range row.Images {
			x := l.left(c) + (l.cellWidth-g.Width*l.scale)/2
			g.drawImage(m, image.Pt(x, y+(l.cellHeight-g.Height*l.scale)/2), pixels, l.scale)
		}
	}
	return m
}

// drawImage draws pixels, framed, with their upper left corner at p.
func (g *Grid) drawImage(m *image.Gray, p image.Point, pixels []float32, scale int) {
	box := image.Rectangle{p, p.Add(image.Pt(g.Width*scale, g.Height*scale))}
	fill(m, box.Inset(-frameWidth), frame)
	for i, v := range pixels {
		at := p.Add(image.Pt(i%g.Width*scale, i/g.Width*scale))
		fill(m, image.Rectangle{at, at.Add(image.Pt(scale, scale))}, level(v))
	}
}

func fill(m *image.Gray, r image.Rectangle, grey uint8) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		line := m.Pix[m.PixOffset(r.Min.X, y):m.PixOffset(r.Max.X, y)]
		for i := range line {
			line[i] = grey
		}
	}
}

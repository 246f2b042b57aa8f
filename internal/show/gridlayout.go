package show

import "fmt"

// Lengths of a picture, in its pixels.
const (
	gridMargin = 12
	gridGap    = 6 // between cells, and around labels and captions
	frameWidth = 1
	niceSide   = 84 // to which small images are scaled up
	maxLabel   = 24 * glyphWidth
	maxCaption = 12 * glyphWidth // to which a caption may widen its column
)

// Greys of a picture.
const (
	paper = 0xf4
	frame = 0xb8
	ink   = 0x20
)

// gridLayout is where everything in a picture stands, in pixels.
type gridLayout struct {
	scale                 int
	labelWidth, capHeight int // with the gap behind them; 0 without labels or captions
	cellWidth, cellHeight int
	width, height         int64
}

func (l gridLayout) left(column int) int {
	return gridMargin + l.labelWidth + column*(l.cellWidth+gridGap)
}

func (l gridLayout) top(row int) int {
	return gridMargin + l.capHeight + row*(l.cellHeight+gridGap)
}

// layout finds the scale, unless it is given as the largest at which the
// picture fits the cap.
func (g *Grid) layout() (gridLayout, error) {
	if err := g.check(); err != nil {
		return gridLayout{}, err
	}
	scale := g.Scale
	if scale == 0 {
		side := max(g.Width, g.Height)
		scale = max(1, (niceSide+side/2)/side)
	}
	for {
		l := g.layoutAt(scale)
		if l.width <= maxGridPixels && l.height <= maxGridPixels && l.width*l.height <= maxGridPixels {
			return l, nil
		}
		if scale == 1 || g.Scale != 0 {
			return l, fmt.Errorf("%w: picture of %d×%d pixels, want at most %d in all", ErrTooLarge, l.width, l.height, maxGridPixels)
		}
		scale--
	}
}

func (g *Grid) layoutAt(scale int) gridLayout {
	l := gridLayout{scale: scale, cellWidth: g.Width * scale, cellHeight: g.Height * scale}
	columns := len(g.Columns)
	for _, row := range g.Rows {
		columns = max(columns, len(row.Images))
		if row.Label != "" {
			l.labelWidth = max(l.labelWidth, min(textWidth(row.Label), maxLabel)+gridGap)
			l.cellHeight = max(l.cellHeight, textHeight)
		}
	}
	for _, caption := range g.Columns {
		l.cellWidth = max(l.cellWidth, min(textWidth(caption), maxCaption))
		l.capHeight = textHeight + gridGap
	}
	l.width = int64(l.cellWidth+gridGap)*int64(columns) - gridGap + int64(l.labelWidth) + 2*gridMargin
	l.height = int64(l.cellHeight+gridGap)*int64(len(g.Rows)) - gridGap + int64(l.capHeight) + 2*gridMargin
	return l
}

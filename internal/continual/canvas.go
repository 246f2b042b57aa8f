package continual

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// The font has ASCII only.
var face = basicfont.Face7x13

const glyphWidth, textHeight = 7, 13

var (
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	black = color.NRGBA{0x20, 0x20, 0x20, 0xff}
	grey  = color.NRGBA{0x99, 0x99, 0x99, 0xff}
	pale  = color.NRGBA{0xdd, 0xdd, 0xdd, 0xff}
)

// palette are colours that remain apart for most people (Okabe & Ito).
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff},
}

// canvas is a picture to draw on.
type canvas struct{ *image.NRGBA }

func newCanvas(width, height int) canvas {
	c := canvas{image.NewNRGBA(image.Rect(0, 0, width, height))}
	c.fill(0, 0, float64(width), float64(height), white)
	return c
}

// fill paints a rectangle, whole pixels.
func (c canvas) fill(x0, y0, x1, y1 float64, ink color.NRGBA) {
	box := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1)))
	draw.Draw(c, box, image.NewUniform(ink), image.Point{}, draw.Src)
}

// text draws s with its upper edge at y; align is the share of its width that lies to
// the left of x.
func (c canvas) text(x, y, align float64, s string) {
	s = ascii(s)
	d := font.Drawer{
		Dst: c, Src: image.NewUniform(black), Face: face,
		Dot: fixed.P(int(x-align*float64(glyphWidth*len(s))), int(y)+face.Ascent),
	}
	d.DrawString(s)
}

// ascii replaces what the font does not have.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '°':
			return -1
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, s)
}

// fitted shortens s to at most n characters.
func fitted(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-2]) + ".."
	}
	return s
}

// line draws a line of some width from one point to another, smooth at its edges.
func (c canvas) line(x0, y0, x1, y1, width float64, ink color.NRGBA) {
	length := math.Hypot(x1-x0, y1-y0)
	if length == 0 {
		return
	}
	dx, dy := (y1-y0)/length*width/2, (x0-x1)/length*width/2 // across the line
	left, top := math.Floor(min(x0, x1)-width), math.Floor(min(y0, y1)-width)
	box := image.Rect(int(left), int(top), int(math.Ceil(max(x0, x1)+width)), int(math.Ceil(max(y0, y1)+width)))
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	r.MoveTo(float32(x0+dx-left), float32(y0+dy-top))
	r.LineTo(float32(x1+dx-left), float32(y1+dy-top))
	r.LineTo(float32(x1-dx-left), float32(y1-dy-top))
	r.LineTo(float32(x0-dx-left), float32(y0-dy-top))
	r.ClosePath()
	r.Draw(c, box, image.NewUniform(ink), image.Point{})
}

// ticks returns round steps from the first at or above from up to to, at most so many.
func ticks(from, to float64, most int) (list []float64) {
	step := math.Pow(10, math.Floor(math.Log10((to-from)/float64(most))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (to-from)/(step*factor) <= float64(most) {
			step *= factor
			break
		}
	}
	for i := int(math.Ceil(from/step - 1e-9)); float64(i)*step <= to*(1+1e-9) && len(list) <= most+1; i++ {
		list = append(list, math.Round(float64(i)*step*1e9)/1e9)
	}
	return list
}

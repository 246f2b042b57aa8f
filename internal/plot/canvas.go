// Package plot draws figures: lines, text and boxes on a white canvas.
package plot

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

// The size of a character, in pixels.
const GlyphWidth, TextHeight = 7, 13

// Colours of what is not data, and Palette, colours for data that remain apart for
// most people (Okabe & Ito).
var (
	White   = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	Black   = color.NRGBA{0x20, 0x20, 0x20, 0xff}
	Grey    = color.NRGBA{0x99, 0x99, 0x99, 0xff}
	Pale    = color.NRGBA{0xdd, 0xdd, 0xdd, 0xff}
	Palette = []color.NRGBA{
		{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff},
	}
)

// Canvas is what is drawn on.
type Canvas struct{ *image.NRGBA }

// New returns a white canvas.
func New(width, height int) Canvas {
	c := Canvas{image.NewNRGBA(image.Rect(0, 0, width, height))}
	for i := range c.Pix {
		c.Pix[i] = 0xff
	}
	return c
}

// ASCII replaces what the font does not have.
func ASCII(s string) string {
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

// Text draws s with its upper edge at y; align is the share of its width that
// lies to the left of x.
func (c Canvas) Text(x, y, align float64, s string) {
	s = ASCII(s)
	d := font.Drawer{
		Dst: c, Src: image.NewUniform(Black), Face: face,
		Dot: fixed.P(int(x-align*float64(GlyphWidth*len(s))), int(y)+face.Ascent),
	}
	d.DrawString(s)
}

// Line draws a line of some width from one point to another, smooth at its
// edges.
func (c Canvas) Line(x0, y0, x1, y1, width float64, ink color.NRGBA) {
	length := math.Hypot(x1-x0, y1-y0)
	if length == 0 {
		return
	}
	dx, dy := (y1-y0)/length*width/2, (x0-x1)/length*width/2 // across the line
	corners := [][2]float64{{x0 + dx, y0 + dy}, {x1 + dx, y1 + dy}, {x1 - dx, y1 - dy}, {x0 - dx, y0 - dy}}
	left, top := math.Floor(min(x0, x1)-width), math.Floor(min(y0, y1)-width)
	right, bottom := math.Ceil(max(x0, x1)+width), math.Ceil(max(y0, y1)+width)
	box := image.Rect(int(left), int(top), int(right), int(bottom))
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, at := range corners {
		x, y := float32(at[0]-left), float32(at[1]-top)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(c, box, image.NewUniform(ink), image.Point{})
}

// Fill paints a rectangle, whole pixels.
func (c Canvas) Fill(x0, y0, x1, y1 float64, ink color.NRGBA) {
	box := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1)))
	draw.Draw(c, box, image.NewUniform(ink), image.Point{}, draw.Src)
}

// Ticks returns round steps from 0 to span, at most so many.
func Ticks(span float64, most int) (list []float64) {
	step := math.Pow(10, math.Floor(math.Log10(span/float64(most))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if span/(step*factor) <= float64(most) {
			step *= factor
			break
		}
	}
	for i := 0; float64(i)*step <= span; i++ {
		list = append(list, float64(i)*step)
	}
	return list
}

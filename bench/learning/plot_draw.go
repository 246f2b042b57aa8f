package main

import (
	"image"
	"image/color"
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

// ascii replaces what the font does not have.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// text draws s with its upper edge at y; align is the share of its width that
// lies to the left of x.
func (p *plot) text(x, y, align float64, s string) {
	d := font.Drawer{
		Dst: p, Src: image.NewUniform(black), Face: face,
		Dot: fixed.P(int(x-align*float64(glyphWidth*len(s))), int(y)+face.Ascent),
	}
	d.DrawString(s)
}

// line draws a line of some width from one point to another, smooth at its
// edges.
func (p *plot) line(x0, y0, x1, y1, width float64, ink color.NRGBA) {
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
	for i, c := range corners {
		x, y := float32(c[0]-left), float32(c[1]-top)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(p, box, image.NewUniform(ink), image.Point{})
}

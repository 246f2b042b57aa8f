package show

import (
	"image"
	"image/color"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The font has ASCII only; every other character becomes a replacement sign.
var gridFont = basicfont.Face7x13

const (
	glyphWidth = 7
	textHeight = 13
)

// textWidth returns the width of s in a picture, in pixels.
func textWidth(s string) int { return glyphWidth * utf8.RuneCountInString(s) }

// fitText shortens s to at most width pixels.
func fitText(s string, width int) string {
	const dots = ".."
	if textWidth(s) <= width {
		return s
	}
	keep := width/glyphWidth - len(dots)
	if keep < 1 {
		return ""
	}
	return string([]rune(s)[:keep]) + dots
}

// drawText draws s with its upper left corner at (x, y).
func drawText(m *image.Gray, x, y int, s string) {
	d := font.Drawer{
		Dst:  m,
		Src:  image.NewUniform(color.Gray{Y: ink}),
		Face: gridFont,
		Dot:  fixed.P(x, y+gridFont.Ascent),
	}
	d.DrawString(s)
}

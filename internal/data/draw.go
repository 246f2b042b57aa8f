package data

import "math"

// How much the synthetic digits vary. Lengths are pixels, except maxWobble,
// which is in units of the design sheet. Chosen so that a linear classifier
// stays below 90 % and a nonlinear one does not; a test holds them to it.
const (
	digitSide = 28
	digitSize = digitSide * digitSide

	minHeight, maxHeight = 16, 22
	minAspect, maxAspect = 0.75, 1.1 // width to height, times that of the glyph
	maxTilt              = 0.23      // tangent of half the angle
	maxSlant             = 0.45
	maxShift             = 3.5
	maxWobble            = 7
	minRadius, maxRadius = 0.7, 1.6 // half the thickness of the pen
	minEdge, maxEdge     = 0.9, 2.2 // width of the soft edge
	minInk, maxInk       = 170, 255
	markChance           = 0.3 // of one more stray mark
	maxMarks             = 3
	maxNoise             = 20
	curvePieces          = 5
)

// canvas draws one digit at a time.
type canvas struct {
	*pen
	near [digitSize]float64 // squared distance to the nearest stroke
	ink  [digitSize]float64 // 0…255, and beyond before the noise is clipped
}

func newCanvas() *canvas { return &canvas{pen: newPen()} }

// draw writes a picture of digit to dst, digitSize pixels, white on black.
func (c *canvas) draw(dst []byte, digit int) { c.drawOne(dst, digitGlyphs[digit]) }

// drawOne writes a picture in one of several styles.
func (c *canvas) drawOne(dst []byte, styles []glyph) {
	clear(c.ink[:])
	g := styles[c.below(len(styles))]
	c.strokes(c.wobble(g, c.affine()), c.between(minRadius, maxRadius), c.between(minInk, maxInk))
	for range maxMarks {
		if c.rng.Float64() < markChance {
			c.mark()
		}
	}
	noise := c.between(0, maxNoise)
	for i, v := range c.ink {
		dst[i] = byte(min(max(v+c.around(noise), 0), 255))
	}
}

// mark draws a short stray line anywhere.
func (c *canvas) mark() {
	from := point{c.between(0, digitSide), c.between(0, digitSide)}
	to := point{from.x + c.around(6), from.y + c.around(6)}
	c.strokes([]stroke{{from, to}}, c.between(0.3, 0.8), c.between(60, maxInk))
}

// strokes inks every pixel by its distance from the nearest of lines.
func (c *canvas) strokes(lines []stroke, radius, ink float64) {
	edge := c.between(minEdge, maxEdge)
	reach := radius + mul(edge, 0.5)
	for i := range c.near {
		c.near[i] = digitSize * 2
	}
	for _, s := range lines {
		s.curve(func(from, to point) { c.approach(from, to, reach) })
	}
	for i, d2 := range c.near {
		if d2 < mul(reach, reach) {
			cover := min((reach-math.Sqrt(d2))/edge, 1)
			c.ink[i] = max(c.ink[i], mul(ink, cover))
		}
	}
}

// approach lowers the distance of the pixels within reach of the line a…b.
func (c *canvas) approach(a, b point, reach float64) {
	x0, x1 := pixels(min(a.x, b.x)-reach, max(a.x, b.x)+reach)
	y0, y1 := pixels(min(a.y, b.y)-reach, max(a.y, b.y)+reach)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			i := y*digitSide + x
			c.near[i] = min(c.near[i], distance2(point{float64(x) + 0.5, float64(y) + 0.5}, a, b))
		}
	}
}

// pixels returns the range of pixels between two edges, cut to the canvas.
func pixels(lo, hi float64) (from, to int) {
	return max(int(lo), 0), min(int(max(hi, -1))+1, digitSide)
}

package main

import (
	"math"
	"math/rand/v2"
)

// image is an image of some width; its pixels can be changed in place.
type image struct {
	pixels []float32
	width  int
	before []float32 // scratch of the same size
}

// changes are those of images that no network has learned.
var changes = []struct {
	name string
	make func(m image, r *rand.Rand)
}{
	{"inverted", func(m image, _ *rand.Rand) { m.invert() }},
	{"noise", func(m image, r *rand.Rand) { m.noise(r) }},
	{"rotated", func(m image, _ *rand.Rand) { m.rotate(90) }},
	{"shuffled", func(m image, r *rand.Rand) {
		r.Shuffle(len(m.pixels), func(i, j int) { m.pixels[i], m.pixels[j] = m.pixels[j], m.pixels[i] })
	}},
}

func (m image) invert() {
	for i, v := range m.pixels {
		m.pixels[i] = 1 - v
	}
}

func (m image) noise(r *rand.Rand) {
	for i := range m.pixels {
		m.pixels[i] = r.Float32()
	}
}

// rotate turns the image about its centre by some degrees, clockwise; between
// pixels it interpolates, and from outside zeros come in.
func (m image) rotate(degrees float64) {
	copy(m.before, m.pixels)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	height := len(m.pixels) / m.width
	cx, cy := float64(m.width-1)/2, float64(height-1)/2
	for i := range m.pixels {
		x, y := float64(i%m.width)-cx, float64(i/m.width)-cy
		m.pixels[i] = m.at(cos*x+sin*y+cx, cos*y-sin*x+cy)
	}
}

// at returns the image's value between the pixels, before it was changed.
func (m image) at(x, y float64) float32 {
	left, top := math.Floor(x), math.Floor(y)
	right, down := x-left, y-top
	sum := (1-right)*(1-down)*m.pixel(left, top) + right*(1-down)*m.pixel(left+1, top) +
		(1-right)*down*m.pixel(left, top+1) + right*down*m.pixel(left+1, top+1)
	return float32(min(max(sum, 0), 1))
}

func (m image) pixel(x, y float64) float64 {
	if i := int(y)*m.width + int(x); x >= 0 && y >= 0 && x < float64(m.width) && i < len(m.before) {
		return float64(m.before[i])
	}
	return 0
}

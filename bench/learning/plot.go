package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// The picture, in pixels.
const (
	pictureWidth, pictureHeight     = 960, 600
	leftMargin, rightMargin         = 64, 24
	topMargin, bottomMargin         = 40, 56
	lineWidth, markSize         int = 2, 5
)

// palette are colours that remain apart for most people (Okabe & Ito).
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff},
}

var (
	black = color.NRGBA{0x20, 0x20, 0x20, 0xff}
	grey  = color.NRGBA{0x99, 0x99, 0x99, 0xff}
	pale  = color.NRGBA{0xdd, 0xdd, 0xdd, 0xff}
)

// plot maps seconds and percent to pixels.
type plot struct {
	*image.NRGBA
	seconds     float64 // at the right end; 0 at the left
	least, most float64 // percent at the bottom and at the top
}

// picture writes the curves as PNG: accuracy over seconds, a colour a learner,
// a line a seed.
func (r *report) picture(w io.Writer) error {
	p := newPlot(r)
	p.axes(r)
	for i, group := range groups(r.Curves) {
		for _, c := range group {
			p.curve(c, palette[i%len(palette)])
		}
		p.legend(i, fmt.Sprintf("%s (%d)", ascii(group[0].name()), len(group)))
	}
	return png.Encode(w, p)
}

// below is how many percent below the lowest target the picture begins.
const below = 5

func newPlot(r *report) *plot {
	p := &plot{NRGBA: image.NewNRGBA(image.Rect(0, 0, pictureWidth, pictureHeight)), least: 100}
	for i := range p.Pix {
		p.Pix[i] = 0xff
	}
	for _, c := range r.Curves {
		p.seconds = max(p.seconds, c.last().Seconds)
		for _, at := range c.Points {
			p.most = max(p.most, 100*at.Accuracy)
		}
	}
	for _, t := range r.Targets {
		p.least = min(p.least, math.Floor(100*t.Accuracy-below))
	}
	if p.least >= p.most { // nothing would be seen
		p.least = 0
	}
	p.least = max(p.least, 0)
	p.most = min(max(math.Ceil(p.most+0.25), p.least+1), 100)
	p.seconds = max(p.seconds, 1e-3) * 1.02
	return p
}

func (p *plot) x(seconds float64) float64 {
	return leftMargin + seconds/p.seconds*(pictureWidth-leftMargin-rightMargin)
}

// y puts what lies below the picture on its lower edge.
func (p *plot) y(percent float64) float64 {
	share := max(percent-p.least, 0) / (p.most - p.least)
	return pictureHeight - bottomMargin - share*(pictureHeight-topMargin-bottomMargin)
}

// axes draws the frame, the grid, its labels, the targets and the titles.
func (p *plot) axes(r *report) {
	left, right, top, bottom := p.x(0), p.x(p.seconds), p.y(p.most), p.y(p.least)
	for _, s := range ticks(p.seconds, 10) {
		p.line(p.x(s), top, p.x(s), bottom, 1, pale)
		p.text(p.x(s), bottom+6, 0.5, fmt.Sprintf("%g", round(s)))
	}
	for _, percent := range ticks(p.most-p.least, 10) {
		at := p.least + percent
		p.line(left, p.y(at), right, p.y(at), 1, pale)
		p.text(left-6, p.y(at)-textHeight/2, 1, fmt.Sprintf("%g", round(at)))
	}
	for _, t := range r.Targets {
		if percent := 100 * t.Accuracy; percent > p.least && percent < p.most {
			p.line(left, p.y(percent), right, p.y(percent), 1, grey)
		}
	}
	p.line(left, bottom, right, bottom, 1, black)
	p.line(left, top, left, bottom, 1, black)
	p.text(p.x(p.seconds/2), bottom+28, 0.5, fmt.Sprintf("seconds of learning (%s clock, threads %d)", r.Clock, r.Threads))
	p.text(8, 12, 0, fmt.Sprintf("accuracy on %d test samples, %%; hidden %s, kernels %s", r.Test, sizes(r.Hidden), r.Kernels))
}

// ticks returns round steps from 0 to span, at most so many.
func ticks(span float64, most int) (list []float64) {
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

// curve draws a line through the points of c, and a mark on each.
func (p *plot) curve(c curve, ink color.NRGBA) {
	for i, at := range c.Points {
		x, y := p.x(at.Seconds), p.y(100*at.Accuracy)
		if i > 0 {
			before := c.Points[i-1]
			p.line(p.x(before.Seconds), p.y(100*before.Accuracy), x, y, float64(lineWidth), ink)
		}
		half := float64(markSize) / 2
		p.line(x-half, y, x+half, y, float64(markSize), ink)
	}
}

// legend names a learner in the lower right corner, one line each.
func (p *plot) legend(i int, name string) {
	const width, spacing = 260, 20
	x, y := p.x(p.seconds)-width, p.y(p.least)-40-float64(i)*spacing
	p.line(x, y, x+28, y, float64(markSize), palette[i%len(palette)])
	p.text(x+36, y-textHeight/2, 0, name)
}

package main

import (
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/pffedge/pffedge/internal/plot"
)

// The picture, in pixels.
const (
	pictureWidth, pictureHeight     = 960, 600
	leftMargin, rightMargin         = 64, 24
	topMargin, bottomMargin         = 40, 56
	lineWidth, markSize         int = 2, 5
)

// figure maps seconds and percent to pixels.
type figure struct {
	plot.Canvas
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
			p.curve(c, plot.Palette[i%len(plot.Palette)])
		}
		p.legend(i, fmt.Sprintf("%s (%d)", plot.ASCII(group[0].name()), len(group)))
	}
	return png.Encode(w, p)
}

// below is how many percent below the lowest target the picture begins.
const below = 5

func newPlot(r *report) *figure {
	p := &figure{Canvas: plot.New(pictureWidth, pictureHeight), least: 100}
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

func (p *figure) x(seconds float64) float64 {
	return leftMargin + seconds/p.seconds*(pictureWidth-leftMargin-rightMargin)
}

// y puts what lies below the picture on its lower edge.
func (p *figure) y(percent float64) float64 {
	share := max(percent-p.least, 0) / (p.most - p.least)
	return pictureHeight - bottomMargin - share*(pictureHeight-topMargin-bottomMargin)
}

// axes draws the frame, the grid, its labels, the targets and the titles.
func (p *figure) axes(r *report) {
	left, right, top, bottom := p.x(0), p.x(p.seconds), p.y(p.most), p.y(p.least)
	for _, s := range plot.Ticks(p.seconds, 10) {
		p.Line(p.x(s), top, p.x(s), bottom, 1, plot.Pale)
		p.Text(p.x(s), bottom+6, 0.5, fmt.Sprintf("%g", round(s)))
	}
	for _, percent := range plot.Ticks(p.most-p.least, 10) {
		at := p.least + percent
		p.Line(left, p.y(at), right, p.y(at), 1, plot.Pale)
		p.Text(left-6, p.y(at)-plot.TextHeight/2, 1, fmt.Sprintf("%g", round(at)))
	}
	for _, t := range r.Targets {
		if percent := 100 * t.Accuracy; percent > p.least && percent < p.most {
			p.Line(left, p.y(percent), right, p.y(percent), 1, plot.Grey)
		}
	}
	p.Line(left, bottom, right, bottom, 1, plot.Black)
	p.Line(left, top, left, bottom, 1, plot.Black)
	p.Text(p.x(p.seconds/2), bottom+28, 0.5, fmt.Sprintf("seconds of learning (%s clock, threads %d)", r.Clock, r.Threads))
	p.Text(8, 12, 0, fmt.Sprintf("accuracy on %d test samples, %%; hidden %s, kernels %s", r.Test, sizes(r.Hidden), r.Kernels))
}

// curve draws a line through the points of c, and a mark on each.
func (p *figure) curve(c curve, ink color.NRGBA) {
	for i, at := range c.Points {
		x, y := p.x(at.Seconds), p.y(100*at.Accuracy)
		if i > 0 {
			before := c.Points[i-1]
			p.Line(p.x(before.Seconds), p.y(100*before.Accuracy), x, y, float64(lineWidth), ink)
		}
		half := float64(markSize) / 2
		p.Line(x-half, y, x+half, y, float64(markSize), ink)
	}
}

// legend names a learner in the lower right corner, one line each.
func (p *figure) legend(i int, name string) {
	const width, spacing = 260, 20
	x, y := p.x(p.seconds)-width, p.y(p.least)-40-float64(i)*spacing
	p.Line(x, y, x+28, y, float64(markSize), plot.Palette[i%len(plot.Palette)])
	p.Text(x+36, y-plot.TextHeight/2, 0, name)
}

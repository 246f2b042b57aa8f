package continual

import (
	"fmt"
	"image/color"
	"image/png"
	"io"

	"github.com/pffedge/pffedge/internal/plot"
)

// The pictures, in pixels.
const (
	pictureWidth, pictureHeight = 960, 600
	leftMargin, rightMargin     = 72, 24
	topMargin, bottomMargin     = 44, 60
)

// curves maps samples and percent to pixels.
type curves struct {
	plot.Canvas
	samples float64 // at the right end
}

func (c *curves) x(samples int) float64 {
	return leftMargin + float64(samples)/c.samples*(pictureWidth-leftMargin-rightMargin)
}

func (c *curves) y(share float64) float64 {
	return pictureHeight - bottomMargin - share*(pictureHeight-topMargin-bottomMargin)
}

// Picture writes accuracy over time as PNG: for every seed a line of the accuracy
// over all that was seen, and a paler one of the lowest recall.
func (r *Report) Picture(w io.Writer) error {
	c := &curves{Canvas: plot.New(pictureWidth, pictureHeight), samples: 1}
	for _, run := range r.Runs {
		for _, p := range run.Points {
			c.samples = max(c.samples, float64(p.Samples))
		}
	}
	c.axes(r)
	for i, run := range r.Runs {
		ink := plot.Palette[i%len(plot.Palette)]
		c.line(run.Points, pale(ink), func(p *Point) float64 { return p.Lowest })
		c.line(run.Points, ink, func(p *Point) float64 { return p.Accuracy })
		c.Line(c.x(0)+12, c.y(0)-16-16*float64(i), c.x(0)+36, c.y(0)-16-16*float64(i), 4, ink)
		c.Text(c.x(0)+44, c.y(0)-22-16*float64(i), 0, fmt.Sprintf("seed %d", run.Seed))
	}
	return png.Encode(w, c)
}

// pale returns a colour half as strong.
func pale(c color.NRGBA) color.NRGBA {
	return color.NRGBA{c.R/2 + 127, c.G/2 + 127, c.B/2 + 127, 0xff}
}

func (c *curves) axes(r *Report) {
	for _, at := range plot.Ticks(c.samples, 8) {
		c.Line(c.x(int(at)), c.y(1), c.x(int(at)), c.y(0), 1, plot.Pale)
		c.Text(c.x(int(at)), c.y(0)+6, 0.5, fmt.Sprintf("%g", at))
	}
	for _, percent := range plot.Ticks(100, 10) {
		c.Line(c.x(0), c.y(percent/100), c.x(int(c.samples)), c.y(percent/100), 1, plot.Pale)
		c.Text(c.x(0)-6, c.y(percent/100)-plot.TextHeight/2, 1, fmt.Sprintf("%g", percent))
	}
	c.Line(c.x(0), c.y(0), c.x(int(c.samples)), c.y(0), 1, plot.Black)
	c.Line(c.x(0), c.y(1), c.x(0), c.y(0), 1, plot.Black)
	c.Text(c.x(int(c.samples/2)), c.y(0)+28, 0.5, "samples learned")
	c.Text(8, 12, 0, fmt.Sprintf("%% right of what was seen so far; paler: the worst class. Protocol %s%s, learner %s, %d bytes", r.Protocol, variantText(r.Plan.Variant), r.Learner, r.BudgetBytes))
}

func (c *curves) line(points []Point, ink color.NRGBA, of func(*Point) float64) {
	for i := 1; i < len(points); i++ {
		a, b := &points[i-1], &points[i]
		c.Line(c.x(a.Samples), c.y(of(a)), c.x(b.Samples), c.y(of(b)), 2, ink)
	}
}

// MatrixPicture writes the first run's recall as PNG: a row a class, in the order in
// which they came, time to the right, the darker the better. White is what was not
// seen yet.
func (r *Report) MatrixPicture(w io.Writer, names []string) error {
	c := plot.New(pictureWidth, pictureHeight)
	run := r.Runs[0]
	order := run.Order
	if order == nil {
		order = classOrder(0, len(names))
	}
	high := (pictureHeight - topMargin - bottomMargin) / len(order)
	wide := pictureWidth - leftMargin - rightMargin
	for row, class := range order {
		top := topMargin + row*high
		for i, p := range run.Points {
			x0, x1 := leftMargin+i*wide/len(run.Points), leftMargin+(i+1)*wide/len(run.Points)
			if share := p.Recall[class]; share >= 0 {
				c.Box(x0, top, x1, top+high-1, heat(share))
			}
		}
		c.Text(leftMargin-8, float64(top+high/2-plot.TextHeight/2), 1, plot.ASCII(names[class]))
	}
	bottom := float64(topMargin + len(order)*high)
	c.Line(leftMargin, bottom, leftMargin+float64(wide), bottom, 1, plot.Black)
	if n := len(run.Points); n > 0 {
		c.Text(leftMargin, bottom+6, 0, fmt.Sprint(run.Points[0].Samples))
		c.Text(leftMargin+float64(wide), bottom+6, 1, fmt.Sprint(run.Points[n-1].Samples))
	}
	c.Text(pictureWidth/2, bottom+24, 0.5, "samples learned; the last column is after sleep")
	c.Text(8, 12, 0, fmt.Sprintf("recall of each class, white 0 %% to blue 100 %%; protocol %s%s, learner %s, seed %d", r.Protocol, variantText(r.Plan.Variant), r.Learner, run.Seed))
	return png.Encode(w, c)
}

// heat returns a colour between a pale one for 0 and blue for 1; recall is squared, so
// that what lies near 1 can be told apart.
func heat(share float64) color.NRGBA {
	at := share * share
	mix := func(low, high float64) uint8 { return uint8(low + at*(high-low) + 0.5) }
	return color.NRGBA{mix(0xf5, 0x00), mix(0xe6, 0x4f), mix(0xd8, 0x9f), 0xff}
}

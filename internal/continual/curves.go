package continual

import (
	"fmt"
	"image/color"
	"math"

	"github.com/pffedge/pffedge/internal/plot"
)

// The picture of curves, in pixels.
const (
	curvesWidth, curvesHeight = 960, 600
	leftMargin, rightMargin   = 64, 24
	topMargin, bottomMargin   = 40, 56
	lineWidth, markSize       = 2.0, 7.0
)

// vertex is a point of a line: at some time, percent; slept ones are marks.
type vertex struct {
	x, percent float64
	slept      bool
}

// curvePlot maps time and percent to pixels.
type curvePlot struct {
	canvas
	title, xTitle string
	lines         [][][]vertex // a report, a run
	marks         []float64    // where tasks of the first run end
	right         float64      // time at the right end; 0 at the left
	least, most   float64      // percent at the bottom and at the top
}

func newCurvePlot(reports []*Report) *curvePlot {
	p := &curvePlot{canvas: newCanvas(curvesWidth, curvesHeight), least: 100, most: 100, lines: make([][][]vertex, len(reports))}
	streams := anyStream(reports)
	for i, r := range reports {
		for _, run := range r.Runs {
			if streams && isMixed(r) {
				continue // when the right end is known
			}
			line := verticesOf(r, run)
			p.lines[i] = append(p.lines[i], line)
			p.fit(line)
		}
		p.mark(r)
	}
	p.right = max(p.right, 1)
	for i, r := range reports {
		if streams && isMixed(r) {
			p.level(i, r)
		}
	}
	p.least = min(math.Floor(p.least/10)*10, 90)
	p.right *= 1.03
	p.titles(reports)
	return p
}

// level gives a learner of mixed tasks a line at its accuracy in the end, a run.
func (p *curvePlot) level(i int, r *Report) {
	for _, run := range r.Runs {
		line := []vertex{{0, 100 * run.Slept.ACC, false}, {p.right, 100 * run.Slept.ACC, false}}
		p.lines[i] = append(p.lines[i], line)
		p.fit(line)
	}
}

// fit makes room for a line.
func (p *curvePlot) fit(line []vertex) {
	for _, v := range line {
		p.right, p.least = max(p.right, v.x), min(p.least, v.percent)
	}
}

// mark marks the ends of tasks, those of the first run that has any.
func (p *curvePlot) mark(r *Report) {
	if len(p.marks) > 0 || isMixed(r) || len(r.Runs) == 0 {
		return
	}
	for _, end := range r.Runs[0].Ends {
		p.marks = append(p.marks, thousands(end))
	}
}

func anyStream(reports []*Report) bool {
	for _, r := range reports {
		if !isMixed(r) {
			return true
		}
	}
	return false
}

func isMixed(r *Report) bool {
	kind, err := FindKind(r.Learner)
	return err == nil && kind.Mixed
}

func thousands(n int) float64 { return float64(n) / 1000 }

// verticesOf returns the line of a run: over thousands of samples, or over shots.
func verticesOf(r *Report, run *Run) (line []vertex) {
	if r.Protocol == Teaching {
		for _, s := range run.Shots {
			line = append(line, vertex{float64(s.Samples), 100 * s.Recall, false})
		}
		for _, s := range run.Shots {
			line = append(line, vertex{float64(s.Samples), 100 * s.SleptRecall, true})
		}
		return line
	}
	for _, l := range run.Seen.Looks {
		line = append(line, vertex{thousands(l.Samples), 100 * l.Accuracy, l.Slept})
	}
	return line
}

func (p *curvePlot) titles(reports []*Report) {
	p.xTitle, p.title = "thousands of samples learned; squares: after sleep", "accuracy, %, over what was seen so far"
	if len(reports) == 0 {
		return
	}
	r := reports[0]
	if r.Protocol == Teaching {
		p.xTitle, p.title = "samples taught; squares: after sleep", "recall of the taught class, %"
	}
	p.title += fmt.Sprintf("; %s, %s images, %.0f kB", r.title(), r.Split, float64(r.Budget)/1000)
}

func (p *curvePlot) x(at float64) float64 {
	return leftMargin + at/p.right*(curvesWidth-leftMargin-rightMargin)
}

func (p *curvePlot) y(percent float64) float64 {
	share := (percent - p.least) / (p.most - p.least)
	return curvesHeight - bottomMargin - share*(curvesHeight-topMargin-bottomMargin)
}

// axes draws the frame, the grid, its labels, the ends of tasks and the titles.
func (p *curvePlot) axes() {
	left, right, top, bottom := p.x(0), p.x(p.right), p.y(p.most), p.y(p.least)
	for _, at := range ticks(0, p.right, 10) {
		p.Line(p.x(at), top, p.x(at), bottom, 1, plot.Pale)
		p.Text(p.x(at), bottom+6, 0.5, fmt.Sprintf("%g", at))
	}
	for _, percent := range ticks(p.least, p.most, 10) {
		p.Line(left, p.y(percent), right, p.y(percent), 1, plot.Pale)
		p.Text(left-6, p.y(percent)-plot.TextHeight/2, 1, fmt.Sprintf("%g", percent))
	}
	for _, at := range p.marks {
		p.Line(p.x(at), top, p.x(at), bottom, 1, plot.Grey)
	}
	p.Line(left, bottom, right, bottom, 1, plot.Black)
	p.Line(left, top, left, bottom, 1, plot.Black)
	p.Text(p.x(p.right/2), bottom+28, 0.5, p.xTitle)
	p.Text(8, 12, 0, p.title)
}

// curve draws a line through what was before sleep, and squares on what was after.
func (p *curvePlot) curve(line []vertex, ink color.NRGBA) {
	for i, v := range line {
		x, y := p.x(v.x), p.y(v.percent)
		switch {
		case v.slept:
			p.Fill(x-markSize/2, y-markSize/2, x+markSize/2, y+markSize/2, ink)
		case i > 0:
			p.Line(p.x(line[i-1].x), p.y(line[i-1].percent), x, y, lineWidth, ink)
		}
	}
}

// legend names a learner above the lower edge on the left, one line each.
func (p *curvePlot) legend(i int, name string) {
	const indent, spacing, sample = 24, 18, 28
	x, y := p.x(0)+indent, p.y(p.least)-spacing*float64(i+1)
	p.Fill(x-6, y-spacing/2, x+sample+float64(plot.GlyphWidth*(len(name)+2)), y+spacing/2, plot.White)
	p.Line(x, y, x+sample, y, lineWidth, plot.Palette[i%len(plot.Palette)])
	p.Text(x+sample+8, y-plot.TextHeight/2, 0, name)
}

package continual

import (
	"fmt"
	"math"

	"github.com/pffedge/pffedge/internal/plot"
)

// The picture of recalls, in pixels: panels one below the other.
const (
	gridWidth, gridLeft     = 960, 112
	gridRight               = 830 // end of what was before sleep; after it comes the strip
	stripFrom, stripTo      = 836, 860
	barFrom, barTo          = 884, 900 // the colours' key
	gridTop, gridBottom     = 44, 56   // of a panel
	rowHeight, smallest     = 20, 14   // of few rows and of many
	fewRows, tallest        = 12, 1200
	nameLength, xTicks      = 12, 10
	keySteps                = 64
	columnTitle, sleepTitle = 22, 26
)

// grid is a panel: a row a class or task, a column a look.
type grid struct {
	title, rowTitle, xTitle string
	rows                    []string
	columns                 []gridColumn
	slept                   []*float64 // by row, or nil
	right                   float64    // where the last column ends
	ticks                   []gridTick
}

// gridColumn has a recall a row, nil for what was not seen yet.
type gridColumn struct {
	from, to float64
	recall   []*float64
}

type gridTick struct {
	at   float64
	name string
}

// gridOf returns a report's first run.
func gridOf(r *Report) *grid {
	run := r.Runs[0]
	g := &grid{title: fmt.Sprintf("recall: %s, seed %d, %s", r.Learner, run.Seed, r.title()), rowTitle: run.Seen.By}
	if r.Protocol == Teaching {
		g.fromShots(run)
	} else {
		g.fromLooks(&run.Seen)
	}
	return g
}

// fromLooks lists classes in the order of their appearance.
func (g *grid) fromLooks(s *Seen) {
	g.xTitle = "thousands of samples learned"
	for _, i := range s.Order {
		g.rows = append(g.rows, s.Names[i])
	}
	for _, l := range s.Looks {
		recall := make([]*float64, len(s.Order))
		for row, i := range s.Order {
			recall[row] = l.Recall[i]
		}
		if l.Slept {
			g.slept = recall
			continue
		}
		g.columns = append(g.columns, gridColumn{g.right, thousands(l.Samples), recall})
		g.right = thousands(l.Samples)
	}
	if g.right == 0 {
		g.right = 1
	}
	for _, at := range ticks(0, g.right, xTicks) {
		g.ticks = append(g.ticks, gridTick{at, fmt.Sprintf("%g", at)})
	}
}

// fromShots has a column a number of shots, all equally wide.
func (g *grid) fromShots(run *Run) {
	g.rows, g.xTitle, g.right = run.Tasks, "samples taught", float64(len(run.Shots))
	for i, s := range run.Shots {
		c := gridColumn{from: float64(i), to: float64(i + 1), recall: make([]*float64, len(s.ByClass))}
		for class := range s.ByClass {
			c.recall[class] = &s.ByClass[class]
		}
		g.columns = append(g.columns, c)
		g.ticks = append(g.ticks, gridTick{float64(i) + 0.5, fmt.Sprint(s.Samples)})
	}
}

// rowPixels is how high a row is.
func (g *grid) rowPixels() float64 {
	switch n := len(g.rows); {
	case n <= fewRows:
		return rowHeight
	case n*smallest <= tallest:
		return smallest
	default:
		return max(math.Floor(tallest/float64(n)), 1)
	}
}

func (g *grid) height() float64 { return gridTop + gridBottom + g.rowPixels()*float64(len(g.rows)) }

// x is where some time lies.
func (g *grid) x(at float64) float64 { return gridLeft + at/g.right*(gridRight-gridLeft) }

// drawGrids draws panels one below the other.
func drawGrids(grids []*grid) canvas {
	height := 0.0
	for _, g := range grids {
		height += g.height()
	}
	c := newCanvas(gridWidth, max(int(height), gridTop))
	top := 0.0
	for _, g := range grids {
		g.draw(c, top)
		top += g.height()
	}
	return c
}

// draw draws the panel with its upper edge at top.
func (g *grid) draw(c canvas, top float64) {
	c.Text(8, top+6, 0, g.title)
	top += gridTop
	h := g.rowPixels()
	bottom := top + h*float64(len(g.rows))
	c.Text(8, top-columnTitle, 0, g.rowTitle)
	every := int(math.Ceil(smallest / h)) // names that have room
	for row, name := range g.rows {
		y := top + h*float64(row)
		if row%every == 0 {
			c.Text(gridLeft-8, y+(h-plot.TextHeight)/2, 1, fitted(name, nameLength))
		}
		for _, col := range g.columns {
			cell(c, g.x(col.from), y, g.x(col.to), y+h, col.recall[row])
		}
		if g.slept != nil {
			cell(c, stripFrom, y, stripTo, y+h, g.slept[row])
		}
	}
	for _, t := range g.ticks {
		c.Line(g.x(t.at), bottom, g.x(t.at), bottom+4, 1, plot.Black)
		c.Text(g.x(t.at), bottom+6, 0.5, t.name)
	}
	if g.slept != nil {
		c.Text((stripFrom+stripTo)/2, bottom+sleepTitle, 0.5, "slept")
	}
	c.Text((gridLeft+gridRight)/2, bottom+26, 0.5, g.xTitle)
	key(c, top, bottom)
}

// cell paints a recall, or that there is none yet.
func cell(c canvas, x0, y0, x1, y1 float64, recall *float64) {
	ink := plot.Pale
	if recall != nil {
		ink = rampColor(*recall)
	}
	c.Fill(x0, y0, x1, y1, ink)
}

// key shows which colour is which recall.
func key(c canvas, top, bottom float64) {
	for i := range keySteps {
		share := float64(i) / keySteps
		c.Fill(barFrom, bottom-(share+1.0/keySteps)*(bottom-top), barTo, bottom-share*(bottom-top), rampColor(share))
	}
	for _, percent := range []float64{0, 50, 100} {
		c.Text(barTo+6, bottom-percent/100*(bottom-top)-plot.TextHeight/2, 0, fmt.Sprintf("%g %%", percent))
	}
}

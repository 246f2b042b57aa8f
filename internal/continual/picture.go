package continual

import (
	"fmt"
	"image/png"
	"io"

	"github.com/pffedge/pffedge/internal/plot"
)

// Picture draws reports of one protocol, and returns what writes the drawing as PNG.
type Picture func(reports []*Report) func(io.Writer) error

func writer(c canvas) func(io.Writer) error {
	return func(w io.Writer) error { return png.Encode(w, c) }
}

// Curves draws accuracy over time, of protocol d recall over shots: a colour a
// learner, a line a seed, squares after sleep. Learners that see the tasks mixed
// have a level line beside others.
func Curves(reports []*Report) func(io.Writer) error {
	p := newCurvePlot(reports)
	p.axes()
	for i, r := range reports {
		for _, line := range p.lines[i] {
			p.curve(line, plot.Palette[i%len(plot.Palette)])
		}
		p.legend(i, fmt.Sprintf("%s (%d)", r.Learner, len(r.Runs)))
	}
	return writer(p.canvas)
}

// Recalls draws the recall of each class (protocol c: task) over time as colours, a
// panel a learner, its first seed; of protocol d that of each taught class over
// shots.
func Recalls(reports []*Report) func(io.Writer) error {
	var grids []*grid
	for _, r := range reports {
		if len(r.Runs) > 0 {
			grids = append(grids, gridOf(r))
		}
	}
	return writer(drawGrids(grids))
}

package continual

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/plot"
)

func decoded(t *testing.T, picture Picture, reports []*Report) image.Image {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, picture(reports)(&b))
	m, err := png.Decode(&b)
	require.NoError(t, err)
	return m
}

func inkAt(m image.Image, x, y float64) color.NRGBA {
	return color.NRGBAModel.Convert(m.At(int(x), int(y))).(color.NRGBA)
}

// share points to v.
func share(v float64) *float64 { return &v }

// seen is a report of one run: two classes, of which the first is forgotten.
func seenReport(learner string) *Report {
	run := &Run{Slept: Figures{ACC: 0.75}, Ends: []int{1000, 2000}, Seen: Seen{By: "class", Names: []string{"a", "b"}, Order: []int{1, 0}, Looks: []Look{
		{Samples: 1000, Accuracy: 0.9, Recall: []*float64{nil, share(0.9)}},
		{Samples: 2000, Accuracy: 0.5, Recall: []*float64{share(1), share(0)}},
		{Samples: 2000, Accuracy: 0.7, Recall: []*float64{share(0.8), share(0.6)}, Slept: true},
	}}}
	return &Report{Learner: learner, Runs: []*Run{run}, Tail: Tail{Protocol: Online}}
}

// TestCurves: every learner's colour lies where its points are.
func TestCurves(t *testing.T) {
	reports := []*Report{seenReport("raw"), seenReport("iid")}
	m := decoded(t, Curves, reports)
	require.Equal(t, image.Rect(0, 0, curvesWidth, curvesHeight), m.Bounds())
	p := newCurvePlot(reports)
	require.EqualValues(t, 50, p.least)
	require.Equal(t, []float64{1, 2}, p.marks)
	for _, at := range []vertex{{1.5, 70, false}, {2, 70, true}} {
		require.Equal(t, plot.Palette[0], inkAt(m, p.x(at.x), p.y(at.percent)), at)
	}
	require.Equal(t, plot.Palette[1], inkAt(m, p.x(0.6), p.y(75)), "a level line for what saw all mixed")
	require.Less(t, p.y(99), p.y(60))
}

// TestCurvesOfLittle: no report, no run, no accuracy.
func TestCurvesOfLittle(t *testing.T) {
	empty := &Report{Learner: "ü", Runs: []*Run{{Seen: Seen{Looks: []Look{{}}}}}}
	for _, reports := range [][]*Report{nil, {{}}, {empty}, {seenReport("iid")}} {
		decoded(t, Curves, reports)
		decoded(t, Recalls, reports)
	}
}

// TestRecalls: rows in the order in which classes appear, columns looks.
func TestRecalls(t *testing.T) {
	r := seenReport("raw")
	m := decoded(t, Recalls, []*Report{r, r})
	g := gridOf(r)
	require.Equal(t, image.Rect(0, 0, gridWidth, 2*int(g.height())), m.Bounds())
	require.Equal(t, []string{"b", "a"}, g.rows)
	for panel := range 2 {
		top := g.height()*float64(panel) + gridTop
		row := func(i int) float64 { return top + rowHeight*(float64(i)+0.5) }
		require.Equal(t, rampColor(0.9), inkAt(m, g.x(0.5), row(0)))
		require.Equal(t, plot.Pale, inkAt(m, g.x(0.5), row(1)), "not seen yet")
		require.Equal(t, rampColor(0), inkAt(m, g.x(1.5), row(0)))
		require.Equal(t, rampColor(1), inkAt(m, g.x(1.5), row(1)))
		require.Equal(t, rampColor(0.6), inkAt(m, stripFrom+5, row(0)))
		require.Equal(t, rampColor(0.8), inkAt(m, stripFrom+5, row(1)))
		require.Equal(t, rampColor(0), inkAt(m, barFrom+2, row(2)-rowHeight/2-1), "the key's lower end")
	}
}

// TestRecallsOfShots: rows the taught classes, columns numbers of shots.
func TestRecallsOfShots(t *testing.T) {
	r := &Report{Learner: "raw", Tail: Tail{Protocol: Teaching}, Runs: []*Run{{Tasks: []string{"a", "b"},
		Shots: []Shot{{Samples: 10, ByClass: []float64{0.1, 0.2}, Recall: 0.15}, {Samples: 50, ByClass: []float64{0.9, 1}, Recall: 0.95, SleptRecall: 0.5}}}}}
	m, g := decoded(t, Recalls, []*Report{r}), gridOf(r)
	require.Equal(t, rampColor(0.2), inkAt(m, g.x(0.2), gridTop+1.5*rowHeight))
	require.Equal(t, rampColor(0.9), inkAt(m, g.x(1.9), gridTop+0.5*rowHeight))
	p := newCurvePlot([]*Report{r})
	require.Equal(t, plot.Palette[0], inkAt(decoded(t, Curves, []*Report{r}), p.x(50), p.y(50)))
}

// TestManyRows stay within the picture.
func TestManyRows(t *testing.T) {
	for _, n := range []int{1, 12, 13, 85, 86, 1000, 5000} {
		g := &grid{rows: make([]string, n)}
		require.LessOrEqual(t, g.rowPixels()*float64(n), max(tallest, float64(n)))
		require.GreaterOrEqual(t, g.rowPixels(), 1.0)
	}
}

// TestRamp grows brighter.
func TestRamp(t *testing.T) {
	require.Equal(t, ramp[0], rampColor(-1))
	require.Equal(t, ramp[len(ramp)-1], rampColor(2))
	before := -1.0
	for i := range 101 {
		c := rampColor(float64(i) / 100)
		bright := 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
		require.Greater(t, bright, before)
		before = bright
	}
}

func TestTicks(t *testing.T) {
	require.Equal(t, []float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, ticks(0, 100, 10))
	require.Equal(t, []float64{85, 90, 95, 100}, ticks(84, 100, 4))
	require.NotEmpty(t, ticks(0, 1, 10))
}

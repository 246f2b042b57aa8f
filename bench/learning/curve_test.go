package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/plot"

	"github.com/pffedge/pffedge/internal/data"
)

// scripted learns nothing: a batch takes it a second of the time that it tells
// itself, evaluating a hundred.
type scripted struct {
	time    time.Duration
	batches int
	err     error
}

func (s *scripted) learn(_ context.Context, _ *data.Set, learned func(epochs float64) error) error {
	for i := range s.batches {
		s.time += time.Second
		if err := learned(float64(i+1) / 2); err != nil {
			return err
		}
	}
	return s.err
}

func (s *scripted) accuracy(context.Context, *data.Set, string) (float64, error) {
	s.time += 100 * time.Second
	return 0.5, nil
}

func (s *scripted) close() {}

// TestEvaluatingTakesNoTime, however long it takes, and happens at fixed times.
func TestEvaluatingTakesNoTime(t *testing.T) {
	s := &scripted{batches: 7}
	curves, err := record(t.Context(), s, nil, nil, []string{"a", "b"}, 1500*time.Millisecond, func() time.Duration { return s.time })
	require.NoError(t, err)
	require.Len(t, curves, 2)
	want := []point{{2, 1, 0.5}, {3, 1.5, 0.5}, {5, 2.5, 0.5}, {6, 3, 0.5}, {7, 3.5, 0.5}}
	for i, method := range []string{"a", "b"} {
		require.Equal(t, method, curves[i].Method)
		require.Equal(t, want, curves[i].Points, "the last batch is evaluated too")
	}
}

func TestLearnersErrorsAreHeard(t *testing.T) {
	lost := errors.New("lost")
	s := &scripted{batches: 1, err: lost}
	_, err := record(t.Context(), s, nil, nil, []string{"a"}, time.Second, func() time.Duration { return s.time })
	require.ErrorIs(t, err, lost)
}

// risen returns a curve with these accuracies, a second and half an epoch
// apart.
func risen(learner string, seed uint64, accuracies ...float64) curve {
	c := curve{Learner: learner, Method: "m", Seed: seed, Every: 0.25}
	for i, a := range accuracies {
		c.Points = append(c.Points, point{float64(i + 1), float64(i+1) / 2, a})
	}
	return c
}

func TestTargets(t *testing.T) {
	r := report{Curves: []curve{
		risen("a", 0, 0.9, 0.96, 0.95, 0.97), risen("b", 0, 0.5),
		risen("a", 1, 0.96, 0.97, 0.98), risen("a", 2, 0.9, 0.9, 0.955),
	}}
	r.reach([]float64{95, 97, 98, 99})
	require.Len(t, r.Targets, 8)
	is := func(want float64, v *float64) {
		t.Helper()
		require.NotNil(t, v)
		require.EqualValues(t, want, *v)
	}
	first := r.Targets[0]
	require.Equal(t, []any{"a", "m", 0.95, 3, 3}, []any{first.Learner, first.Method, first.Accuracy, first.Seeds, first.Reached})
	is(2, first.Seconds.Median)
	is(1, first.Seconds.Least)
	is(3, first.Seconds.Most)
	is(1, first.Epochs.Median)
	second := r.Targets[1]
	require.Equal(t, 2, second.Reached)
	is(4, second.Seconds.Median)
	require.Nil(t, second.Seconds.Most, "one seed never got there")
	require.Nil(t, r.Targets[2].Seconds.Median, "most never did")
	require.Nil(t, r.Targets[3].Seconds.Least)
	require.Equal(t, []string{"2.0 (1.0–3.0)", "4.0 (2.0–never)", "never (3.0–never)", "never"},
		[]string{first.Seconds.text(1), second.Seconds.text(1), r.Targets[2].Seconds.text(1), r.Targets[3].Seconds.text(1)})
	is(2.5, figuresOf([]float64{4, 1, 3, 2}).Median)
}

func TestReportTable(t *testing.T) {
	r := report{conditions: conditions{CPU: "C", Go: "go1", Kernels: "avx2", Threads: 2, Clock: "wall", Hidden: []int{500, 300}, Train: 60000, Test: 10000},
		Curves: []curve{risen("fast", 0, 0.9, 0.985), risen("mlp", 0, 0.97)}}
	r.reach([]float64{98.5})
	var b bytes.Buffer
	require.NoError(t, r.table(&b))
	require.Equal(t, `C, go1, kernels avx2, threads 2, wall clock
hidden 500, 300, presets without the generative circuit; 60000 samples to learn, 10000 to test
medians over the seeds, their extremes in brackets

learner  accuracy  reached        seconds            epochs
fast, m    98.5 %   1 of 1  2.0 (2.0–2.0)  1.00 (1.00–1.00)
mlp, m     98.5 %   0 of 1          never             never

at the end          accuracy, %        seconds   epochs  tested every
fast, m     98.50 (98.50–98.50)  2.0 (2.0–2.0)  1 (1–1)        0.25 s
mlp, m      97.00 (97.00–97.00)  1.0 (1.0–1.0)  0 (0–0)        0.25 s
`, b.String())
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back report
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, r, back)
}

// TestPicture: every learner's colour lies where its points are.
func TestPicture(t *testing.T) {
	r := report{conditions: conditions{Hidden: []int{500}}, Curves: []curve{risen("fast", 0, 0.9, 0.96, 0.97), risen("mlp", 0, 0.93, 0.98), risen("mlp", 1, 0.92)}}
	r.reach([]float64{95})
	var b bytes.Buffer
	require.NoError(t, r.picture(&b))
	m, err := png.Decode(&b)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, pictureWidth, pictureHeight), m.Bounds())
	p := newPlot(&r)
	require.EqualValues(t, 90, p.least)
	require.EqualValues(t, 99, p.most)
	for i, group := range groups(r.Curves) {
		for _, c := range group {
			for _, at := range c.Points {
				got := color.NRGBAModel.Convert(m.At(int(p.x(at.Seconds)), int(p.y(100*at.Accuracy))))
				require.Equal(t, plot.Palette[i], got, "%s %v", c.name(), at)
			}
		}
	}
	require.Less(t, p.y(99), p.y(90))
	require.Less(t, p.x(1), p.x(2))
	require.Equal(t, p.y(90), p.y(10), "what lies below lies on the edge")
}

// TestPictureOfLittle: one point, no accuracy at all, no targets.
func TestPictureOfLittle(t *testing.T) {
	for _, c := range []curve{risen("fast", 0, 0), risen("fast", 0, 1), {Learner: "ü", Points: []point{{}}}} {
		for _, targets := range [][]float64{nil, {95}, {1}} {
			r := report{Curves: []curve{c}}
			r.reach(targets)
			require.NoError(t, r.picture(new(bytes.Buffer)))
		}
	}
}

func TestTicks(t *testing.T) {
	require.InDeltaSlice(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, plot.Ticks(10, 10), 1e-9)
	require.InDeltaSlice(t, []float64{0, 2, 4, 6, 8, 10}, plot.Ticks(11.5, 10), 1e-9)
	for _, span := range []float64{1e-3, 0.7, 3, 9, 44, 61, 1e5} {
		list := plot.Ticks(span, 10)
		require.GreaterOrEqual(t, len(list), 3, span)
		require.LessOrEqual(t, len(list), 11, span)
		require.LessOrEqual(t, list[len(list)-1], span)
		require.False(t, math.IsNaN(list[1]))
	}
}

package main

import (
	"context"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
)

// curve is how the accuracy of one run rose, by one way to predict.
type curve struct {
	Learner string  `json:"learner"` // a preset, or mlp
	Method  string  `json:"method"`
	Seed    uint64  `json:"seed"`
	Every   float64 `json:"every"`  // seconds between evaluations
	Points  []point `json:"points"` // in the order of time; the last is the end
}

// point is the accuracy after some learning.
type point struct {
	Seconds  float64 `json:"seconds"`
	Epochs   float64 `json:"epochs"`
	Accuracy float64 `json:"accuracy"` // share of the test samples
}

// name is how tables and pictures call it.
func (c *curve) name() string { return c.Learner + ", " + c.Method }

// reached returns the first point at which the accuracy was reached. Nothing
// is interpolated: it may have been so earlier, since the point before.
func (c *curve) reached(accuracy float64) (point, bool) {
	for _, p := range c.Points {
		if p.Accuracy >= accuracy {
			return p, true
		}
	}
	return point{}, false
}

// last returns the end of the run.
func (c *curve) last() point { return c.Points[len(c.Points)-1] }

// record lets a pupil learn and evaluates it every so often by every method:
// one curve a method.
func record(ctx context.Context, p pupil, train, test *data.Set, methods []string, every time.Duration, now machine.Clock) ([]curve, error) {
	curves := make([]curve, len(methods))
	for i, method := range methods {
		curves[i].Method = method
	}
	w, next, epochs := stopwatch{now: now}, every.Seconds(), 0.0
	evaluate := func() error {
		for i, method := range methods {
			a, err := p.accuracy(ctx, test, method)
			if err != nil {
				return err
			}
			curves[i].Points = append(curves[i].Points, point{w.seconds(), epochs, a})
		}
		return nil
	}
	w.start()
	err := p.learn(ctx, train, func(done float64) error {
		epochs = done
		if w.running() < next {
			return nil
		}
		w.stop()
		defer w.start()
		for next <= w.seconds() {
			next += every.Seconds()
		}
		return evaluate()
	})
	w.stop()
	if err == nil && (len(curves[0].Points) == 0 || curves[0].last().Epochs < epochs) {
		err = evaluate()
	}
	return curves, err
}

// stopwatch adds up the times between start and stop.
type stopwatch struct {
	now   machine.Clock
	since time.Duration
	total time.Duration
}

func (w *stopwatch) start() { w.since = w.now() }
func (w *stopwatch) stop()  { w.total += w.now() - w.since }

// seconds is what a watch that stands still shows, running what one that goes
// on does.
func (w *stopwatch) seconds() float64 { return w.total.Seconds() }
func (w *stopwatch) running() float64 { return (w.total + w.now() - w.since).Seconds() }

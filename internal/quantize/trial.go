package quantize

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Accuracy is that of one method on the test samples, shares of them.
type Accuracy struct {
	Method  runtime.Method `json:"method"`
	Samples int            `json:"samples"`
	Before  float64        `json:"before"`
	After   float64        `json:"after"`
	Drop    float64        `json:"drop"` // in points
}

// Latency is the time of one call. Medians, of rounds in which the two networks
// take turns.
type Latency struct {
	Method runtime.Method `json:"method"`
	Batch  int            `json:"batch"`
	Before float64        `json:"before"` // seconds
	After  float64        `json:"after"`
	Gain   float64        `json:"gain"` // median of the rounds' Before/After
}

// methods are in the order of reports.
var methods = []runtime.Method{runtime.Readout, runtime.Goodness, runtime.Auto}

// batches are the numbers of samples in a call whose latency is measured.
var batches = []int{1, 100}

// trial is a network in float32 and in int8, side by side.
type trial struct {
	*Plan
	m, q          *model.Model
	before, after *runtime.Session
}

func newTrial(p *Plan, m, q *model.Model) (*trial, error) {
	before, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	after, err := runtime.New(q)
	if err != nil {
		return nil, err
	}
	return &trial{p, m, q, runtime.NewSession(before, p.Threads), runtime.NewSession(after, p.Threads)}, nil
}

func (t *trial) close() {
	t.before.Close()
	t.after.Close()
}

func (t *trial) accuracy(ctx context.Context, test runtime.Samples) (list []Accuracy, err error) {
	for _, how := range methods {
		a := Accuracy{Method: how, Samples: test.Len()}
		if a.Before, err = t.share(ctx, t.before, test, how, "float32, "+string(how)); err != nil {
			return nil, err
		}
		if a.After, err = t.share(ctx, t.after, test, how, "int8, "+string(how)); err != nil {
			return nil, err
		}
		a.Drop = 100 * (a.Before - a.After)
		list = append(list, a)
	}
	return list, nil
}

// share returns which share of test a method gets right.
func (p *Plan) share(ctx context.Context, s *runtime.Session, test runtime.Samples, how runtime.Method, what string) (float64, error) {
	r, err := evaluate.Predict(ctx, s, test, how, 0, func(done int) { p.tell(done, test.Len(), what) })
	if err != nil {
		return 0, err
	}
	return r.Accuracy, nil
}

func (t *trial) latency(ctx context.Context, test runtime.Samples) (list []Latency, err error) {
	for _, n := range batches {
		for _, how := range methods {
			t.tell(len(list), len(batches)*len(methods), fmt.Sprintf("timing %d by %s", n, how))
			l, err := Compare(ctx, machine.Clocks["wall"], t.before, t.after, test, how, n, t.Rounds)
			if err != nil {
				return nil, err
			}
			list = append(list, l)
		}
	}
	return list, nil
}

// burst is how long a session predicts at a stretch, at least.
const burst = 2 * time.Millisecond

// Compare times two sessions by turns, batches of n of the samples in each round.
func Compare(ctx context.Context, now machine.Clock, before, after *runtime.Session, samples runtime.Samples, how runtime.Method, n, rounds int) (Latency, error) {
	x := simd.NewMatrix(n, before.Model().Config.Input.Size())
	pair, times := [2]*runtime.Session{before, after}, [2]int{1, 1}
	var seconds [2][]float64
	var gains []float64
	for round := range rounds + 1 {
		for r := range n {
			samples.Sample(x.Row(r), (round*n+r)%samples.Len())
		}
		var took [2]float64
		for turn := range pair {
			i := (turn + round) % 2
			var err error
			if took[i], err = timed(ctx, now, pair[i], x, how, times[i]); err != nil {
				return Latency{}, err
			}
		}
		if round == 0 { // only to see how often fills a burst
			for i := range times {
				times[i] = max(int(burst.Seconds()/took[i]), 1)
			}
			continue
		}
		seconds[0], seconds[1] = append(seconds[0], took[0]), append(seconds[1], took[1])
		gains = append(gains, took[0]/took[1])
	}
	return Latency{how, n, median(seconds[0]), median(seconds[1]), median(gains)}, nil
}

// timed returns the seconds of one of so many predictions, after one that is not
// counted.
func timed(ctx context.Context, now machine.Clock, s *runtime.Session, x simd.Matrix, how runtime.Method, times int) (float64, error) {
	if _, err := s.Predict(ctx, x, how); err != nil {
		return 0, err
	}
	start := now()
	for range times {
		if _, err := s.Predict(ctx, x, how); err != nil {
			return 0, err
		}
	}
	return max(now()-start, 1).Seconds() / float64(times), nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

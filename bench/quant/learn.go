package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// learning is how accurate a network is before and after learning further, by one
// method.
type learning struct {
	Size    string         `json:"size"`
	Network string         `json:"network"`
	Method  runtime.Method `json:"method"`
	Start   float64        `json:"start"` // in percent; in int8
	Full    float64        `json:"float32"`
	Int8    float64        `json:"int8"`
}

// pace is how long learning takes with one instruction set, and what it keeps.
type pace struct {
	Size   string   `json:"size"`
	ISA    simd.ISA `json:"isa"`
	What   string   `json:"what"`    // a batch, or a lesson of one sample
	Before float64  `json:"float32"` // seconds
	After  float64  `json:"int8"`
	Gain   float64  `json:"gain"` // the median of the rounds' ratios

	FullBytes int64 `json:"bytes_float32"` // weights, moments and residuals
	Int8Bytes int64 `json:"bytes_int8"`
}

// startSamples and startEpochs make a network of about 95 % on MNIST.
const (
	startSamples = 15_000
	startEpochs  = 3
)

// learn8 learns from the same int8 start, by the same samples, in float32 and in
// int8, and times both.
func (o *options) learn8(ctx context.Context, train, test *data.Set, r *report, stderr io.Writer) error {
	for _, hidden := range o.hidden {
		var start *model.Model
		for _, seed := range o.seeds {
			fresh := *o
			fresh.epochs = startEpochs
			m, err := fresh.learnt(ctx, train.Head(min(startSamples, train.Len())), hidden, seed)
			if err != nil {
				return err
			}
			if start, err = m.Quantise(); err != nil {
				return err
			}
			n := &network{fmt.Sprintf("fast %v, seed %d", hidden, seed), m}
			fmt.Fprintln(stderr, n.name)
			if err := o.learnOn(ctx, n, start, seed, train, test, r); err != nil {
				return err
			}
		}
		if err := o.paces(ctx, start, train, r); err != nil {
			return err
		}
	}
	return nil
}

// learnSettings are those of preset fast for a network of c.
func learnSettings(c *model.Config, seed uint64, epochs int, int8 bool) (runtime.Settings, error) {
	s, _, err := runtime.Preset("fast")
	s.Seed, s.Epochs, s.Generative, s.Int8 = seed, epochs, false, int8
	if slices.Max(c.Hidden) > 1000 {
		s.Adam.Rate = 1e-3
	}
	return s, err
}

// learnOn learns the whole training set in both forms.
func (o *options) learnOn(ctx context.Context, n *network, start *model.Model, seed uint64, train, test *data.Set, r *report) error {
	results := make([]learning, len(methods))
	measure := func(m *model.Model, keep func(l *learning, percent float64)) error {
		s, err := session(m, o.threads)
		if err != nil {
			return err
		}
		defer s.Close()
		for i, how := range methods {
			e, err := evaluate.Predict(ctx, s, test, how, 0, nil)
			if err != nil {
				return err
			}
			keep(&results[i], 100*e.Accuracy)
		}
		return nil
	}
	for i, how := range methods {
		results[i] = learning{Size: n.size(), Network: n.name, Method: how}
	}
	if err := measure(start, func(l *learning, percent float64) { l.Start = percent }); err != nil {
		return err
	}
	for _, int8 := range []bool{false, true} {
		set, err := learnSettings(&start.Config, seed, o.learnEpochs, int8)
		if err != nil {
			return err
		}
		t, err := runtime.NewTrainer(start, set, o.threads)
		if err != nil {
			return err
		}
		err = t.Fit(ctx, train, nil, nil)
		after := t.Snapshot()
		t.Close()
		if err != nil {
			return err
		}
		if err := measure(after, func(l *learning, percent float64) {
			if int8 {
				l.Int8 = percent
			} else {
				l.Full = percent
			}
		}); err != nil {
			return err
		}
	}
	r.Learning = append(r.Learning, results...)
	return nil
}

// paces times batches and lessons in both forms, in turns.
func (o *options) paces(ctx context.Context, start *model.Model, train *data.Set, r *report) error {
	was := simd.Active()
	defer func() { _ = simd.Use(was) }()
	size := (&network{Model: start}).size()
	for _, isa := range o.isas {
		if err := simd.Use(isa); err != nil {
			return err
		}
		batch, err := o.batchPace(ctx, start, train)
		if err != nil {
			return err
		}
		lesson, err := o.lessonPace(start, train)
		if err != nil {
			return err
		}
		for _, p := range []*pace{batch, lesson} {
			p.Size, p.ISA = size, isa
			r.Pace = append(r.Pace, *p)
		}
	}
	return nil
}

// head is the first samples of a set.
type head struct {
	runtime.Samples
	n int
}

func (h head) Len() int { return h.n }

// batchPace times a batch of preset fast.
func (o *options) batchPace(ctx context.Context, start *model.Model, train *data.Set) (*pace, error) {
	p := &pace{What: "a batch of 200"}
	var steps [2]func() error
	for i, int8 := range []bool{false, true} {
		set, err := learnSettings(&start.Config, 0, 1<<20, int8)
		if err != nil {
			return nil, err
		}
		set.Schedule = runtime.Constant
		t, err := runtime.NewTrainer(start, set, o.threads)
		if err != nil {
			return nil, err
		}
		defer t.Close()
		plan := runtime.PlanTraining(&start.Config, &set, o.threads, train.Len())
		if int8 {
			p.Int8Bytes = plan.Weights + plan.Moments
		} else {
			p.FullBytes = plan.Weights + plan.Moments
		}
		samples := head{train, min(set.Batch, train.Len())}
		steps[i] = func() error { return oneBatch(ctx, t, samples) }
	}
	return p, o.inTurns(p, steps)
}

// oneBatch learns a batch and stops.
func oneBatch(ctx context.Context, t *runtime.Trainer, samples runtime.Samples) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	if err := t.Fit(inner, samples, func(runtime.Report) { stop() }, nil); inner.Err() == nil || ctx.Err() != nil {
		return err
	}
	return nil
}

// lessonPace times a lesson of one sample.
func (o *options) lessonPace(start *model.Model, train *data.Set) (*pace, error) {
	p := &pace{What: "a lesson of one sample"}
	x := make([]float32, train.Input.Size())
	label := train.Sample(x, 0)
	lesson := &runtime.Teach{Class: start.Config.Classes[label], Size: len(x), Inputs: x}
	var steps [2]func() error
	for i, m := range []*model.Model{start.Float32(), start.Clone()} {
		l, err := runtime.NewLearner(m, o.threads)
		if err != nil {
			return nil, err
		}
		defer l.Close()
		steps[i] = func() error { return l.Apply(lesson) }
	}
	return p, o.inTurns(p, steps)
}

// inTurns times both steps in rounds of at least 20 ms and fills in p.
func (o *options) inTurns(p *pace, steps [2]func() error) error {
	clock := machine.Clocks[o.clock]
	spend := func(step func() error) (each float64, err error) {
		began, n := clock(), 0
		for n == 0 || clock()-began < 20*time.Millisecond {
			if err := step(); err != nil {
				return 0, err
			}
			n++
		}
		return (clock() - began).Seconds() / float64(n), nil
	}
	var before, after, ratios []float64
	for round := range o.rounds + 1 {
		a, err := spend(steps[0])
		if err != nil {
			return err
		}
		b, err := spend(steps[1])
		if err != nil {
			return err
		}
		if round > 0 { // the first warms up
			before, after, ratios = append(before, a), append(after, b), append(ratios, a/b)
		}
	}
	p.Before, p.After, p.Gain = median(before), median(after), median(ratios)
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func (r *report) learningTable() *show.Table {
	t := columns("learning further", "method", "start", "float32", "int8", "points lost")
	for _, l := range r.Learning {
		t.Add(l.Network, string(l.Method), fmt.Sprintf("%.2f %%", l.Start), fmt.Sprintf("%.2f %%", l.Full), fmt.Sprintf("%.2f %%", l.Int8), fmt.Sprintf("%.2f", l.Full-l.Int8))
	}
	return t
}

func (r *report) paceTable() *show.Table {
	t := columns("pace", "isa", "of", "float32, ms", "int8, ms", "times as fast", "memory", "int8", "share")
	for _, p := range r.Pace {
		row := []string{p.Size, string(p.ISA), p.What, fmt.Sprintf("%.3f", 1e3*p.Before), fmt.Sprintf("%.3f", 1e3*p.After), fmt.Sprintf("%.2f", p.Gain)}
		if p.FullBytes > 0 {
			row = append(row, show.Bytes(p.FullBytes), show.Bytes(p.Int8Bytes), show.Percent(float64(p.Int8Bytes)/float64(p.FullBytes)))
		} else {
			row = append(row, "", "", "")
		}
		t.Add(row...)
	}
	return t
}

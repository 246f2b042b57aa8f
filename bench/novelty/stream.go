package main

import (
	"context"
	"math/rand/v2"

	"github.com/pffedge/pffedge/runtime/novelty"
)

// How streams change: by degrees an image, and by the share of unseen digits.
const (
	turn  = 0.05
	mixed = 0.1
)

// stream is what the detector said of one.
type stream struct {
	Out     string `json:"out"`
	Seed    uint64 `json:"seed"`
	Kind    string `json:"kind"`
	Samples int    `json:"samples"` // after the change; of a steady stream all
	Early   int    `json:"early"`   // false alarms: all of a steady stream, else those before the change
	// Samples from the change to the first warning and alarm after it, 0 if there
	// was none.
	Warning int `json:"warning"`
	Alarm   int `json:"alarm"`
}

// streams watches three streams of test samples in random order, with repetitions.
func (n *network) streams(ctx context.Context, o *options, known []float64, r *report) error {
	random := rand.New(rand.NewPCG(n.seed, 2))
	steady := make([]float64, o.steady)
	for i := range steady {
		steady[i] = known[random.IntN(len(known))]
	}
	before := make([]float32, n.test.Input.Size())
	for _, s := range []struct {
		kind string
		from source
	}{
		{"turning", func(x []float32, i int) {
			n.test.Sample(x, n.seen[random.IntN(len(n.seen))])
			image{x, n.test.Input.Width, before}.rotate(turn * float64(i+1))
		}},
		{"mixed", func(x []float32, _ int) {
			from := n.seen
			if random.Float64() < mixed {
				from = n.new
			}
			n.test.Sample(x, from[random.IntN(len(from))])
		}},
	} {
		signals, err := n.signals(ctx, o.after, s.from)
		if err != nil {
			return err
		}
		changed, err := n.scores(signals)
		if err != nil {
			return err
		}
		start := make([]float64, o.before)
		for i := range start {
			start[i] = known[random.IntN(len(known))]
		}
		if err := n.watch(o, s.kind, start, changed, r); err != nil {
			return err
		}
	}
	return n.watch(o, "steady", steady, nil, r)
}

// watch lets a detector watch scores before and after a change.
func (n *network) watch(o *options, kind string, before, after []float64, r *report) error {
	d, err := novelty.NewDrift(novelty.DriftOptions{Alarm: o.alarm})
	if err != nil {
		return err
	}
	s := stream{Out: n.name, Seed: n.seed, Kind: kind, Samples: len(after)}
	if after == nil {
		s.Samples = len(before)
	}
	for _, score := range before {
		state, err := d.Update(score)
		if err != nil {
			return err
		}
		if state == novelty.Drifting {
			s.Early++
		}
	}
	for i, score := range after {
		state, err := d.Update(score)
		if err != nil {
			return err
		}
		if state != novelty.Steady && s.Warning == 0 {
			s.Warning = i + 1
		}
		if state == novelty.Drifting {
			s.Alarm = i + 1
			break
		}
	}
	r.Streams = append(r.Streams, s)
	return nil
}

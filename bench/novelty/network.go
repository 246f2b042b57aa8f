package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
)

// sets are the training and the test set.
type sets struct{ train, test *data.Set }

// sets opens the data and completes the list of classes to leave out.
func (o *options) sets(ctx context.Context) (*sets, error) {
	train, err := data.Open(ctx, o.data, data.Options{Split: data.Train, Samples: o.limit})
	if err != nil {
		return nil, err
	}
	test, err := data.Open(ctx, o.data, data.Options{Split: data.Test, Input: &train.Input, Classes: train.Classes, Samples: o.tests})
	if err != nil {
		return nil, err
	}
	if !train.Input.IsImage() {
		return nil, fmt.Errorf("%s: the samples are no images (%s)", o.data, train.Input)
	}
	if o.limit > 0 {
		train = train.Head(o.limit)
	}
	if o.tests > 0 {
		test = test.Head(o.tests)
	}
	if o.out == nil {
		for class := range train.Classes {
			o.out = append(o.out, class)
		}
	}
	for _, class := range o.out {
		if class < 0 || class >= len(train.Classes) || len(train.Classes) < 3 {
			return nil, fmt.Errorf("--out: class %d of %d, of which two must remain", class, len(train.Classes))
		}
	}
	return &sets{train, test}, nil
}

// without is a set whose labels above one close up.
type without struct {
	*data.Set
	class int
}

func (w without) Sample(dst []float32, i int) int {
	label := w.Set.Sample(dst, i)
	if label > w.class {
		label--
	}
	return label
}

// network is one that was learned without a class, calibrated.
type network struct {
	out         int
	seed        uint64
	name        string
	session     *runtime.Session
	gauge       *novelty.Gauge
	calibration []novelty.Signal
	test        *data.Set
	seen, new   []int // of the test set: samples of known classes, of the one left out
}

func (n *network) close() { n.session.Close() }

// calibrateEvery is the share of known training samples that are not learned.
const calibrateEvery = 6

func (o *options) network(ctx context.Context, s *sets, out int, seed uint64) (*network, error) {
	known, _ := split(s.train, out)
	var learned, held []int
	for k, i := range known {
		if k%calibrateEvery == calibrateEvery-1 {
			held = append(held, i)
		} else {
			learned = append(learned, i)
		}
	}
	m, err := o.learn(ctx, without{s.train.Subset(learned), out}, seed)
	if err != nil {
		return nil, err
	}
	engine, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	n := &network{out: out, seed: seed, name: s.train.Classes[out], session: runtime.NewSession(engine, o.threads), test: s.test}
	n.seen, n.new = split(s.test, out)
	return n, n.calibrate(ctx, s.train, held)
}

// split returns the indices of samples of other classes, and of this one.
func split(set *data.Set, class int) (others, these []int) {
	for i, label := range set.Labels {
		if int(label) == class {
			these = append(these, i)
		} else {
			others = append(others, i)
		}
	}
	return others, these
}

func (o *options) learn(ctx context.Context, set without, seed uint64) (*model.Model, error) {
	classes := slices.Delete(slices.Clone(set.Classes), set.class, set.class+1)
	m, s, err := runtime.Untrained("fast", set.Input, classes, o.hidden, seed)
	if err != nil {
		return nil, err
	}
	s.Epochs = o.epochs
	t, err := runtime.NewTrainer(m, s, o.threads)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if err := t.Fit(ctx, set, nil, nil); err != nil {
		return nil, err
	}
	return t.Snapshot(), nil
}

func (n *network) calibrate(ctx context.Context, set *data.Set, held []int) (err error) {
	if n.gauge, err = novelty.NewGauge(novelty.Options{Classes: len(set.Classes) - 1}); err != nil {
		return err
	}
	if n.calibration, err = n.signals(ctx, len(held), plain(set, held)); err != nil {
		return err
	}
	for _, s := range n.calibration {
		if err := n.gauge.Add(s); err != nil {
			return err
		}
	}
	return nil
}

// source writes image i of a stream to x.
type source func(x []float32, i int)

func plain(set *data.Set, idx []int) source {
	return func(x []float32, i int) { set.Sample(x, idx[i]) }
}

// signals returns those of the first images of a source.
func (n *network) signals(ctx context.Context, images int, from source) ([]novelty.Signal, error) {
	list := make([]novelty.Signal, images)
	for lo := 0; lo < images; lo += n.session.AtOnce() {
		hi := min(lo+n.session.AtOnce(), images)
		x := n.session.Inputs(hi - lo)
		for r := range x.Rows {
			from(x.Row(r), lo+r)
		}
		if err := n.session.Signals(ctx, list[lo:hi], x); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// accuracy returns the share of known test samples whose class is predicted.
func (n *network) accuracy(seen []novelty.Signal) float64 {
	right := 0
	for i, s := range seen {
		label := int(n.test.Labels[n.seen[i]])
		if label > n.out {
			label--
		}
		if s.Class == label {
			right++
		}
	}
	return float64(right) / float64(max(len(seen), 1))
}

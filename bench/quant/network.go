package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// network is a network in float32.
type network struct {
	name string
	*model.Model
}

// size says how large a network is: "2×500".
func (n *network) size() string {
	hidden := n.Config.Hidden
	for _, h := range hidden {
		if h != hidden[0] {
			return strings.Trim(strings.ReplaceAll(fmt.Sprint(hidden), " ", "-"), "[]")
		}
	}
	return fmt.Sprintf("%d×%d", len(hidden), hidden[0])
}

// networks returns the networks to measure, and the data.
func (o *options) networks(ctx context.Context, stderr io.Writer) (nets []*network, train, test *data.Set, err error) {
	for _, file := range o.models {
		m, err := model.Load(file)
		if err == nil && m.Int8 != nil {
			err = fmt.Errorf("%s: %w", file, runtime.ErrInt8)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		nets = append(nets, &network{file, m})
	}
	if train, test, err = o.sets(ctx, nets); err != nil {
		return nil, nil, nil, err
	}
	if len(nets) == 0 {
		nets, err = o.learn(ctx, train, stderr)
	}
	for _, n := range nets {
		if n.Config.Input.Size() != train.Input.Size() || len(n.Config.Classes) != len(train.Classes) {
			return nil, nil, nil, fmt.Errorf("%s does not fit the data: %s", n.name, n.Config.Input)
		}
	}
	return nets, train, test, err
}

// sets returns the training and the test set, as the first network wants them.
func (o *options) sets(ctx context.Context, nets []*network) (train, test *data.Set, err error) {
	opt := data.Options{Split: data.Train, Samples: o.limit}
	if len(nets) > 0 {
		opt.Input, opt.Classes = &nets[0].Config.Input, nets[0].Config.Classes
	}
	if train, err = data.Open(ctx, o.data, opt); err != nil {
		return nil, nil, err
	}
	opt = data.Options{Split: data.Test, Input: &train.Input, Classes: train.Classes, Samples: o.tests}
	if test, err = data.Open(ctx, o.data, opt); err != nil {
		return nil, nil, err
	}
	if o.limit > 0 {
		train = train.Head(o.limit)
	}
	if o.tests > 0 {
		test = test.Head(o.tests)
	}
	return train, test, nil
}

// learn makes the networks.
func (o *options) learn(ctx context.Context, train *data.Set, stderr io.Writer) (nets []*network, err error) {
	for _, hidden := range o.hidden {
		for _, seed := range o.seeds {
			n := &network{name: fmt.Sprintf("fast %v, seed %d", hidden, seed)}
			fmt.Fprintln(stderr, "learning", n.name)
			if n.Model, err = o.learnt(ctx, train, hidden, seed); err != nil {
				return nil, fmt.Errorf("%s: %w", n.name, err)
			}
			nets = append(nets, n)
		}
	}
	return nets, nil
}

func (o *options) learnt(ctx context.Context, train *data.Set, hidden []int, seed uint64) (*model.Model, error) {
	m, s, err := runtime.Untrained("fast", train.Input, train.Classes, hidden, seed)
	if err != nil {
		return nil, err
	}
	s.Generative = false
	if o.epochs > 0 {
		s.Epochs = o.epochs
	}
	t, err := runtime.NewTrainer(m, s, o.threads)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if err := t.Fit(ctx, train, nil, nil); err != nil {
		return nil, err
	}
	return t.Live().Model().Clone(), nil
}

package main

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/pffedge/pffedge/runtime/novelty"
)

// measure adds all figures of a network to the report.
func (n *network) measure(ctx context.Context, o *options, r *report) error {
	if len(n.seen) == 0 || len(n.new) == 0 {
		return errors.New("no test samples of it, or of others")
	}
	seen, err := n.signals(ctx, len(n.seen), plain(n.test, n.seen))
	if err != nil {
		return err
	}
	scores, err := n.scores(seen)
	if err != nil {
		return err
	}
	r.Networks = append(r.Networks, learned{n.name, n.seed, n.accuracy(seen), above(scores, 0.5), above(scores, 0.9), above(scores, 0.95), above(scores, 0.99)})
	if err := n.curves(ctx, o, seen, r); err != nil {
		return err
	}
	return n.streams(ctx, o, scores, r)
}

func (n *network) scores(signals []novelty.Signal) ([]float64, error) {
	list := make([]float64, len(signals))
	for i, s := range signals {
		var err error
		if list[i], err = n.gauge.Score(s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// above returns the share of scores that are at least so high.
func above(scores []float64, least float64) float64 {
	n := 0
	for _, s := range scores {
		if s >= least {
			n++
		}
	}
	return float64(n) / float64(len(scores))
}

// curves compares known samples with each group of new ones, by every judge.
func (n *network) curves(ctx context.Context, o *options, seen []novelty.Signal, r *report) error {
	groups := []string{"unseen"}
	unseen, err := n.signals(ctx, len(n.new), plain(n.test, n.new))
	if err != nil {
		return err
	}
	signals := [][]novelty.Signal{unseen}
	for _, c := range changes {
		random := rand.New(rand.NewPCG(n.seed, 1))
		before := make([]float32, n.test.Input.Size())
		list, err := n.signals(ctx, min(o.changed, len(n.seen)), func(x []float32, i int) {
			n.test.Sample(x, n.seen[i])
			c.make(image{x, n.test.Input.Width, before}, random)
		})
		if err != nil {
			return err
		}
		groups, signals = append(groups, c.name), append(signals, list)
	}
	for _, j := range n.judges() {
		known := judged(j, seen)
		for i, list := range signals {
			r.Curves = append(r.Curves, result{n.name, n.seed, j.name, groups[i], roc(known, judged(j, list))})
		}
	}
	return nil
}

func judged(j judge, signals []novelty.Signal) []float64 {
	list := make([]float64, len(signals))
	for i := range signals {
		list[i] = j.of(&signals[i])
	}
	return list
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	goruntime "runtime"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/program"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

func main() { program.Main(run) }

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("learning", stderr, err, func() error { return o.do(ctx, stdout, stderr) })
}

// do measures, or reads what was measured, and shows it.
func (o *options) do(ctx context.Context, stdout, stderr io.Writer) error {
	r, err := merge(o.from)
	if err == nil && r == nil {
		r, err = o.measure(ctx, stderr)
	}
	if err != nil {
		return err
	}
	r.reach(o.targets)
	if o.png != "" {
		if err := model.WriteFileAtomic(o.png, r.picture); err != nil {
			return err
		}
	}
	if o.json {
		return json.NewEncoder(stdout).Encode(r)
	}
	return r.table(stdout)
}

// measure runs every learner with every seed: seed by seed, so that what else
// the machine does meets all learners alike.
func (o *options) measure(ctx context.Context, stderr io.Writer) (*report, error) {
	train, err := data.Open(ctx, o.data, data.Options{Split: data.Train, Samples: o.limit})
	if err != nil {
		return nil, err
	}
	test, err := data.Open(ctx, o.data, data.Options{Split: data.Test, Input: &train.Input, Classes: train.Classes, Samples: o.tests})
	if err != nil {
		return nil, err
	}
	if o.limit > 0 {
		train = train.Head(o.limit)
	}
	if o.tests > 0 {
		test = test.Head(o.tests)
	}
	r := &report{conditions: conditions{
		CPU: machine.Look().CPU, Go: goruntime.Version(), Kernels: simd.Active(), Threads: o.threads, Clock: o.clock, Hidden: o.hidden,
		Generative: o.generative, Train: train.Len(), Test: test.Len(),
	}}
	for _, seed := range o.seeds {
		for _, name := range o.learners {
			curves, err := o.one(ctx, name, seed, train, test)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", name, seed, err)
			}
			for _, c := range curves {
				end := c.last()
				fmt.Fprintf(stderr, "%s, seed %d: %.2f %% after %.1f s, %.0f epochs\n", c.name(), seed, 100*end.Accuracy, end.Seconds, end.Epochs)
			}
			r.Curves = append(r.Curves, curves...)
		}
	}
	return r, nil
}

// one records the curves of one run.
func (o *options) one(ctx context.Context, name string, seed uint64, train, test *data.Set) ([]curve, error) {
	p, methods, err := o.pupil(name, seed, train)
	if err != nil {
		return nil, err
	}
	defer p.close()
	goruntime.GC() // now, not while the clock runs
	curves, err := record(ctx, p, train, test, methods, o.every, machine.Clocks[o.clock])
	for i := range curves {
		curves[i].Learner, curves[i].Seed, curves[i].Every = name, seed, o.every.Seconds()
	}
	return curves, err
}

// pupil returns a learner by name, and how it predicts.
func (o *options) pupil(name string, seed uint64, train *data.Set) (pupil, []string, error) {
	if name == backpropName {
		return newBackprop(o, train, seed), []string{softmaxName}, nil
	}
	p, err := newPFF(name, o, train, seed)
	return p, o.methods, err
}

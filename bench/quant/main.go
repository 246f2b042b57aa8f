package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/program"
)

func main() { program.Main(run) }

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("quant", stderr, err, func() error { return o.do(ctx, stdout, stderr) })
}

func (o *options) do(ctx context.Context, stdout, stderr io.Writer) error {
	r, err := o.measure(ctx, stderr)
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(stdout).Encode(r)
	}
	return r.tables(stdout)
}

// measure measures every network, told on stderr one by one.
func (o *options) measure(ctx context.Context, stderr io.Writer) (*report, error) {
	if o.learning {
		train, test, err := o.sets(ctx, nil)
		if err != nil {
			return nil, err
		}
		r := newReport(o, train, test)
		return r, o.learn8(ctx, train, test, r, stderr)
	}
	nets, train, test, err := o.networks(ctx, stderr)
	if err != nil {
		return nil, err
	}
	r := newReport(o, train, test)
	timed := map[string]bool{}
	for _, n := range nets {
		fmt.Fprintln(stderr, n.name)
		b := &bench{o, n, train, test}
		if o.accuracy {
			if err := b.accuracy(ctx, r); err != nil {
				return nil, fmt.Errorf("%s: %w", n.name, err)
			}
		}
		if o.speed && !timed[n.size()] {
			timed[n.size()] = true
			if err := b.speed(ctx, r); err != nil {
				return nil, fmt.Errorf("%s: %w", n.name, err)
			}
		}
	}
	r.summarise()
	return r, nil
}

func newReport(o *options, train, test *data.Set) *report {
	return &report{conditions: newConditions(o, train.Len(), test.Len(), machine.Look().CPU)}
}

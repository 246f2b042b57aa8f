package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/simd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "quant: error:", err)
		return 2
	}
	if err := o.do(ctx, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "quant: error:", err)
		return 1
	}
	return 0
}

func (o *options) do(ctx context.Context, stdout, stderr io.Writer) error {
	if err := simd.ActiveErr(); err != nil {
		return err
	}
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

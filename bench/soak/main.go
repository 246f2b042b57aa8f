package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/program"
)

func main() { program.Main(run) }

// options are the command line's.
type options struct {
	samples, budget, threads int
	seed                     uint64
	json                     bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.samples, "samples", 1_000_000, "samples of the stream")
	flags.IntVar(&o.budget, "budget", 157_000, "bytes of remembered samples")
	flags.IntVar(&o.threads, "threads", 1, "threads to compute with")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of stream and network")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected %q", flags.Arg(0))
	case o.samples < minSamples:
		return nil, fmt.Errorf("%d samples, want at least %d", o.samples, minSamples)
	case o.threads < 1:
		return nil, fmt.Errorf("%d threads, want at least 1", o.threads)
	}
	return o, nil
}

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("soak", stderr, err, func() error { return o.do(ctx, stdout) })
}

// do prints the report, also of a soak that fails.
func (o *options) do(ctx context.Context, stdout io.Writer) error {
	r, err := o.soak(ctx)
	if r == nil {
		return err
	}
	if o.json {
		err = errors.Join(err, json.NewEncoder(stdout).Encode(r))
	} else {
		err = errors.Join(err, r.table(stdout))
	}
	return errors.Join(err, r.failure())
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/program"
)

func main() { program.Main(run) }

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("novelty", stderr, err, func() error { return o.do(ctx, stdout, stderr) })
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

// measure learns and measures every network, told on stderr one by one.
func (o *options) measure(ctx context.Context, stderr io.Writer) (*report, error) {
	s, err := o.sets(ctx)
	if err != nil {
		return nil, err
	}
	r := newReport(o, s)
	for _, seed := range o.seeds {
		for _, out := range o.out {
			fmt.Fprintf(stderr, "learning all but class %s, seed %d\n", s.train.Classes[out], seed)
			n, err := o.network(ctx, s, out, seed)
			if err != nil {
				return nil, err
			}
			err = n.measure(ctx, o, r)
			n.close()
			if err != nil {
				return nil, fmt.Errorf("without class %s, seed %d: %w", s.train.Classes[out], seed, err)
			}
		}
	}
	return r, nil
}

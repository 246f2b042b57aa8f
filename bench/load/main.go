// Command load measures how many predictions a service answers while it learns: clients
// on some connections ask for read-outs as fast as they are answered, and one more, with
// --learn, streams labelled samples without a pause.
//
//	pffedge serve --store learned &
//	go run ./bench/load --url http://127.0.0.1:8080 --duration 10m --learn
//
// It fails if any answer is an error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/pffedge/pffedge/internal/program"
)

func main() { program.Main(run) }

// options are the command line's.
type options struct {
	url, token         string
	connections, batch int
	duration           time.Duration
	learn, images      bool
	json               bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.url, "url", "http://127.0.0.1:8080", "where the service is")
	flags.StringVar(&o.token, "token", "", "its token")
	flags.IntVar(&o.connections, "connections", 8, "clients that ask at once")
	flags.IntVar(&o.batch, "batch", 1, "samples of a request")
	flags.DurationVar(&o.duration, "duration", 10*time.Second, "how long")
	flags.BoolVar(&o.learn, "learn", false, "have it learn at the same time")
	flags.BoolVar(&o.images, "images", false, "send a PNG image a request, instead of JSON")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected %q", flags.Arg(0))
	case o.connections < 1 || o.connections > 1000 || o.batch < 1 || o.batch > 1000:
		return nil, fmt.Errorf("%d connections, batches of %d, want 1…1000", o.connections, o.batch)
	case o.images && o.batch > 1:
		return nil, errors.New("a request has one image")
	case o.duration <= 0:
		return nil, fmt.Errorf("duration %v, want more than 0", o.duration)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("load", stderr, err, func() error {
		r, err := o.load(ctx)
		if err != nil {
			return err
		}
		if err := r.print(stdout, o.json); err != nil {
			return err
		}
		if r.Errors > 0 {
			return fmt.Errorf("%d of %d answers were errors, the first: %s", r.Errors, r.Requests, r.FirstError)
		}
		return nil
	})
}

// report is what was measured.
type report struct {
	Seconds       float64 `json:"seconds"`
	Requests      int     `json:"requests"`
	Errors        int     `json:"errors"`
	FirstError    string  `json:"first_error,omitempty"`
	Predictions   float64 `json:"predictions_per_second"`
	P50           float64 `json:"p50_milliseconds"`
	P99           float64 `json:"p99_milliseconds"`
	Longest       float64 `json:"longest_milliseconds"`
	Learned       float64 `json:"learned_per_second"` // samples
	Operations    int     `json:"operations"`         // that learned them
	MemoryQuarter int64   `json:"memory_quarter"`     // bytes resident after a quarter of the time
	MemoryEnd     int64   `json:"memory_end"`
	MemoryMost    int64   `json:"memory_most"`
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "predictions\t%.0f/s\n", r.Predictions)
	fmt.Fprintf(t, "latency\tp50 %.2f ms, p99 %.2f ms, longest %.1f ms\n", r.P50, r.P99, r.Longest)
	fmt.Fprintf(t, "requests\t%d in %.1f s, %d errors\n", r.Requests, r.Seconds, r.Errors)
	fmt.Fprintf(t, "learned\t%.0f samples/s in %d operations\n", r.Learned, r.Operations)
	fmt.Fprintf(t, "memory\t%.1f MB after a quarter, %.1f MB at the end, at most %.1f MB\n", mega(r.MemoryQuarter), mega(r.MemoryEnd), mega(r.MemoryMost))
	return t.Flush()
}

func mega(n int64) float64 { return float64(n) / 1e6 }

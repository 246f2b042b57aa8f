package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// options are the command line's.
type options struct {
	data          string
	hidden        []int
	epochs        int
	out           []int // classes to leave out, nil for each
	seeds         []uint64
	limit, tests  int
	changed       int
	threads       int
	alarm         float64
	steady        int
	before, after int
	json          bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("novelty", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.data, "data", "", "data set of images, as pffedge train takes it: MNIST's folder, or synthetic")
	hidden := flags.String("hidden", "200,200", "units of the hidden layers, bottom up")
	flags.IntVar(&o.epochs, "epochs", 5, "epochs")
	out := flags.String("out", "", "leave out the classes with these numbers, one in each network (default: each in turn)")
	seeds := flags.String("seeds", "0", "learn the networks for each of these seeds")
	flags.IntVar(&o.limit, "limit", 0, "take only so many training samples (default: all)")
	flags.IntVar(&o.tests, "tests", 0, "test with only so many samples (default: all)")
	flags.IntVar(&o.changed, "changed", 1000, "change so many test images in each way")
	flags.IntVar(&o.threads, "threads", 1, "threads to compute with")
	flags.Float64Var(&o.alarm, "alarm", 10_000, "false alarms at most every so many samples, on average")
	flags.IntVar(&o.steady, "steady", 10_000, "samples of a stream that stays the same")
	flags.IntVar(&o.before, "before", 1000, "samples of a stream before it changes")
	flags.IntVar(&o.after, "after", 2000, "samples after that")
	flags.BoolVar(&o.json, "json", false, "print the figures of every network as JSON instead of tables")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if o.hidden, err = each(*hidden, strconv.Atoi); err != nil {
		return nil, fmt.Errorf("--hidden: %w", err)
	}
	if o.seeds, err = each(*seeds, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }); err != nil {
		return nil, fmt.Errorf("--seeds: %w", err)
	}
	if *out != "" {
		if o.out, err = each(*out, strconv.Atoi); err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
	}
	return o, o.check()
}

// each parses the parts of a list.
func each[T any](text string, parse func(string) (T, error)) (list []T, err error) {
	for part := range strings.SplitSeq(text, ",") {
		v, err := parse(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", part, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// check refuses what makes no sense.
func (o *options) check() error {
	for _, n := range o.hidden {
		if n < 1 || n > model.MaxUnits {
			return fmt.Errorf("--hidden: a layer of %d units, want 1…%d", n, model.MaxUnits)
		}
	}
	switch {
	case o.data == "":
		return errors.New("--data is missing")
	case o.threads < 1 || o.threads > 256:
		return fmt.Errorf("--threads %d, want 1…256", o.threads)
	case !(o.alarm >= 10 && o.alarm <= 1e12):
		return fmt.Errorf("--alarm %v, want 10…1e12", o.alarm)
	case min(o.epochs, o.changed, o.steady, o.before, o.after) < 1 || o.limit < 0 || o.tests < 0:
		return fmt.Errorf("--epochs %d, --limit %d, --tests %d, --changed %d, --steady %d, --before %d, --after %d: too few",
			o.epochs, o.limit, o.tests, o.changed, o.steady, o.before, o.after)
	}
	return nil
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// options are the command line's.
type options struct {
	data            string
	models          []string
	hidden          [][]int
	seeds           []uint64
	epochs, limit   int
	samples, tests  int
	isas            []simd.ISA
	batches         []int
	threads, rounds int
	clock           string
	accuracy, speed bool
	learning        bool
	learnEpochs     int
	json            bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{isas: simd.Usable()}
	flags := flag.NewFlagSet("quant", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.data, "data", "", "data set, as pffedge train takes it: MNIST's folder, or synthetic")
	flags.Func("model", "measure the network in this `file` instead of learning; may be repeated", func(file string) error {
		o.models = append(o.models, file)
		return nil
	})
	flags.Func("hidden", "units of the hidden layers, bottom up (default 500,500); may be repeated", func(text string) error {
		sizes, err := each(text, strconv.Atoi)
		o.hidden = append(o.hidden, sizes)
		return err
	})
	flags.Func("isa", "instruction sets to measure (default: all of this CPU)", func(text string) (err error) {
		o.isas, err = each(text, usable)
		return err
	})
	seeds := flags.String("seeds", "0,1,2", "learn a network for each of these seeds")
	flags.IntVar(&o.epochs, "epochs", 0, "epochs (default: the preset's)")
	flags.IntVar(&o.limit, "limit", 0, "learn only so many samples (default: all)")
	flags.IntVar(&o.samples, "samples", 1000, "calibrate on so many training samples")
	flags.IntVar(&o.tests, "tests", 0, "test with only so many samples (default: all)")
	batches := flags.String("batches", "1,100", "numbers of samples in a call")
	flags.IntVar(&o.threads, "threads", 1, "threads to compute with")
	flags.IntVar(&o.rounds, "rounds", 11, "rounds of each timing")
	flags.StringVar(&o.clock, "clock", "wall", "which seconds to count: wall, or cpu where the system tells")
	flags.BoolVar(&o.accuracy, "accuracy", true, "measure accuracy")
	flags.BoolVar(&o.speed, "speed", true, "measure speed, size and memory")
	flags.BoolVar(&o.learning, "learn", false, "measure learning in int8 beside float32 instead")
	flags.IntVar(&o.learnEpochs, "learn-epochs", 4, "epochs of that")
	flags.BoolVar(&o.json, "json", false, "print everything as JSON instead of tables")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if o.seeds, err = each(*seeds, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }); err != nil {
		return nil, fmt.Errorf("--seeds: %w", err)
	}
	if o.batches, err = each(*batches, strconv.Atoi); err != nil {
		return nil, fmt.Errorf("--batches: %w", err)
	}
	if o.hidden == nil {
		o.hidden = [][]int{{500, 500}}
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

func usable(name string) (simd.ISA, error) {
	for _, isa := range simd.Usable() {
		if name == string(isa) {
			return isa, nil
		}
	}
	return "", fmt.Errorf("this CPU and build can run %v", simd.Usable())
}

// check refuses what makes no sense.
func (o *options) check() error {
	for _, sizes := range o.hidden {
		for _, n := range sizes {
			if n < 1 || n > model.MaxUnits {
				return fmt.Errorf("--hidden: a layer of %d units, want 1…%d", n, model.MaxUnits)
			}
		}
	}
	for _, n := range o.batches {
		if n < 1 || n > 1000 {
			return fmt.Errorf("--batches: %d samples, want 1…1000", n)
		}
	}
	switch {
	case o.data == "":
		return errors.New("--data is missing")
	case o.threads < 1 || o.threads > 256:
		return fmt.Errorf("--threads %d, want 1…256", o.threads)
	case o.epochs < 0 || o.limit < 0 || o.tests < 0 || o.samples < 1 || o.rounds < 1 || o.learnEpochs < 1:
		return fmt.Errorf("--epochs %d, --limit %d, --tests %d, --samples %d, --rounds %d: too few", o.epochs, o.limit, o.tests, o.samples, o.rounds)
	case o.learning && len(o.models) > 0:
		return errors.New("--learn makes its own networks: leave --model out")
	case machine.Clocks[o.clock] == nil:
		return fmt.Errorf("--clock %q: this system has %d clocks, wall and on Linux cpu", o.clock, len(machine.Clocks))
	case o.clock == "cpu" && o.threads > 1:
		return errors.New("--clock cpu is for one thread: it adds up the time of all")
	}
	return nil
}

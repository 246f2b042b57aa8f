package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// options are the command line's.
type options struct {
	data, png             string
	from                  []string
	learners, methods     []string
	hidden                []int
	seeds                 []uint64
	targets               []float64 // percent
	epochs, mlpEpochs     int
	every                 time.Duration
	threads, limit, tests int
	clock                 string
	generative, json      bool
}

// backpropName is what --learners calls the yardstick, softmaxName its way to
// predict.
const (
	backpropName = "mlp"
	softmaxName  = "softmax"
)

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("learning", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.data, "data", "", "data set, as pffedge train takes it: MNIST's folder, or synthetic")
	flags.Func("from", "take the curves of this `file`, written with --json, instead of learning; may be repeated", func(file string) error {
		o.from = append(o.from, file)
		return nil
	})
	flags.StringVar(&o.png, "png", "", "draw the curves to this `file`")
	flags.BoolVar(&o.json, "json", false, "print everything as JSON instead of a table")
	learners := flags.String("learners", "fast,"+backpropName, "presets, and "+backpropName+" for the backprop network")
	methods := flags.String("methods", string(runtime.Readout), "ways in which presets predict at every evaluation")
	hidden := flags.String("hidden", "500,500", "units of the hidden layers, bottom up")
	seeds := flags.String("seeds", "0,1,2", "a run for each of these seeds")
	targets := flags.String("targets", "95,97,98,98.5", "accuracies to reach, in percent")
	flags.IntVar(&o.epochs, "epochs", 0, "epochs of a preset (default: its own)")
	flags.IntVar(&o.mlpEpochs, "mlp-epochs", 10, "epochs of the backprop network")
	flags.DurationVar(&o.every, "every", 250*time.Millisecond, "learn that long between two evaluations")
	flags.IntVar(&o.threads, "threads", goruntime.GOMAXPROCS(0), "threads to compute with")
	flags.StringVar(&o.clock, "clock", "wall", "which seconds to count: wall, or cpu where the system tells")
	flags.IntVar(&o.limit, "limit", 0, "learn only so many samples (default: all)")
	flags.IntVar(&o.tests, "tests", 0, "test with only so many samples (default: all)")
	flags.BoolVar(&o.generative, "generative", false, "let presets learn their generative circuit too")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.learners, o.methods = strings.Split(*learners, ","), strings.Split(*methods, ",")
	var err error
	if o.hidden, err = each(*hidden, "--hidden", strconv.Atoi); err != nil {
		return nil, err
	}
	if o.seeds, err = each(*seeds, "--seeds", func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }); err != nil {
		return nil, err
	}
	if o.targets, err = each(*targets, "--targets", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }); err != nil {
		return nil, err
	}
	return o, o.check()
}

// each parses the parts of a list.
func each[T any](text, flag string, parse func(string) (T, error)) (list []T, err error) {
	for part := range strings.SplitSeq(text, ",") {
		v, err := parse(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%s %q: %q is no number of that kind", flag, text, part)
		}
		list = append(list, v)
	}
	return list, nil
}

// check refuses what makes no sense.
func (o *options) check() error {
	for _, name := range o.learners {
		if name != backpropName && !slices.Contains(runtime.Presets(), name) {
			return fmt.Errorf("--learners: no %q, there are %s, %s", name, strings.Join(runtime.Presets(), ", "), backpropName)
		}
	}
	for _, name := range o.methods {
		if _, err := runtime.ParseMethod(name); err != nil {
			return fmt.Errorf("--methods: %w", err)
		}
	}
	for _, n := range o.hidden {
		if n < 1 || n > model.MaxUnits {
			return fmt.Errorf("--hidden: a layer of %d units, want 1…%d", n, model.MaxUnits)
		}
	}
	for _, t := range o.targets {
		if !(t > 0 && t <= 100) || math.IsNaN(t) {
			return fmt.Errorf("--targets: %v, want percentages", t)
		}
	}
	switch {
	case (o.data == "") == (len(o.from) == 0):
		return errors.New("want either --data, to learn, or --from, to show what has been learnt")
	case o.threads < 1 || o.threads > 256:
		return fmt.Errorf("--threads %d, want 1…256", o.threads)
	case o.epochs < 0 || o.mlpEpochs < 1 || o.limit < 0 || o.tests < 0:
		return fmt.Errorf("--epochs %d, --mlp-epochs %d, --limit %d, --tests %d: too few", o.epochs, o.mlpEpochs, o.limit, o.tests)
	case o.every <= 0:
		return fmt.Errorf("--every %v, want some time", o.every)
	case machine.Clocks[o.clock] == nil:
		return fmt.Errorf("--clock %q: this system has %d clocks, wall and on Linux cpu", o.clock, len(machine.Clocks))
	}
	return nil
}

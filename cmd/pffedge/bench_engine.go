package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// engineFlags say which engine to measure.
type engineFlags struct {
	preset          string
	hidden          string
	inputs, classes int
	batch, rounds   int
	noGenerative    bool
	optimizerFlags
	seed uint64
	time time.Duration
}

func (a *app) benchEngine() *cobra.Command {
	var f engineFlags
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "Measure learning and predicting with a whole network",
		Long: `Measure a network of given sizes on this machine: how long it takes to learn a
batch and to predict 1, 10 and 100 samples by every method, which share that is
of what the machine can do at most, measured in the same run, what it allocates
and how much memory the process takes.

` + bench.EngineLegend,
		Example: `  pffedge bench engine
  pffedge bench engine --hidden 2000,2000 --preset reference --json
  pffedge bench engine --batch 1 --no-generative`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			plan, err := f.plan(a, cmd)
			if err != nil {
				return err
			}
			return a.measureEngine(cmd.Context(), plan)
		}),
	}
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

func (f *engineFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.preset, "preset", "fast", strings.Join(runtime.Presets(), " or "))
	fl.StringVar(&f.hidden, "hidden", "500,500", "units of the hidden layers, bottom up")
	fl.IntVar(&f.inputs, "inputs", 784, "inputs of a sample")
	fl.IntVar(&f.classes, "classes", 10, "classes")
	fl.IntVar(&f.batch, "batch", 0, "samples a batch (default: the preset's)")
	fl.IntVar(&f.rounds, "rounds", 0, "dynamics steps a batch, K (default: the preset's, twice the layers if there are more than two)")
	f.optimizerFlags.add(cmd)
	fl.BoolVar(&f.noGenerative, "no-generative", false, "leave the generative circuit out")
	fl.Uint64Var(&f.seed, "seed", 0, "seed of the network and the samples")
	fl.DurationVar(&f.time, "time", time.Second, "time for each figure; slow ones take longer")
}

// plan returns what the flags ask for.
func (f *engineFlags) plan(a *app, cmd *cobra.Command) (*bench.EnginePlan, error) {
	if err := a.checkThreads(); err != nil {
		return nil, err
	}
	const shortest, longest = time.Microsecond, time.Minute
	if f.time < shortest || f.time > longest {
		return nil, usagef("--time %v, want %v…%v", f.time, shortest, longest)
	}
	set, c, err := runtime.Preset(f.preset)
	if err != nil {
		return nil, usageError{err}
	}
	if c.Hidden, err = parseSizes(f.hidden); err != nil {
		return nil, err
	}
	given := cmd.Flags().Changed
	if given("batch") {
		set.SetBatch(f.batch)
	}
	if !given("rounds") {
		f.rounds = runtime.RoundsFor(c.Rounds, len(c.Hidden))
	}
	runtime.SetRounds(&c, f.rounds)
	if err := f.optimizerFlags.apply(given, &set); err != nil {
		return nil, err
	}
	set.Seed = f.seed
	set.Generative = set.Generative && !f.noGenerative
	plan := &bench.EnginePlan{Config: c, Settings: set, Inputs: f.inputs, Classes: f.classes, Threads: a.threads, Time: f.time}
	if err := plan.Complete(); err != nil {
		return nil, usageError{err}
	}
	return plan, nil
}

func (a *app) measureEngine(ctx context.Context, plan *bench.EnginePlan) error {
	figures := int64(1 + 3*len(runtime.Methods()))
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), figures, "figures")
	defer bar.Close()
	done := int64(-1) // the network itself is no figure
	result, err := plan.Run(ctx, func(what string) {
		bar.Set(max(done, 0), what)
		done++
	})
	bar.Close()
	if err != nil {
		return err
	}
	if a.json {
		return a.print(result)
	}
	facts := machine.Look()
	if _, err := fmt.Fprintf(a.stdout, "%s, %s/%s, kernels %s, %s\n", orUnknown(facts.CPU), facts.OS, facts.Arch, result.ISA, show.Plural(plan.Threads, "thread")); err != nil {
		return err
	}
	if err := bench.EngineTable(a.stdout, result); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "\n%s", bench.EngineLegend)
	return err
}

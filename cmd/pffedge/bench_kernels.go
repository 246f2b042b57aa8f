package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// benchFlags say what to measure.
type benchFlags struct {
	isas, ops, shapes []string
	time              time.Duration
	threads           int
}

func (a *app) benchKernels() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "kernels",
		Short: "Measure the kernels of every instruction set of this CPU",
		Long: `Measure the operations that everything else is made of, with the kernels of
every instruction set that this CPU has (with PFFEDGE_CPU, of that one): how
long a call takes, which share that is of what this machine can do at most,
measured in the same run, and how many times faster than pure Go it is. All of
it takes some minutes on a PC; Ctrl-C ends it with what is done.

Operations: ` + strings.Join(bench.Names(), ", ") + `.

` + bench.Legend,
		Example: `  pffedge bench kernels
  pffedge bench kernels --isa avx2 --op gemm,gemm-i8 --json
  pffedge bench kernels --op update --shape 64,784,500 --threads 2`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			plan, err := f.plan(a)
			if err != nil {
				return err
			}
			return a.measureKernels(cmd.Context(), plan)
		}),
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.isas, "isa", nil, "kernels to measure, e.g. avx2,generic (default: all that this CPU can run)")
	flags.StringSliceVar(&f.ops, "op", nil, "operations to measure, e.g. gemm,step (default: all)")
	flags.StringArrayVar(&f.shapes, "shape", nil, "measure this `m,k,n` instead of the usual shapes: rows, inputs, outputs; may be repeated")
	flags.DurationVar(&f.time, "time", 100*time.Millisecond, "time for one operation, shape and instruction set; slow ones take longer")
	flags.IntVar(&f.threads, "threads", 1, "threads to compute with")
	return cmd
}

func (f *benchFlags) plan(a *app) (p bench.Plan, err error) {
	a.threads = f.threads
	if err := a.checkThreads(); err != nil {
		return p, err
	}
	const shortest, longest = time.Microsecond, time.Minute
	if f.time < shortest || f.time > longest {
		return p, usagef("--time %v, want %v…%v", f.time, shortest, longest)
	}
	p.Threads, p.Time = a.threads, f.time
	if p.ISAs, err = parseISAs(f.isas); err != nil {
		return p, err
	}
	operations, err := bench.Find(f.ops)
	if err != nil {
		return p, usagef("--op: %w", err)
	}
	shapes, err := parseShapes(f.shapes)
	p.Cases = bench.Cases(operations, shapes)
	return p, err
}

// parseISAs returns the named implementations, slowest first; without names
// those that PFFEDGE_CPU leaves.
func parseISAs(names []string) ([]simd.ISA, error) {
	usable := simd.Usable()
	if len(names) == 0 {
		if os.Getenv(simd.EnvISA) != "" {
			return []simd.ISA{simd.Active()}, nil
		}
		return usable, nil
	}
	wanted := map[simd.ISA]bool{}
	for _, name := range names {
		isa := simd.ISA(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(usable, isa) {
			return nil, usagef("--isa %q: this CPU and build can run %s", name, listed(usable))
		}
		wanted[isa] = true
	}
	return slices.DeleteFunc(usable, func(isa simd.ISA) bool { return !wanted[isa] }), nil
}

func listed(isas []simd.ISA) string {
	names := make([]string, len(isas))
	for i, isa := range isas {
		names[i] = string(isa)
	}
	return strings.Join(names, ", ")
}

// mostValues bounds the size of each operand of a measurement: 1 GiB.
const mostValues = 1 << 28

func parseShapes(texts []string) (shapes []bench.Shape, err error) {
	for _, text := range texts {
		var size []int
		for field := range strings.SplitSeq(text, ",") {
			n, err := strconv.ParseUint(strings.TrimSpace(field), 10, 31)
			if err != nil || n == 0 || n > mostValues {
				return nil, usagef("--shape %q, want three sizes m,k,n such as 64,784,500", text)
			}
			size = append(size, int(n))
		}
		if len(size) != 3 {
			return nil, usagef("--shape %q, want three sizes m,k,n such as 64,784,500", text)
		}
		s := bench.Shape{M: size[0], K: size[1], N: size[2]}
		if int64(s.M)*int64(s.K) > mostValues || int64(s.K)*int64(s.N) > mostValues || int64(s.M)*int64(s.N) > mostValues {
			return nil, usagef("--shape %q: a matrix of more than %d values", text, mostValues)
		}
		shapes = append(shapes, s)
	}
	return shapes, nil
}

func (a *app) measureKernels(ctx context.Context, plan bench.Plan) error {
	out := kernelResults{app: a}
	if err := out.head(plan); err != nil {
		return err
	}
	out.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), int64(len(plan.Cases)), "cases")
	defer out.bar.Close()
	err := plan.Run(ctx, func(done int, c bench.Case) {
		out.bar.Set(int64(done), fmt.Sprintf("%s %d,%d,%d", c.Operation.Name, c.Shape.M, c.Shape.K, c.Shape.N))
	}, out.add)
	out.bar.Close()
	interrupted := errors.Is(err, context.Canceled)
	if err == nil || interrupted {
		if err := out.end(); err != nil {
			return err
		}
	}
	if interrupted {
		return stopped(fmt.Sprintf("interrupted after %d of %d cases", out.cases, len(plan.Cases)))
	}
	return err
}

// kernelResults prints results as they come: as JSON one by one, as tables an
// operation at a time.
type kernelResults struct {
	*app
	bar   *show.Progress
	cases int
	group []bench.Result // of one operation, not yet printed
}

func (k *kernelResults) head(plan bench.Plan) error {
	if k.json {
		return nil
	}
	facts := machine.Look()
	_, err := fmt.Fprintf(k.stdout, "%s, %s/%s, kernels %s, %s\n", orUnknown(facts.CPU), facts.OS, facts.Arch, listed(plan.ISAs), show.Plural(plan.Threads, "thread"))
	return err
}

func (k *kernelResults) add(results []bench.Result) error {
	k.cases++
	if k.json {
		k.bar.Clear()
		for _, r := range results {
			if err := k.print(r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(k.group) > 0 && k.group[0].Op != results[0].Op {
		if err := k.flush(); err != nil {
			return err
		}
	}
	k.group = append(k.group, results...)
	return nil
}

func (k *kernelResults) flush() error {
	k.bar.Clear()
	group := k.group
	k.group = nil
	return bench.Table(k.stdout, group)
}

// end prints what is left and what it all means.
func (k *kernelResults) end() error {
	if k.json || k.cases == 0 {
		return nil
	}
	if err := k.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(k.stdout, "\n%s", bench.Legend)
	return err
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

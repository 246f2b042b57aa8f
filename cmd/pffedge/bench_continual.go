package main

import (
	"context"
	"fmt"
	"io"
	goruntime "runtime"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/continual"
	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// continualFlags say what `pffedge bench continual` measures.
type continualFlags struct {
	protocol, variant, data, learner string
	budget, seeds, hidden, method    string
	shots                            string
	tasks, batch, batches, passes    int
	limit                            int
	held                             float64
	validate                         bool
	png, matrix                      string
}

func (a *app) benchContinual() *cobra.Command {
	var f continualFlags
	cmd := &cobra.Command{
		Use:   "continual --protocol a|b|c|d --data SET",
		Short: "Measure how well it learns on without forgetting",
		Long: `Take a learner through a protocol of continual learning and tell what it still
knows at the end, and after sleep:

  a  classes come two by two, many batches of each pair
  b  the same in one pass, and nobody says when a pair ends
  c  all classes all the time, but rotated, or with permuted pixels, in every task
  d  all classes but one in one pass, then that one from a few samples; each in turn

Learners:
` + learnerHelp() + `
Seeds begin at 0, or, with --validate, which tests on the last 5,000 training images
instead of the test set, at 100: tune with those. The budget counts all that is
kept besides the network.`,
		Example: `  pffedge bench continual --protocol b --data mnist --seeds 5
  pffedge bench continual --protocol b --data mnist --learner raw --budget 392KB
  pffedge bench continual --protocol c --variant permutations --data mnist --json
  pffedge bench continual --protocol d --data mnist --shots 10,20,50`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error { return a.measureContinual(cmd, &f) }),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.protocol, "protocol", "", "a, b, c or d")
	fl.StringVar(&f.variant, "variant", string(continual.Rotations), "rotations or permutations, of protocol c")
	fl.StringVar(&f.data, "data", "", "the data set: a folder, or a name as train takes it")
	fl.StringVar(&f.learner, "learner", "pff", strings.Join(continual.KindNames(), ", "))
	fl.StringVar(&f.budget, "budget", "157KB", "bytes that may be kept besides the network")
	fl.StringVar(&f.seeds, "seeds", "1", "how many, or which: 0,3,4")
	fl.StringVar(&f.hidden, "hidden", "400,400", "units of the hidden layers, bottom up")
	fl.StringVar(&f.method, "method", string(runtime.Goodness), "goodness, readout or auto")
	fl.StringVar(&f.shots, "shots", "10,20,50", "samples that a class is taught from, in protocol d")
	fl.IntVar(&f.tasks, "tasks", 20, "tasks of protocol c")
	fl.IntVar(&f.batch, "batch", 0, "samples that come at once; 0: what the protocol says")
	fl.IntVar(&f.batches, "batches", 2000, "batches of a task, in protocol a")
	fl.IntVar(&f.passes, "joint-epochs", 10, "passes of the learner joint")
	fl.IntVar(&f.limit, "limit", 0, "training samples at most; 0: all")
	fl.Float64Var(&f.held, "held", 0, "share of the samples held back and never learned, within the budget")
	fl.BoolVar(&f.validate, "validate", false, "test on the last 5,000 training images; seeds from 100 on")
	fl.StringVar(&f.png, "png", "", "write accuracy over time as a PNG file (protocols a, b, c)")
	fl.StringVar(&f.matrix, "matrix", "", "write each class's recall over time as a PNG file (protocols a, b, c)")
	a.addThreads(cmd)
	return cmd
}

func learnerHelp() string {
	var b strings.Builder
	for _, k := range continual.Kinds() {
		fmt.Fprintf(&b, "  %-6s %s\n", k.Name, k.Doc)
	}
	return b.String()
}

// plan returns what the flags ask for; every error is one of usage.
func (f *continualFlags) plan(threads int) (p continual.Plan, kind continual.Kind, seeds []uint64, err error) {
	p = continual.NewPlan(continual.Protocol(f.protocol))
	if f.protocol == "" {
		return p, kind, nil, usagef("--protocol is missing: a, b, c or d")
	}
	if f.data == "" {
		return p, kind, nil, usagef("--data is missing: the data set to learn")
	}
	if p.Protocol == continual.Domains {
		p.Variant, p.Tasks = continual.Variant(f.variant), f.tasks
	}
	if p.Protocol == continual.Batchwise {
		p.Batches = f.batches
	}
	if p.Protocol == continual.Teaching {
		if p.Shots, err = wholeNumbers("--shots", f.shots); err != nil {
			return p, kind, nil, err
		}
	}
	if f.batch != 0 {
		p.Batch = f.batch
	}
	p.Passes, p.Held, p.Threads = f.passes, f.held, threads
	if p.Hidden, err = wholeNumbers("--hidden", f.hidden); err != nil {
		return p, kind, nil, err
	}
	if p.Budget, err = parseBytes("--budget", f.budget); err != nil {
		return p, kind, nil, err
	}
	if p.Method, err = runtime.ParseMethod(f.method); err != nil {
		return p, kind, nil, usagef("--method: %v", err)
	}
	if kind, err = continual.FindKind(f.learner); err != nil {
		return p, kind, nil, usagef("--learner: %v", err)
	}
	if kind.Mixed && p.Protocol == continual.Teaching {
		return p, kind, nil, usagef("--learner %s has no protocol d: it does not go on learning", kind.Name)
	}
	if (f.png != "" || f.matrix != "") && p.Protocol == continual.Teaching {
		return p, kind, nil, usagef("--png and --matrix show a stream, which protocol d is not about")
	}
	if err := p.Validate(); err != nil {
		return p, kind, nil, usagef("%v", err)
	}
	seeds, err = f.seedList()
	return p, kind, seeds, err
}

// wholeNumbers reads a list of numbers ≥ 1.
func wholeNumbers(flag, text string) (list []int, err error) {
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			return nil, usagef("%s %q, want whole numbers ≥ 1 and commas between them", flag, text)
		}
		list = append(list, n)
	}
	return list, nil
}

// firstTuningSeed is where the seeds begin that settings are tuned with.
const firstTuningSeed = 100

// seedList reads how many seeds, or which.
func (f *continualFlags) seedList() (list []uint64, err error) {
	first := uint64(0)
	if f.validate {
		first = firstTuningSeed
	}
	words := strings.Split(f.seeds, ",")
	for _, word := range words {
		n, err := strconv.ParseUint(strings.TrimSpace(word), 10, 32)
		if err != nil || len(words) == 1 && (n < 1 || n > 1000) {
			return nil, usagef("--seeds %q, want how many, 1…1000, or a list", f.seeds)
		}
		list = append(list, n)
	}
	if len(words) == 1 {
		n := list[0]
		list = list[:0]
		for seed := range n {
			list = append(list, first+seed)
		}
	}
	return list, nil
}

func (a *app) measureContinual(cmd *cobra.Command, f *continualFlags) error {
	if err := a.checkThreads(); err != nil {
		return err
	}
	p, kind, seeds, err := f.plan(a.threads)
	if err != nil {
		return err
	}
	train, test, err := f.images(cmd.Context())
	if err != nil {
		return err
	}
	r := &continual.Report{
		Learner: kind.Name, CPU: machine.Look().CPU, Go: goruntime.Version(), Kernels: string(simd.Active()), Plan: p,
		Data: fmt.Sprintf("%s, %d images to learn, %d to test%s", f.data, train.Len(), test.Len(), map[bool]string{true: ", which are the last to learn"}[f.validate]),
	}
	if err := a.runContinual(cmd.Context(), r, kind, seeds, train, test); err != nil {
		return err
	}
	r.Sum()
	if f.png != "" {
		if err := model.WriteFileAtomic(f.png, r.Picture); err != nil {
			return err
		}
	}
	if f.matrix != "" {
		if err := model.WriteFileAtomic(f.matrix, func(w io.Writer) error { return r.MatrixPicture(w, train.Classes) }); err != nil {
			return err
		}
	}
	if a.json {
		return r.JSON(a.stdout)
	}
	return r.Table(a.stdout)
}

// images opens the data.
func (f *continualFlags) images(ctx context.Context) (train, test *continual.Images, err error) {
	open := func(o data.Options) (*continual.Images, *data.Set, error) {
		set, err := data.Open(ctx, f.data, o)
		if err != nil {
			return nil, nil, err
		}
		m, err := continual.ImagesOf(set)
		return m, set, err
	}
	train, set, err := open(data.Options{Split: data.Train, Samples: f.limit})
	if err != nil {
		return nil, nil, err
	}
	if f.limit > 0 && f.limit < train.Len() {
		train, _ = train.Split(train.Len() - f.limit)
	}
	if f.validate {
		train, test = train.Validation()
		return train, test, nil
	}
	test, _, err = open(data.Options{Split: data.Test, Input: &set.Input, Classes: set.Classes})
	return train, test, err
}

// runContinual takes a pupil through the protocol for each seed.
func (a *app) runContinual(ctx context.Context, r *continual.Report, kind continual.Kind, seeds []uint64, train, test *continual.Images) error {
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "samples")
	defer bar.Close()
	for i, seed := range seeds {
		text := fmt.Sprintf("seed %d, %d of %d", seed, i+1, len(seeds))
		told := func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), text)
		}
		var err error
		if r.Plan.Protocol == continual.Teaching {
			var t *continual.Taught
			if t, err = r.Plan.Teach(ctx, kind, seed, train, test, told); err == nil {
				r.Taught = append(r.Taught, t)
			}
		} else {
			var run *continual.Run
			if run, err = r.Plan.Run(ctx, kind, seed, train, test, told); err == nil {
				r.Runs = append(r.Runs, run)
			}
		}
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

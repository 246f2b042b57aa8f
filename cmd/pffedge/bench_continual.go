package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/continual"
	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// continualFlags say what to show to whom.
type continualFlags struct {
	dataFlags
	protocol, variant     string
	learners              []string
	budget, seeds         string
	hidden, method        string
	batch, batches, tasks int
	shots                 []int
	epochs, tests         int
	test, validate        bool
	pngFile, matrixFile   string
}

func (a *app) benchContinual() *cobra.Command {
	var f continualFlags
	cmd := &cobra.Command{
		Use:   "continual --protocol a|b|c|d --data PATH",
		Short: "Measure learning on without forgetting",
		Long: `Measure how well a learner learns on without forgetting, by one of four protocols:

  a  tasks of two classes each, ` + "`--batches`" + ` batches of 128 a task
  b  the same classes, every sample once, in batches of 10, no task boundary told
  c  ` + "`--tasks`" + ` tasks of all classes, one pass each in batches of 128, whose images are
     rotated by 0…180° or their pixels permuted (--variant), anew in each
  d  all classes but one in one pass, then a few samples of that one (--shots);
     each class in turn

and print its accuracy, what it forgot and what that cost, for each seed and on
average. Seed 0 brings the classes in their own order, any other shuffles them.
With --test, the default, it learns from all training images and is asked about
the test images, with seeds from 0; with --validate, for tuning, it is asked about
the last 5,000 training images, which it does not learn, with seeds from 100.

Learners: ` + kindsHelp() + `.

` + continual.Legend + `
` + dataHelp,
		Example: `  pffedge bench continual --protocol b --data mnist
  pffedge bench continual --protocol a --data mnist --budget 785KB --seeds 3 --learner raw,none,joint --png curves.png
  pffedge bench continual --protocol d --data synthetic --limit 2000 --shots 10,20 --json`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			job, err := f.job(a, cmd)
			if err != nil {
				return err
			}
			return a.measureContinual(cmd.Context(), job)
		}),
	}
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// kindsHelp names the learners and what they do.
func kindsHelp() string {
	var list []string
	for _, k := range continual.Kinds() {
		list = append(list, fmt.Sprintf("%s (%s)", k.Name, k.Doc))
	}
	return strings.Join(list, ", ")
}

func (f *continualFlags) add(cmd *cobra.Command) {
	f.dataFlags.add(cmd)
	f.addSize(cmd)
	usual := continual.NewPlan(continual.Online)
	fl := cmd.Flags()
	fl.Lookup("limit").Usage = "learn from the first N images only (0: all)"
	fl.StringVar(&f.protocol, "protocol", "", "a, b, c or d (see above)")
	fl.StringVar(&f.variant, "variant", string(usual.Variant), "protocol c: rotations or permutations")
	fl.StringSliceVar(&f.learners, "learner", continual.KindNames()[:1], strings.Join(continual.KindNames(), ", ")+", or several of them")
	fl.StringVar(&f.budget, "budget", "157KB", "memory that the learner may keep besides its network, e.g. 157KB, 4MB or 64KiB")
	fl.StringVar(&f.seeds, "seeds", "1", "how many seeds, or which: 5, or 0,3,7, or 4, for that one")
	fl.StringVar(&f.hidden, "hidden", "400,400", "units of the hidden layers, bottom up")
	fl.StringVar(&f.method, "method", string(usual.Method), "how the learner predicts: readout, goodness or auto")
	fl.IntVar(&f.batch, "batch", 0, "images at once (default: the protocol's)")
	fl.IntVar(&f.batches, "batches", usual.Batches, "protocol a: batches a task")
	fl.IntVar(&f.tasks, "tasks", usual.Tasks, "protocol c: how many tasks")
	fl.IntSliceVar(&f.shots, "shots", usual.Shots, "protocol d: samples of the class to teach")
	fl.IntVar(&f.epochs, "joint-epochs", usual.JointEpochs, "passes of learner joint")
	fl.IntVar(&f.tests, "tests", 0, "ask about the first N test images only (0: all)")
	fl.BoolVar(&f.test, "test", false, "ask about the test images, with seeds from 0 (the default)")
	fl.BoolVar(&f.validate, "validate", false, "ask about the last 5,000 training images, with seeds from 100")
	fl.StringVar(&f.pngFile, "png", "", "draw accuracy over time to this `FILE`")
	fl.StringVar(&f.matrixFile, "matrix", "", "draw the recall of each class (c: task) over time to this `FILE`")
	cmd.MarkFlagsMutuallyExclusive("test", "validate")
}

// continualJob is what the flags ask for.
type continualJob struct {
	*continualFlags
	plan  continual.Plan
	kinds []continual.Kind
	seeds []uint64
}

func (f *continualFlags) job(a *app, cmd *cobra.Command) (*continualJob, error) {
	if err := a.checkThreads(); err != nil {
		return nil, err
	}
	j := &continualJob{continualFlags: f}
	if err := f.fill(&j.plan, cmd); err != nil {
		return nil, err
	}
	j.plan.Threads = a.threads
	for _, name := range f.learners {
		kind, err := continual.FindKind(strings.TrimSpace(name))
		if err == nil {
			err = j.plan.Check(kind)
		}
		if err != nil {
			return nil, usageError{err}
		}
		j.kinds = append(j.kinds, kind)
	}
	if len(j.kinds) == 0 {
		return nil, usagef("--learner is empty, want some of %s", strings.Join(continual.KindNames(), ", "))
	}
	first := uint64(0)
	if f.validate {
		first = firstValidationSeed
	}
	var err error
	if j.seeds, err = parseSeeds(f.seeds, first); err != nil {
		return nil, err
	}
	if f.tests < 0 {
		return nil, usagef("--tests %d, want ≥ 0", f.tests)
	}
	_, err = f.options()
	return j, err
}

// firstValidationSeed keeps the seeds that settings were tuned with apart from those
// that they are tested with.
const firstValidationSeed = 100

// fill completes the protocol's usual plan.
func (f *continualFlags) fill(p *continual.Plan, cmd *cobra.Command) error {
	if f.protocol == "" {
		return usagef("--protocol is missing: a, b, c or d")
	}
	protocol, err := continual.ParseProtocol(f.protocol)
	if err != nil {
		return usageError{err}
	}
	*p = continual.NewPlan(protocol)
	p.Batches, p.Tasks, p.Shots, p.JointEpochs = f.batches, f.tasks, f.shots, f.epochs
	given := cmd.Flags().Changed
	if given("batch") {
		p.Batch = f.batch
	}
	for flag, of := range map[string]continual.Protocol{
		"variant": continual.DomainIncremental, "tasks": continual.DomainIncremental, "batches": continual.ClassIncremental, "shots": continual.Teaching,
	} {
		if given(flag) && of != protocol {
			return usagef("--%s is for protocol %s, not %s", flag, of, protocol)
		}
	}
	if p.Variant, err = continual.ParseVariant(f.variant); err != nil {
		return usageError{err}
	}
	if p.Method, err = runtime.ParseMethod(f.method); err != nil {
		return usageError{err}
	}
	if p.Budget, err = parseBytes("--budget", f.budget); err != nil {
		return err
	}
	p.Hidden, err = parseSizes(f.hidden)
	return err
}

// sets opens what to learn from and what to ask about.
func (j *continualJob) sets(ctx context.Context) (train, test *continual.Images, split string, err error) {
	all, err := j.open(ctx, data.Train)
	if err != nil {
		return nil, nil, "", err
	}
	if train, err = continual.ImagesOf(all); err != nil {
		return nil, nil, "", err
	}
	if j.validate {
		train, test = train.Validation()
		split = continual.ValidationSplit
	} else {
		j.limit = j.tests
		asked, err := j.openFor(ctx, data.Test, &model.Config{Input: all.Input, Classes: all.Classes})
		if err != nil {
			return nil, nil, "", err
		}
		if test, err = continual.ImagesOf(asked); err != nil {
			return nil, nil, "", err
		}
		split = continual.TestSplit
	}
	return train, test, split, nil
}

func (a *app) measureContinual(ctx context.Context, j *continualJob) error {
	train, test, split, err := j.sets(ctx)
	if err != nil {
		return err
	}
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "batches")
	defer bar.Close()
	var reports []*continual.Report
	for _, kind := range j.kinds {
		var runs []*continual.Run
		if runs, err = a.continualRuns(ctx, j, kind, train, test, bar); len(runs) > 0 {
			reports = append(reports, continual.NewReport(&j.plan, kind, j.path, split, train, test, runs))
		}
		if err != nil {
			break
		}
	}
	bar.Close()
	if err != nil && !(errors.Is(err, context.Canceled) && len(reports) > 0) {
		return err
	}
	if err := a.showContinual(j, reports); err != nil {
		return err
	}
	if err != nil {
		return stopped("interrupted; these are the runs that were done")
	}
	return nil
}

// continualRuns measures a kind of learner with every seed; what is done when it
// fails is returned too.
func (a *app) continualRuns(ctx context.Context, j *continualJob, kind continual.Kind, train, test *continual.Images, bar *show.Progress) (runs []*continual.Run, err error) {
	for _, seed := range j.seeds {
		name := fmt.Sprintf("%s, seed %d", kind.Name, seed)
		plan := j.plan
		plan.Tell = func(done, total int, text string) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), strings.TrimSuffix(name+": "+text, ": "))
		}
		r, err := plan.Run(ctx, kind, seed, train, test)
		if err != nil {
			return runs, fmt.Errorf("%s: %w", name, err)
		}
		runs = append(runs, r)
		bar.Clear()
		fmt.Fprintf(a.stderr, "%s: ACC %s, after sleep %s, %s of learning\n", name, show.Percent(r.Stream.ACC), show.Percent(r.Slept.ACC), show.Duration(r.Seconds))
	}
	return runs, nil
}

// showContinual prints reports, and then draws pictures of them: what was measured is
// not lost with a picture.
func (a *app) showContinual(j *continualJob, reports []*continual.Report) error {
	if err := a.printContinual(reports); err != nil {
		return err
	}
	for _, picture := range []struct {
		file string
		draw continual.Picture
	}{{j.pngFile, continual.Curves}, {j.matrixFile, continual.Recalls}} {
		if picture.file == "" {
			continue
		}
		if err := model.WriteFileAtomic(picture.file, picture.draw(reports)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printContinual(reports []*continual.Report) error {
	if !a.json {
		if err := continual.Table(a.stdout, reports); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.stdout, "\n%s", continual.Legend)
		return err
	}
	for _, r := range reports {
		if err := a.print(r); err != nil {
			return err
		}
	}
	return nil
}

// mostSeeds bounds how many runs a line can ask for.
const mostSeeds = 1000

// parseSeeds parses a number of seeds, from first, or a list of them, which has a
// comma.
func parseSeeds(s string, first uint64) (seeds []uint64, err error) {
	list, isList := strings.CutSuffix(s, ",")
	isList = isList || strings.Contains(s, ",")
	for field := range strings.SplitSeq(list, ",") {
		seed, err := parseUint(strings.TrimSpace(field))
		if err != nil || slices.Contains(seeds, seed) {
			return nil, usagef("--seeds %q, want a number of seeds or a list of different ones like 0,3,7", s)
		}
		seeds = append(seeds, seed)
	}
	if isList {
		return seeds, nil
	}
	n := seeds[0]
	if n < 1 || n > mostSeeds {
		return nil, usagef("--seeds %s, want 1…%d, or a list", s, mostSeeds)
	}
	for seeds = seeds[:0]; uint64(len(seeds)) < n; first++ {
		seeds = append(seeds, first)
	}
	return seeds, nil
}

func parseUint(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }

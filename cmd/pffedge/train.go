package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// trainFlags are the flags of `pffedge train`.
type trainFlags struct {
	data   dataFlags
	out    string
	resume string

	preset       string
	hidden       string
	epochs       int
	batch        int
	rounds       int
	latents      int
	rate         float64
	schedule     string
	seed         uint64
	readout      string
	generator    string
	latent       string
	noGenerative bool
}

// ownCheckpoint is what --resume without a value means: the checkpoint beside
// --out.
const ownCheckpoint = "beside --out"

// settled lists the flags that a checkpoint has settled.
var settled = []string{"preset", "hidden", "batch", "rounds", "latents", "lr", "schedule", "seed",
	"readout", "generator", "latent", "no-generative", "size"}

func (a *app) train() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train --data PATH --out FILE.pff",
		Short: "Train a model",
		Long: `Train a model and write it to a file that holds all one needs to use it.

` + dataHelp + `

After each epoch the run's state is written to FILE.pff.ckpt. Ctrl-C stops
after the batch at hand and writes it too; --resume goes on from there, and the
result equals that of an uninterrupted run bit for bit.

Presets: "reference" has the settings of the paper and its implementation;
"fast" learns more in far less time, by hard negatives, fewer rounds and a rate
that falls to zero at the last epoch.`,
		Example: `  pffedge train --data mnist --out mnist.pff
  pffedge train --data mnist --out mnist.pff --resume
  pffedge train --data iris.csv --label species --out iris.pff --hidden 64,64 --batch 20`,
		Args: cobra.NoArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			return a.runTraining(cmd, &f)
		}),
	}
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

func (f *trainFlags) add(cmd *cobra.Command) {
	f.data.add(cmd)
	f.data.addSize(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "model file to write, e.g. model.pff")
	fl.StringVar(&f.resume, "resume", "", "go on from a checkpoint (default: the one beside --out)")
	fl.Lookup("resume").NoOptDefVal = ownCheckpoint
	fl.StringVar(&f.preset, "preset", "fast", strings.Join(runtime.Presets(), " or "))
	fl.StringVar(&f.hidden, "hidden", "500,500", "units of the hidden layers, bottom up")
	fl.IntVar(&f.epochs, "epochs", 0, "passes over the data in all (default: the preset's)")
	fl.IntVar(&f.batch, "batch", 0, "samples a batch (default: the preset's)")
	fl.IntVar(&f.rounds, "rounds", 0, "dynamics steps a batch, K (default: the preset's, twice the layers if there are more than two)")
	fl.IntVar(&f.latents, "latents", 0, "units of the top latent, S (default: the preset's)")
	fl.Float64Var(&f.rate, "lr", 0, "learning rate of both circuits (default: the preset's)")
	fl.StringVar(&f.schedule, "schedule", "", "constant or cosine (default: the preset's)")
	fl.Uint64Var(&f.seed, "seed", 0, "seed of everything random: equal seeds give equal models")
	fl.StringVar(&f.readout, "readout", "", "what the read-out learns from: start states, or driven ones as in the reference")
	fl.StringVar(&f.generator, "generator", "", "what the generative circuit learns from: start states, or driven ones as in the reference")
	fl.StringVar(&f.latent, "latent", "", "how latents are inferred: sample by sample from ones, or reference")
	fl.BoolVar(&f.noGenerative, "no-generative", false, "leave the generative circuit out: no reconstruction, no imagination")
}

// apply changes a preset by the flags that were given.
func (f *trainFlags) apply(cmd *cobra.Command, set *runtime.Settings, c *model.Config) error {
	given := cmd.Flags().Changed
	if given("epochs") {
		set.Epochs = f.epochs
	}
	if given("batch") {
		set.Batch = f.batch
	}
	if given("latents") {
		c.Latents = f.latents
	}
	if given("lr") {
		if !(f.rate > 0) {
			return usagef("--lr %v, want > 0", f.rate)
		}
		set.Adam.Rate, set.GenAdam.Rate = f.rate, f.rate
	}
	if given("schedule") {
		set.Schedule = runtime.Schedule(f.schedule)
	}
	set.Seed = f.seed
	set.Generative = !f.noGenerative
	var err error
	if c.Hidden, err = parseSizes(f.hidden); err != nil {
		return err
	}
	if !given("rounds") {
		f.rounds = runtime.RoundsFor(c.Rounds, len(c.Hidden))
	}
	runtime.SetRounds(c, f.rounds)
	return f.applyDefects(set, c)
}

// applyDefects switches the reference's known defects on or off.
func (f *trainFlags) applyDefects(set *runtime.Settings, c *model.Config) error {
	for _, s := range []struct {
		flag, value, mended, original string
		driven                        *bool
	}{
		{"readout", f.readout, "start", "driven", &set.ReadoutDriven},
		{"generator", f.generator, "start", "driven", &set.GeneratorDriven},
	} {
		switch s.value {
		case "":
		case s.mended:
			*s.driven = false
		case s.original:
			*s.driven = true
		default:
			return usagef("--%s %q, want %s or %s", s.flag, s.value, s.mended, s.original)
		}
	}
	switch f.latent {
	case "":
	case "sample":
		c.Latent = runtime.MendedLatent()
	case "reference":
		c.Latent = runtime.ReferenceLatent(c.Rounds)
	default:
		return usagef("--latent %q, want sample or reference", f.latent)
	}
	return nil
}

func (a *app) runTraining(cmd *cobra.Command, f *trainFlags) error {
	if f.out == "" {
		return usagef("--out is missing: the model file to write")
	}
	if err := writable(f.out); err != nil {
		return err
	}
	ctx := cmd.Context()
	job := &training.Job{Threads: a.threads, Out: f.out, Checkpoint: f.out + ".ckpt"}
	var err error
	if f.resume != "" {
		err = f.resumeJob(cmd, job)
	} else {
		err = f.newJob(cmd, job)
	}
	if err != nil {
		return err
	}
	defer job.Trainer.Close()
	return a.learn(ctx, job, resumeLine(cmd))
}

// resumeLine returns the command line that goes on where this one stopped:
// the same without what the checkpoint has settled.
func resumeLine(cmd *cobra.Command) string {
	line := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "resume" && !slices.Contains(settled, f.Name) {
			line = append(line, fmt.Sprintf("--%s=%s", f.Name, f.Value))
		}
	})
	return strings.Join(append(line, "--resume"), " ")
}

// newJob fills job for a fresh run.
func (f *trainFlags) newJob(cmd *cobra.Command, job *training.Job) error {
	set, c, err := runtime.Preset(f.preset)
	if err != nil {
		return usageError{err}
	}
	if err := f.apply(cmd, &set, &c); err != nil {
		return err
	}
	if job.Train, err = f.data.open(cmd.Context(), data.Train); err != nil {
		return err
	}
	c.Input, c.Classes = job.Train.Input, job.Train.Classes
	if err := f.openTest(cmd.Context(), job, &c); err != nil {
		return err
	}
	return startJob(job, set, c)
}

// startJob makes the model and the trainer of a fresh run.
func startJob(job *training.Job, set runtime.Settings, c model.Config) error {
	if err := errors.Join(c.Validate(), set.Validate()); err != nil {
		return usageError{err}
	}
	m, err := model.New(c, set.Seed)
	if err != nil {
		return err
	}
	m.Provenance.Tool = "pffedge " + toolVersion()
	m.Provenance.Data, m.Provenance.Samples, m.Provenance.Settings = job.Train.Source, job.Train.Len(), set.Preset
	if job.Trainer, err = runtime.NewTrainer(m, set, job.Threads); err != nil {
		return err
	}
	job.Trainer.SetData(training.Fingerprint(job.Train))
	return nil
}

// resumeJob fills job from a checkpoint.
func (f *trainFlags) resumeJob(cmd *cobra.Command, job *training.Job) error {
	for _, name := range settled {
		if cmd.Flags().Changed(name) {
			return usagef("--%s cannot change when resuming: the checkpoint has settled it", name)
		}
	}
	if cmd.Flags().Changed("epochs") && f.epochs < 1 {
		return usagef("--epochs %d, want at least 1", f.epochs)
	}
	from := f.resume
	if from == ownCheckpoint {
		from = job.Checkpoint
	}
	c, err := model.LoadCheckpoint(from)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted{err, "there is nothing to resume; leave --resume out to start afresh"}
	}
	if err != nil {
		return err
	}
	config := &c.Model.Config
	if job.Train, err = f.data.openFor(cmd.Context(), data.Train, config); err != nil {
		return err
	}
	if err := f.openTest(cmd.Context(), job, config); err != nil {
		return err
	}
	if job.Trainer, err = runtime.Resume(c, f.epochs, job.Threads); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if now := training.Fingerprint(job.Train); now != job.Trainer.Data() {
		job.Trainer.Close()
		return fmt.Errorf("%s: the run began on other data: %s; this is %s", from, job.Trainer.Data(), now)
	}
	return nil
}

// openTest opens the test split, whole whatever the training split's limit.
func (f *trainFlags) openTest(ctx context.Context, job *training.Job, c *model.Config) error {
	whole := f.data
	whole.limit = 0
	var err error
	job.Test, err = whole.openFor(ctx, data.Test, c)
	return err
}

// writable finds out now, not after hours of training, whether path can be
// written.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".pffedge-*.tmp")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// learn runs the job, showing how it goes, and prints its result. again is
// the command line that resumes it.
func (a *app) learn(ctx context.Context, job *training.Job, again string) error {
	a.watch(job)
	result, err := job.Run(ctx)
	a.bar.Close()
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return hinted{stopped(fmt.Sprintf("stopped after %d of %d epochs; everything learned so far is in %s",
				job.Trainer.Epoch(), job.Trainer.Settings().Epochs, job.Checkpoint)), "go on with: " + again}
		}
		return err
	}
	if a.json {
		return a.print(result)
	}
	return a.showTraining(job, result)
}

// watch shows a job's progress on standard error, and its epochs on standard
// output or error.
func (a *app) watch(job *training.Job) {
	set := job.Trainer.Settings()
	total := int64(set.Epochs) * int64(job.Train.Len())
	a.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), total, "samples")
	correct, seen := 0, 0
	job.OnBatch = func(r runtime.Report) {
		if r.Batch == 0 {
			correct, seen = 0, 0
		}
		correct, seen = correct+r.Correct, seen+r.Samples
		text := fmt.Sprintf("epoch %d/%d", r.Epoch+1, set.Epochs)
		if !set.ReadoutDriven {
			text += fmt.Sprintf(", %s right before learning", show.Percent(float64(correct)/float64(seen)))
		}
		text += fmt.Sprintf(", losses %.3f %.3f %.1f", r.Goodness, r.Readout, r.Generative)
		a.bar.Set(int64(r.Epoch)*int64(job.Train.Len())+int64(r.Learned), text)
	}
	job.OnWarning = func(err error) {
		a.bar.Clear()
		fmt.Fprintf(a.stderr, "pffedge: warning: %s\n", oneLine(err.Error()))
	}
	job.OnEpoch = func(e training.Epoch) {
		if a.json {
			a.print(e)
			return
		}
		a.bar.Clear()
		fmt.Fprintf(a.stderr, "epoch %d/%d  %s  test accuracy: goodness %s, read-out %s  (losses: goodness %.3f, read-out %.3f, generative %.2f)\n",
			e.Epoch, e.Epochs, show.Duration(e.Seconds), show.Percent(e.Goodness), show.Percent(e.Readout),
			e.GoodnessLoss, e.ReadoutLoss, e.GenerativeLoss)
	}
}

func (a *app) showTraining(job *training.Job, r *training.Result) error {
	fmt.Fprintf(a.stdout, "learned %d samples in %d epochs; this run took %s\n", r.Samples, r.Epochs, show.Duration(r.Seconds))
	fmt.Fprintf(a.stdout, "test accuracy: goodness %s, read-out %s; reconstruction error %.2f\n",
		show.Percent(r.Goodness.Accuracy), show.Percent(r.Readout.Accuracy), r.ReconstructionError)
	if r.Model != "" {
		fmt.Fprintf(a.stdout, "model: %s\n", r.Model)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
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
		Args: noArgs,
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
	fl.StringVar(&f.resume, "resume", "", "go on from a checkpoint `FILE`, written --resume=FILE; alone: from the one beside --out")
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
	fl.StringVar(&f.readout, "readout", "", "what the read-out learns from, `start|driven` states; the reference's are driven (default: the preset's)")
	fl.StringVar(&f.generator, "generator", "", "what the generative circuit learns from, `start|driven` states; the reference's are driven (default: the preset's)")
	fl.StringVar(&f.latent, "latent", "", "how latents are inferred, `sample|reference`: sample by sample from ones, or as the reference does (default: the preset's)")
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
		if !(f.rate > 0) || math.IsInf(f.rate, 0) {
			return usagef("--lr %v, want a number above 0", f.rate)
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
		if err = f.newJob(cmd, job); err == nil {
			err = a.spareUnfinished(job.Checkpoint)
		}
	}
	if err != nil {
		return err
	}
	defer job.Trainer.Close()
	return a.learn(ctx, job, resumeLine(cmd))
}

// spareUnfinished moves the checkpoint of an unfinished run out of the way of a
// fresh one.
func (a *app) spareUnfinished(path string) error {
	c, err := model.LoadCheckpoint(path)
	if err != nil || runtime.Finished(c) {
		return nil // there is none, or nothing to lose
	}
	old := path + ".old"
	if err := os.Rename(path, old); err != nil {
		return fmt.Errorf("an unfinished run would be overwritten: %w", err)
	}
	fmt.Fprintf(a.stderr, "pffedge: warning: %s held an unfinished run; it is now in %s (to go on with it: --resume=%s)\n", path, old, old)
	return nil
}

// resumeLine returns the command line that goes on where this one stopped:
// the same without what the checkpoint has settled.
func resumeLine(cmd *cobra.Command) string {
	line := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "resume" && !slices.Contains(settled, f.Name) {
			line = append(line, shellQuote(fmt.Sprintf("--%s=%s", f.Name, f.Value)))
		}
	})
	return strings.Join(append(line, "--resume"), " ")
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// shellQuote returns a word as a shell takes it for one.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./,:@%+", r)
	}
	if strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
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
	if err := c.Validate(); err != nil {
		return usageError{err}
	}
	if err := set.Validate(); err != nil {
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
	if done := job.Trainer.Epoch(); cmd.Flags().Changed("epochs") && f.epochs < done {
		job.Trainer.Close()
		return usagef("--epochs %d, but %s has %d behind it", f.epochs, from, done)
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
	switch {
	case errors.Is(err, data.ErrEmpty):
		return hinted{err, "a set without splits of its own keeps every sixth sample of a class for testing: six of each class are the least"}
	case errors.Is(err, data.ErrNoSplit):
		return hinted{err, "a model is tested after training; put the test files beside the training files"}
	}
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
			text = show.Percent(float64(correct)/float64(seen)) + " running accuracy, " + text
		}
		text += fmt.Sprintf(", losses %.3g %.3g %.3g", r.Goodness, r.Readout, r.Generative)
		a.bar.Set(int64(r.Epoch)*int64(job.Train.Len())+int64(r.Learned), text)
	}
	job.OnPhase = func(what string) {
		a.bar.Close()
		a.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "")
		a.bar.Set(0, what)
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
		fmt.Fprintf(a.stderr, "epoch %d/%d, %s: test goodness %s, read-out %s; losses %.3g %.3g %.3g\n",
			e.Epoch, e.Epochs, show.Duration(e.Seconds), show.Percent(e.Goodness), show.Percent(e.Readout),
			e.GoodnessLoss, e.ReadoutLoss, e.GenerativeLoss)
	}
}

func (a *app) showTraining(job *training.Job, r *training.Result) error {
	text := fmt.Sprintf("learned from %d samples, %s; this run took %s\n", r.Samples, plural(r.Epochs, "epoch"), show.Duration(r.Seconds))
	text += fmt.Sprintf("test accuracy: goodness %s, read-out %s", show.Percent(r.Goodness.Accuracy), show.Percent(r.Readout.Accuracy))
	if r.ReconstructionError != nil {
		text += fmt.Sprintf("; reconstruction error %.2f", *r.ReconstructionError)
	}
	text += "\n"
	if r.Model != "" {
		text += fmt.Sprintf("model: %s\n", r.Model)
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}

package main

import (
	"math"
	"strings"

	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// trainFlags are the flags of `pffedge train`.
type trainFlags struct {
	data   dataFlags
	out    string
	resume string

	preset  string
	hidden  string
	epochs  int
	batch   int
	rounds  int
	latents int
	rate    float64
	optimizerFlags
	fromFlags
	schedule     string
	seed         uint64
	readout      string
	generator    string
	latent       string
	contrast     float64
	hardest      float64
	shift        int
	mask         float64
	noGenerative bool
	plan         bool
}

// ownCheckpoint is what --resume without a value means: the checkpoint beside
// --out.
const ownCheckpoint = "beside --out"

// settled lists the flags that a checkpoint has settled.
var settled = []string{"preset", "hidden", "batch", "rounds", "latents", "lr", "optimizer", "moments", "schedule", "seed",
	"readout", "generator", "latent", "contrast", "hardest", "shift", "mask", "no-generative", "size"}

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
that falls to zero at the last epoch; "tiny" is fast for the smallest boards:
two layers of 112 units in small batches, data left on disk, so that an MNIST
model fits 1 MB and learning it 16 MB of memory, program included. --plan tells
what a run would take.

--from goes on with the weights of a model; --int8 learns in int8 (products and
gradients of 8-bit codes, weights of 16 bits, moments of 8): the model that comes
out is int8.`,
		Example: `  pffedge train --data mnist --out mnist.pff
  pffedge train --data mnist --out mnist.pff --resume
  pffedge train --data mnist --preset tiny --plan
  pffedge train --data mnist --from small.pff --int8 --epochs 4 --out small.pff
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
	f.data.addOnDisk(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "model file to write, e.g. model.pff")
	fl.StringVar(&f.resume, "resume", "", "go on from a checkpoint `FILE`, written --resume=FILE; alone: from the one beside --out")
	fl.Lookup("resume").NoOptDefVal = ownCheckpoint
	fl.StringVar(&f.preset, "preset", "fast", strings.Join(runtime.Presets(), ", "))
	fl.StringVar(&f.hidden, "hidden", "500,500", "units of the hidden layers, bottom up")
	fl.IntVar(&f.epochs, "epochs", 0, "passes over the data in all (default: the preset's)")
	fl.IntVar(&f.batch, "batch", 0, "samples a batch (default: the preset's; fewer than 50 learn at a lower rate)")
	fl.IntVar(&f.rounds, "rounds", 0, "dynamics steps a batch, K (default: the preset's, twice the layers if there are more than two)")
	fl.IntVar(&f.latents, "latents", 0, "units of the top latent, S (default: the preset's)")
	fl.Float64Var(&f.rate, "lr", 0, "learning rate; the generative circuit's stays in proportion (default: the preset's)")
	f.optimizerFlags.add(cmd)
	f.fromFlags.add(cmd)
	fl.StringVar(&f.schedule, "schedule", "", "constant, cosine or restart: a short cosine, then a long one (default: the preset's)")
	fl.Uint64Var(&f.seed, "seed", 0, "seed of everything random: equal seeds give equal models")
	fl.StringVar(&f.readout, "readout", "", "what the read-out learns from, `start|driven` states; the reference's are driven (default: the preset's)")
	fl.StringVar(&f.generator, "generator", "", "what the generative circuit learns from, `descend|start|driven`: start states, half of them as predicted from above; start states alone; driven states, as the reference does (default: the preset's)")
	fl.StringVar(&f.latent, "latent", "", "how latents are inferred, `sample|reference`: sample by sample from ones, or as the reference does (default: the preset's)")
	fl.Float64Var(&f.contrast, "contrast", 0, "compare a sample under its label with itself under a wrong one, this sharply; 0: judge both by the threshold, as the reference does (default: the preset's)")
	fl.Float64Var(&f.hardest, "hardest", 0, "`share` of a batch that the rounds learn, the samples that the read-out is least sure of; 1: all (default: the preset's)")
	fl.IntVar(&f.shift, "shift", 0, "shift every training image by up to so many `pixels` in each direction, anew in every epoch")
	fl.Float64Var(&f.mask, "mask", 0, "hide this `share` of the pixels of every training image, others in every epoch (default: the preset's)")
	fl.BoolVar(&f.noGenerative, "no-generative", false, "leave the generative circuit out: no reconstruction, no imagination")
	fl.BoolVar(&f.plan, "plan", false, "print how much memory the run would take, and do not run")
}

// apply changes a preset by the flags that were given.
func (f *trainFlags) apply(cmd *cobra.Command, set *runtime.Settings, c *model.Config) error {
	given := cmd.Flags().Changed
	if given("epochs") {
		set.Epochs = f.epochs
	}
	if given("batch") {
		set.SetBatch(f.batch)
	}
	if given("latents") {
		c.Latents = f.latents
	}
	if err := f.optimizerFlags.apply(given, set); err != nil {
		return err
	}
	if err := f.applyRate(given, set); err != nil {
		return err
	}
	if given("schedule") {
		set.Schedule = runtime.Schedule(f.schedule)
	}
	if given("contrast") {
		set.Contrast = f.contrast
	}
	if given("hardest") {
		set.Hardest = f.hardest
	}
	if given("mask") {
		set.Mask = f.mask
	}
	set.Seed, set.Shift = f.seed, f.shift
	set.Generative = !f.noGenerative
	var err error
	if given("hidden") || c.Hidden == nil {
		if c.Hidden, err = parseSizes(f.hidden); err != nil {
			return err
		}
	}
	if !given("rounds") {
		f.rounds = runtime.RoundsFor(c.Rounds, len(c.Hidden))
	}
	runtime.SetRounds(c, f.rounds)
	if err := f.applyDefects(set, c); err != nil {
		return err
	}
	return f.applyInt8(given, set)
}

// applyRate sets the optimiser's rate.
func (f *trainFlags) applyRate(given func(flag string) bool, set *runtime.Settings) error {
	if !given("lr") {
		return nil
	}
	if !(f.rate > 0) || math.IsInf(f.rate, 0) {
		return usagef("--lr %v, want a number above 0", f.rate)
	}
	if set.Optimizer == runtime.SGD {
		set.SGDRate, set.GenSGDRate = f.rate, f.rate/set.SGDRate*set.GenSGDRate
	} else {
		set.Adam.Rate, set.GenAdam.Rate = f.rate, f.rate/set.Adam.Rate*set.GenAdam.Rate
	}
	return nil
}

// applyDefects switches the reference's known defects on or off.
func (f *trainFlags) applyDefects(set *runtime.Settings, c *model.Config) error {
	switch f.readout {
	case "":
	case "start", "driven":
		set.ReadoutDriven = f.readout == "driven"
	default:
		return usagef("--readout %q, want start or driven", f.readout)
	}
	switch f.generator {
	case "":
	case "descend", "start", "driven":
		set.GeneratorDriven, set.GeneratorDescends = f.generator == "driven", f.generator == "descend"
	default:
		return usagef("--generator %q, want descend, start or driven", f.generator)
	}
	switch f.latent {
	case "":
	case "sample":
		c.Latent, set.LatentStep = runtime.MendedLatent(), runtime.MendedLatentStep
	case "reference":
		c.Latent, set.LatentStep = runtime.ReferenceLatent(c.Rounds), 0
	default:
		return usagef("--latent %q, want sample or reference", f.latent)
	}
	return nil
}

func (a *app) runTraining(cmd *cobra.Command, f *trainFlags) error {
	if f.plan {
		return a.planTraining(cmd, f)
	}
	if f.out == "" {
		return usagef("--out is missing: the model file to write")
	}
	if err := writable(f.out); err != nil {
		return err
	}
	ctx := cmd.Context()
	defer training.KeepSmall()()
	job := &training.Job{Threads: a.threads, Out: f.out, Checkpoint: f.out + ".ckpt"}
	var err error
	if f.resume != "" {
		err = f.resumeJob(cmd, job)
	} else {
		begin := f.newJob
		if f.from != "" {
			begin = f.fromModel
		}
		if err = begin(cmd, job); err == nil {
			err = a.spareUnfinished(job.Checkpoint)
		}
	}
	if err != nil {
		return err
	}
	defer job.Trainer.Close()
	return a.learn(ctx, job, resumeLine(cmd))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/replay"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// created is what `pffedge store create --json` prints.
type created struct {
	Store      string         `json:"store"`
	Identity   store.Identity `json:"identity"`
	Model      string         `json:"model,omitempty"` // file; "" of an untrained one
	Keep       int            `json:"keep"`
	Limit      int64          `json:"limit"`
	Budget     int            `json:"budget"`     // bytes for samples; 0 of one that does not rehearse
	Remembered int            `json:"remembered"` // samples
	Held       int            `json:"held"`       // samples held back
	Imagined   int            `json:"imagined"`   // samples of a class that the model has imagined
}

// createFlags say what a new store begins with.
type createFlags struct {
	path    string
	empty   emptyFlags
	options store.Options
	memory  memoryFlags
}

func (a *app) storeCreate() *cobra.Command {
	var f createFlags
	cmd := &cobra.Command{
		Use:   "create --model FILE.pff DIR",
		Short: "Make a store of a model or a checkpoint",
		Long: `Make a store of a model, which then learns with fresh moments and the settings
of the preset that made it, of a checkpoint, whose moments and settings serve, or,
with --empty, of a model that has learned nothing yet.

So that it does not forget, a store remembers samples, within a --budget of bytes,
and learns some of them again beside new ones. --data fills the memory with samples
that the model has learned. Without it a model that can imagine fills the memory with
what it imagines of each class; any other begins with an empty one, and what it knows
fades until it is shown again. With --budget 0 nothing is remembered: such a store can
be taught, but what it is not shown fades.

` + dataHelp,
		Example: `  pffedge store create --model mnist.pff --data mnist learned
  pffedge store create --model mnist.pff --budget 1MB --held 0.2 learned
  pffedge store create --empty --input 28x28 --classes cat,dog --hidden 200,200 pets`,
		Args: oneFolder,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			return a.createStore(cmd, &f, args[0])
		}),
	}
	fl, o := cmd.Flags(), &f.options
	fl.StringVar(&f.path, "model", "", "model file or checkpoint to go on from")
	fl.IntVar(&o.Keep, "keep", store.DefaultKeep, "snapshots to keep, at least 2")
	fl.IntVar(&o.Every, "snapshot-every", store.DefaultEvery, "`OPERATIONS` after which a snapshot is taken")
	fl.Int64Var(&o.Stretch, "snapshot-bytes", store.DefaultStretch, "`BYTES` of log after which one is taken")
	fl.Int64Var(&o.Limit, "limit", 0, "`BYTES` that the log may have (default: snapshots to keep, and one, times --snapshot-bytes)")
	f.empty.add(cmd)
	f.memory.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// check refuses flags that contradict each other.
func (f *createFlags) check(cmd *cobra.Command) error {
	switch {
	case f.path == "" && !f.empty.on:
		return usagef("--model is missing: a model file or a checkpoint, as train writes them; or --empty")
	case f.path != "" && f.empty.on:
		return usagef("--model and --empty exclude each other")
	case f.options.Keep == 0 || f.options.Every == 0 || f.options.Stretch == 0:
		return usagef("--keep, --snapshot-every and --snapshot-bytes want more than 0")
	}
	if err := f.empty.check(cmd); err != nil {
		return err
	}
	return f.memory.check(cmd)
}

func (a *app) createStore(cmd *cobra.Command, f *createFlags, dir string) error {
	l, err := a.newLearner(f)
	if err != nil {
		return err
	}
	defer l.Close()
	made := created{Store: dir, Model: f.path}
	if err := a.fillMemory(cmd, f, l, &made); err != nil {
		return asUsage(err, runtime.ErrSettings, replay.ErrOptions, replay.ErrBudget)
	}
	if err := store.CreateLearner(a.disk, dir, l, f.options); err != nil {
		return a.adviseStore(dir, asUsage(err, store.ErrOptions))
	}
	info, err := store.Stat(a.disk, dir)
	if err != nil {
		return err
	}
	made.Identity, made.Keep, made.Limit = info.Identity, info.Keep, info.Limit
	return a.showCreated(&made, l)
}

// asUsage marks an error of some kinds as one in how the command was called.
func asUsage(err error, kinds ...error) error {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return usageError{err}
		}
	}
	return err
}

// newLearner returns what the store begins with, its memory aside.
func (a *app) newLearner(f *createFlags) (*runtime.Learner, error) {
	if !f.empty.on {
		return store.OpenLearner(f.path, a.threads)
	}
	m, err := f.empty.model()
	if err != nil {
		return nil, err
	}
	return runtime.NewLearner(m, a.threads)
}

func (a *app) showCreated(c *created, l *runtime.Learner) error {
	if a.json {
		return a.print(c)
	}
	of := "an untrained model"
	if c.Model != "" {
		of = c.Model
	}
	text := fmt.Sprintf("%s is a store that learns on from %s\n", c.Store, of)
	switch {
	case c.Budget == 0:
		text += "it remembers no samples: what it is not shown fades\n"
	case c.Imagined > 0:
		text += fmt.Sprintf("up to %s a class remembered, %d in all (%s of %s)\n",
			show.Plural(c.Imagined, "imagined sample"), c.Remembered+c.Held, show.Bytes(int64(l.RememberedBytes())), show.Bytes(int64(c.Budget)))
	case c.Remembered == 0:
		text += fmt.Sprintf("it can remember %s of samples\n", show.Bytes(int64(c.Budget)))
	default:
		text += fmt.Sprintf("%s remembered, %d more held back (%s of %s)\n",
			show.Plural(c.Remembered, "sample"), c.Held, show.Bytes(int64(l.RememberedBytes())), show.Bytes(int64(c.Budget)))
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// emptyFlags describe an untrained model.
type emptyFlags struct {
	on      bool
	input   string
	classes string
	hidden  string
	preset  string
	seed    uint64
}

// untrained lists the flags that go with --empty alone.
var untrained = []string{"input", "classes", "hidden", "preset", "seed"}

func (e *emptyFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&e.on, "empty", false, "begin with an untrained model, of --input and --classes")
	f.StringVar(&e.input, "input", "", "with --empty: `WIDTHxHEIGHT` of images, or the number of values, 0…1, of vectors")
	f.StringVar(&e.classes, "classes", "", "with --empty: `NAMES` of the first classes, two at least, with commas between them")
	f.StringVar(&e.hidden, "hidden", "200,200", "with --empty: units of the hidden layers, bottom up")
	f.StringVar(&e.preset, "preset", "fast", "with --empty: "+strings.Join(runtime.Presets(), ", "))
	f.Uint64Var(&e.seed, "seed", 0, "with --empty: seed of everything random")
}

func (e *emptyFlags) check(cmd *cobra.Command) error {
	switch {
	case e.on && e.input == "":
		return usagef("--input is missing: 28x28, say, for images, or how many values a vector has")
	case e.on && e.classes == "":
		return usagef("--classes is missing: two names at least, with a comma between them")
	case e.on:
		return nil
	}
	for _, name := range untrained {
		if cmd.Flags().Changed(name) {
			return usagef("--%s goes with --empty: a model has settled it", name)
		}
	}
	return nil
}

// model makes the untrained model, as train begins with it.
func (e *emptyFlags) model() (*model.Model, error) {
	set, c, err := runtime.Preset(e.preset)
	if err != nil {
		return nil, usageError{err}
	}
	if c.Input, err = parseInput(e.input); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(e.classes, ",") {
		c.Classes = append(c.Classes, strings.TrimSpace(name))
	}
	if c.Hidden, err = parseSizes(e.hidden); err != nil {
		return nil, err
	}
	runtime.SetRounds(&c, runtime.RoundsFor(c.Rounds, len(c.Hidden)))
	set.Seed = e.seed
	if err := checkChoice(&set, &c); err != nil {
		return nil, err
	}
	m, err := model.New(c, e.seed)
	if err != nil {
		return nil, err
	}
	m.Provenance = model.Provenance{Tool: "pffedge " + toolVersion(), Settings: e.preset, Seed: e.seed}
	return m, nil
}

// parseInput parses the size of images, or the number of a vector's values.
func parseInput(text string) (model.Input, error) {
	n, notNumber := strconv.Atoi(text)
	if notNumber != nil {
		width, height, err := parseSize("--input", text)
		if err != nil {
			return model.Input{}, usagef("--input %q, want WIDTHxHEIGHT, e.g. 28x28, or how many values a vector has", text)
		}
		return model.Image(width, height), nil
	}
	if n < 1 || n > model.MaxFeatures/2 {
		return model.Input{}, usagef("--input %s, want 1…%d values", text, model.MaxFeatures/2)
	}
	in := model.Input{Features: n, Offset: make([]float32, n), Scale: make([]float32, n), Complement: true}
	for i := range in.Scale {
		in.Scale[i] = 1
	}
	return in, nil
}

// rememberAll fills the learner's memories, a part at a time so that it can be stopped.
func (a *app) rememberAll(ctx context.Context, l *runtime.Learner, samples runtime.Samples, what string) error {
	const part = 500
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), int64(samples.Len()), "samples")
	defer bar.Close()
	for lo := 0; lo < samples.Len(); lo += part {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.Remember(&span{samples, lo, min(lo+part, samples.Len())}); err != nil {
			return err
		}
		bar.Set(int64(lo), what)
	}
	return nil
}

// span is samples lo … hi−1 of others.
type span struct {
	runtime.Samples
	lo, hi int
}

func (s *span) Len() int { return s.hi - s.lo }

func (s *span) Sample(dst []float32, i int) int { return s.Samples.Sample(dst, s.lo+i) }

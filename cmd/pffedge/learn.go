package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// learnFlags are the flags of `pffedge learn`.
type learnFlags struct {
	dir     string
	csv     sampleFlags
	batch   int
	wait    time.Duration
	watch   string
	poll    time.Duration
	skipBad bool
	known   bool
	method  string
}

func (a *app) learnCommand() *cobra.Command {
	var f learnFlags
	cmd := &cobra.Command{
		Use:   "learn --store DIR [SAMPLE…|-]",
		Short: "Learn an endless stream of labelled samples",
		Long: `Learn a stream of labelled samples, which need not end, with a store's model. Each is
predicted first, so that the share recognised so far tells how well it is going; then
it is learned beside remembered ones. A class that the model has never had is added
with its first sample. What is printed is on the medium and learned.

Samples are CSV files with a label column; lines of JSON, {"label": "cat", "x": […]}
with the values of a row of CSV or {"label": "cat", "file": "a.png"}; PNG and JPEG
images, whose class is the name of the folder they lie in; folders of images, and
folders of such folders. "-", or nothing at all, reads CSV or JSON from standard input.

--watch learns the images that come into the class-named folders of a folder, each
once it no longer grows. What has been learned is moved to the folder .learned in it,
and, with --skip-bad, what is no image to .bad. Only a crash in between the two lets
an image be learned once more.`,
		Example: `  pffedge learn --store learned --label species - < flowers.csv
  pffedge learn --store learned --json - < samples.jsonl
  pffedge learn --store learned pictures/
  pffedge learn --store learned --watch inbox --skip-bad`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(f.check(args), a.checkThreads()); err != nil {
				return err
			}
			s, err := store.Open(a.disk, f.dir, store.LoadLearner(a.threads))
			if err != nil {
				return a.adviseStore(f.dir, err)
			}
			a.warn(&s.Recovery)
			err = a.learnAll(cmd.Context(), s, &f, args)
			return a.adviseStore(f.dir, errors.Join(err, s.Close()))
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.dir, "store", "", "the store's folder")
	fl.IntVar(&f.batch, "batch", 10, "samples of an operation, at most")
	fl.DurationVar(&f.wait, "wait", 200*time.Millisecond, "how long to wait for an operation to fill up before it is done with what has come")
	fl.StringVar(&f.watch, "watch", "", "learn what comes into the class-named folders of this `FOLDER`")
	fl.DurationVar(&f.poll, "poll", time.Second, "with --watch: how often to look")
	fl.BoolVar(&f.skipBad, "skip-bad", false, "pass over lines and images that are not what they should be, and count them")
	fl.BoolVar(&f.known, "known-classes", false, "a class that the model does not have is a mistake: add none")
	fl.StringVar(&f.method, "method", string(runtime.Auto), "how to predict samples before they are learned: auto, goodness or readout")
	fl.StringVar(&f.csv.label, "label", "", "CSV: name or number (from 1) of the label column (default: label, class, target or y, else the last)")
	fl.StringVar(&f.csv.delimiter, "delimiter", "", `CSV: the delimiter, one character or "tab" (default: detected)`)
	a.addThreads(cmd)
	return cmd
}

func (f *learnFlags) check(args []string) error {
	switch {
	case f.dir == "":
		return usagef("--store is missing: a store's folder, as store create makes it")
	case f.batch < 1 || f.batch > runtime.MaxTeachSamples:
		return usagef("--batch %d, want 1…%d", f.batch, runtime.MaxTeachSamples)
	case f.wait < 0:
		return usagef("--wait %v, want ≥ 0", f.wait)
	case f.watch != "" && len(args) > 0:
		return usagef("--watch and samples exclude each other")
	case f.poll <= 0:
		return usagef("--poll %v, want more than 0", f.poll)
	}
	if _, err := runtime.ParseMethod(f.method); err != nil {
		return usageError{err}
	}
	return nil
}

// learnAll learns what the arguments name.
func (a *app) learnAll(ctx context.Context, s *store.Store, f *learnFlags, args []string) error {
	l := s.State.(*store.Learner)
	if err := needRehearsal(l); err != nil {
		return err
	}
	t := newStream(a, s, f)
	samples, err := t.open(ctx, args)
	if err != nil {
		return err
	}
	return t.run(ctx, samples)
}

// needRehearsal refuses a store whose learner remembers nothing.
func needRehearsal(l *store.Learner) error {
	if _, ok := l.Rehearsal(); ok {
		return nil
	}
	return hinted{runtime.ErrNoRehearsal, "make a store that remembers samples: pffedge store create --model FILE.pff --budget 157KB DIR"}
}

// open returns the samples to learn. The errors of bad ones come as passedOver if that
// is what is to become of them.
func (t *stream) open(ctx context.Context, args []string) (iter.Seq2[data.Labelled, error], error) {
	f, in := t.flags, t.learner().Input()
	delimiter, err := parseDelimiter(f.csv.delimiter)
	if err != nil {
		return nil, err
	}
	if f.watch != "" {
		return t.watch(ctx, in)
	}
	if len(args) == 0 {
		if isTerminal(t.app.stdin) {
			return nil, usagef("no samples: name files, or send rows of CSV or lines of JSON to standard input")
		}
		args = []string{"-"}
	}
	opt := data.LabelledOptions{SampleOptions: data.SampleOptions{Input: in, LabelColumn: f.csv.label, Delimiter: delimiter, Stdin: t.app.stdin}}
	return func(yield func(data.Labelled, error) bool) {
		wanted := true
		give := func(s data.Labelled, err error) bool {
			wanted = wanted && yield(s, err)
			return wanted
		}
		if f.skipBad {
			opt.Bad = func(err error) { give(data.Labelled{}, passedOver{err}) }
		}
		data.OpenLabelled(ctx, args, opt)(give)
	}, nil
}

// passedOver is an error of a sample behind which others come.
type passedOver struct{ error }

func (p passedOver) Unwrap() error { return p.error }

// watch returns the images that come into a folder.
func (t *stream) watch(ctx context.Context, in model.Input) (iter.Seq2[data.Labelled, error], error) {
	if !in.IsImage() {
		return nil, usagef("--watch looks for images, and the model takes %s", in)
	}
	w, err := newWatcher(t.flags.watch, t.flags.poll, in)
	if err != nil {
		return nil, err
	}
	t.watcher, w.skipBad = w, t.flags.skipBad
	return w.samples(ctx), nil
}

// learned says what has been learned so far.
func (t *stream) learned() string {
	return fmt.Sprintf("%s learned in %s, all stored in %s", show.Plural(t.samples, "sample"), show.Plural(t.operations, "operation"), t.flags.dir)
}

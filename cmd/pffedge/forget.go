package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// forgetting is what `pffedge forget` has been told. One of the lists is empty, and so
// is the class if any is not.
type forgetting struct {
	class      string
	samples    []uint64 // identities
	operations []uint64 // numbers in the log
	sleep      int      // steps
}

// forgotten is what `pffedge forget --json` prints.
type forgotten struct {
	Store      string       `json:"store"`
	Operation  uint64       `json:"operation,omitempty"` // in the log, that forgets a class or samples
	Class      string       `json:"class,omitempty"`
	Samples    int          `json:"samples"`              // that are no longer remembered
	Operations []uint64     `json:"operations,omitempty"` // that were taken out of the log
	Taken      *store.Taken `json:"taken_out,omitempty"`  // what became of the log
	Slept      int          `json:"slept"`                // steps
	Last       uint64       `json:"last_operation"`       // of the store now
	Remembered int          `json:"remembered,omitempty"` // samples of what is left
	Seconds    float64      `json:"seconds"`
}

const (
	forgetSleep = 300 // steps, unless told otherwise
)

func (a *app) forget() *cobra.Command {
	var dir string
	var f forgetting
	var samples, operations []string
	cmd := &cobra.Command{
		Use:   "forget --store DIR {--class NAME | --sample ID… | --operation N…}",
		Short: "Make a store's model forget a class, samples or operations",
		Long: `Make the model of a store that rehearses forget a class, with all samples of it, or
single samples, named by identity: it no longer remembers them, and rehearses the
others for --sleep steps right away. What the hidden layers have learned from them
fades but slowly: a class that is taught again comes back sooner than a new one.

With --operation, operations are taken out of the log of any store as if they had
never been, to the bit: the model goes back to before the first of them and learns
the later ones again. Nothing fades then, so it does not sleep unless told to. The
later operations get new numbers. It is refused if one of them needs what is taken
out, or names remembered samples, which are then others.

Everything stays in the log until "pffedge store compact" drops it, and can be
undone until then.`,
		Example: `  pffedge forget --store learned --class heart
  pffedge forget --store learned --sample 1234,1240 --sleep 0
  pffedge forget --store learned --operation 17`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			given := 0
			for _, flag := range []string{"class", "sample", "operation"} {
				if cmd.Flags().Changed(flag) {
					given++
				}
			}
			if !cmd.Flags().Changed("sleep") && cmd.Flags().Changed("operation") {
				f.sleep = 0
			}
			switch {
			case dir == "":
				return usagef("--store is missing: a store's folder, as store create makes it")
			case given != 1 || f.class == "" && len(samples) == 0 && len(operations) == 0:
				return usagef("what to forget: one of --class, --sample and --operation")
			case f.sleep < 0 || f.sleep > runtime.MaxSleepSteps:
				return usagef("--sleep %d, want 0…%d steps", f.sleep, runtime.MaxSleepSteps)
			}
			var err error
			if f.samples, err = parseNumbers("--sample", samples); err != nil {
				return err
			}
			if f.operations, err = parseNumbers("--operation", operations); err != nil {
				return err
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			return a.adviseStore(dir, a.runForget(cmd.Context(), dir, &f))
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().StringVar(&f.class, "class", "", "the class to forget")
	cmd.Flags().StringSliceVar(&samples, "sample", nil, "`IDENTITIES` of remembered samples to forget")
	cmd.Flags().StringSliceVar(&operations, "operation", nil, "`NUMBERS` of operations to take out of the log")
	cmd.Flags().IntVar(&f.sleep, "sleep", forgetSleep, "`STEPS` of rehearsal afterwards (default with --operation: 0)")
	a.addThreads(cmd)
	return cmd
}

func parseNumbers(flag string, words []string) ([]uint64, error) {
	var list []uint64
	for _, word := range words {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return nil, usagef("%s %q, want whole numbers from 0", flag, word)
		}
		list = append(list, n)
	}
	return list, nil
}

func (a *app) runForget(ctx context.Context, dir string, f *forgetting) error {
	begin := time.Now()
	out := &forgotten{Store: dir, Class: f.class, Operations: f.operations}
	if len(f.operations) > 0 {
		var err error
		if out.Taken, err = store.Without(a.disk, dir, f.operations, store.LoadLearner(a.threads)); err != nil {
			return adviseTakingOut(err)
		}
		if out.Last = out.Taken.To; f.sleep == 0 {
			out.Seconds = time.Since(begin).Seconds()
			return a.showForgotten(out)
		}
	}
	return a.withStore(dir, func(s *store.Store) error {
		if len(f.operations) == 0 {
			if err := forgetIn(s, f, out); err != nil {
				return adviseRehearsal(err)
			}
		}
		err := a.sleepIn(ctx, s, f.sleep, out)
		out.Last, out.Seconds = s.Sequence, time.Since(begin).Seconds()
		return errors.Join(a.showForgotten(out), err) // what is forgotten is forgotten
	})
}

func adviseTakingOut(err error) error {
	switch {
	case errors.Is(err, store.ErrDependent):
		return hinted{err, "name that operation with --operation too, and it is taken out as well"}
	case errors.Is(err, store.ErrFull):
		return hinted{errors.New(err.Error()), "compacting makes room, but then nothing that was done before can be taken out"}
	}
	return err
}

// forgetIn forgets a class or samples.
func forgetIn(s *store.Store, f *forgetting, out *forgotten) error {
	l := s.State.(*store.Learner)
	op := &runtime.Forget{Class: f.class, IDs: f.samples}
	if err := l.Learner.Check(op); err != nil {
		return err
	}
	before := l.Memory().Len()
	sequence, err := s.Do(op)
	if err != nil {
		return err
	}
	out.Operation, out.Samples, out.Remembered = sequence, before-l.Memory().Len(), l.Memory().Len()
	if s.Due() {
		return s.Snapshot()
	}
	return nil
}

// sleepIn rehearses for so many steps, in parts, unless nothing is remembered.
func (a *app) sleepIn(ctx context.Context, s *store.Store, steps int, out *forgotten) error {
	l := s.State.(*store.Learner)
	if l.Memory() == nil {
		if steps > 0 {
			return adviseRehearsal(runtime.ErrNoRehearsal)
		}
		return nil
	}
	out.Remembered = l.Memory().Len()
	if steps == 0 || out.Remembered == 0 {
		return nil
	}
	var r slept
	_, err := a.sleepParts(ctx, s, &lessons.SleepPlan{Steps: steps}, &r, nil)
	out.Slept = r.Steps
	return cmp.Or(err, ctx.Err())
}

func (a *app) showForgotten(f *forgotten) error {
	if a.json {
		return a.print(f)
	}
	var err error
	switch {
	case f.Taken != nil:
		_, err = fmt.Fprintf(a.stdout, "%s taken out, as if never done; %s done again, up to operation %d\n",
			show.Plural(int(f.Taken.Out), "operation"), show.Plural(int(f.Taken.Again), "later one"), f.Taken.To)
	case f.Class != "":
		_, err = fmt.Fprintf(a.stdout, "operation %d\tclass %s forgotten, and %s of it; %d others remembered\n", f.Operation, show.OneLine(f.Class), show.Plural(f.Samples, "remembered sample"), f.Remembered)
	default:
		_, err = fmt.Fprintf(a.stdout, "operation %d\t%s forgotten; %d others remembered\n", f.Operation, show.Plural(f.Samples, "sample"), f.Remembered)
	}
	if err == nil && f.Slept > 0 {
		_, err = fmt.Fprintf(a.stdout, "slept for %s\n", show.Plural(f.Slept, "step"))
	}
	return err
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// slept is what `pffedge sleep --json` prints.
type slept struct {
	Operations  int      `json:"operations"`
	Last        uint64   `json:"last"` // the last one
	Steps       int      `json:"steps"`
	Seconds     float64  `json:"seconds"`
	Held        int      `json:"held"`          // samples held back
	Before      *float64 `json:"recall_before"` // share of them recognised; null without any
	After       *float64 `json:"recall_after"`
	Interrupted bool     `json:"interrupted"`
}

// sleepFlags are the flags of `pffedge sleep`: of what is 0 there is no bound.
type sleepFlags struct {
	dir    string
	steps  int
	time   time.Duration
	energy string
	watts  float64
}

func (a *app) sleepCommand() *cobra.Command {
	var f sleepFlags
	cmd := &cobra.Command{
		Use:   "sleep --store DIR",
		Short: "Learn remembered samples again while nothing else is to be done",
		Long: fmt.Sprintf(`Learn what a store remembers again, while nothing else is to be done: every class
gains, those learned first most. It takes --steps, %d if nothing is said, or as many
as fit a --time, or an --energy at the --watts that the machine draws; then a few steps
tell how long one takes. The rate falls to 0 with the last step. The sleep is logged in
parts: Ctrl-C ends it behind the one at hand.`, runtime.SleepSteps),
		Example: `  pffedge sleep --store learned
  pffedge sleep --store learned --time 30s
  pffedge sleep --store learned --energy 50J --watts 4 --json`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			p, err := f.plan(cmd)
			if err = cmp.Or(err, a.checkThreads()); err != nil {
				return err
			}
			s, err := store.Open(a.disk, f.dir, store.LoadLearner(a.threads))
			if err != nil {
				return a.adviseStore(f.dir, err)
			}
			a.warn(&s.Recovery)
			err = a.sleep(cmd.Context(), s, f.dir, p)
			return a.adviseStore(f.dir, errors.Join(err, s.Close()))
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.dir, "store", "", "the store's folder")
	fl.IntVar(&f.steps, "steps", runtime.SleepSteps, "steps to take; more than that bring little")
	fl.DurationVar(&f.time, "time", 0, "sleep about so long instead, e.g. 30s")
	fl.StringVar(&f.energy, "energy", "", "sleep until so much is drawn instead, `ENERGY` like 50J, 1kJ or 2Wh")
	fl.Float64Var(&f.watts, "watts", 0, "what the machine draws while it computes, with --energy")
	a.addThreads(cmd)
	return cmd
}

// plan returns how long to sleep.
func (f *sleepFlags) plan(cmd *cobra.Command) (*lessons.SleepPlan, error) {
	given := cmd.Flags().Changed
	bounds := 0
	for _, flag := range []string{"steps", "time", "energy"} {
		if given(flag) {
			bounds++
		}
	}
	switch {
	case f.dir == "":
		return nil, usagef("--store is missing: a store's folder, as store create makes it")
	case bounds > 1:
		return nil, usagef("--steps, --time and --energy exclude each other")
	case f.steps < 1 || f.steps > runtime.MaxSleepSteps:
		return nil, usagef("--steps %d, want 1…%d", f.steps, runtime.MaxSleepSteps)
	case given("time") && f.time <= 0:
		return nil, usagef("--time %v, want more than 0", f.time)
	case given("energy") != given("watts"):
		return nil, usagef("--energy and --watts go together")
	}
	if given("time") {
		return &lessons.SleepPlan{Seconds: f.time.Seconds()}, nil
	}
	if !given("energy") {
		return &lessons.SleepPlan{Steps: f.steps}, nil
	}
	joules, ok := jouleUnits.parse(f.energy)
	switch {
	case !ok || joules == 0:
		return nil, usagef("--energy %q, want something like 50J, 1kJ or 2Wh", f.energy)
	case !(f.watts > 0) || math.IsInf(f.watts, 0):
		return nil, usagef("--watts %v, want a number above 0", f.watts)
	}
	return &lessons.SleepPlan{Seconds: joules / f.watts}, nil
}

// sleep sleeps as planned and tells of it.
func (a *app) sleep(ctx context.Context, s *store.Store, dir string, p *lessons.SleepPlan) error {
	l := s.State.(*store.Learner)
	if err := needRehearsal(l); err != nil {
		return err
	}
	if l.Memory().Len() == 0 {
		return hinted{fmt.Errorf("%w: no sample is remembered that sleep could learn", runtime.ErrOperation), "teach the store something first: pffedge learn --store " + shellQuote(dir)}
	}
	began := time.Now()
	var r slept
	var err error
	if r.Before, r.Held, err = wholeRecall(ctx, l); err != nil {
		return err
	}
	looking := time.Since(began).Seconds() // and as long again, at the end
	planned, err := a.sleepParts(ctx, s, p, &r, func() float64 { return time.Since(began).Seconds() + looking })
	if err != nil {
		if r.Steps > 0 {
			err = fmt.Errorf("%w; %s before that are stored in %s", err, show.Plural(r.Steps, "step"), dir)
		}
		return err
	}
	r.Interrupted = ctx.Err() != nil
	if !r.Interrupted {
		if r.After, _, err = wholeRecall(ctx, l); err != nil {
			return err
		}
	}
	// What has taken long is not to be done again by whoever opens the store.
	if err := s.Snapshot(); err != nil {
		return err
	}
	r.Seconds = time.Since(began).Seconds()
	if err := a.showSlept(&r); err != nil || !r.Interrupted {
		return err
	}
	return stopped(fmt.Sprintf("stopped after %d of %s, which are stored in %s; the rate had not fallen to 0 yet: another sleep makes up for it",
		r.Steps, show.Plural(planned, "step"), dir))
}

// sleepParts does the operations of a sleep, until it is over or ctx ends. A plan that is
// made by steps does not ask what has elapsed.
func (a *app) sleepParts(ctx context.Context, s *store.Store, p *lessons.SleepPlan, r *slept, elapsed func() float64) (planned int, err error) {
	planned = p.Steps
	a.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), int64(planned), "steps")
	defer a.bar.Close()
	for ctx.Err() == nil {
		op := p.Next(elapsed)
		if op == nil {
			break
		}
		began := time.Now()
		if r.Last, err = s.Do(op); err != nil {
			return planned, err
		}
		p.Did(op, time.Since(began).Seconds())
		r.Operations, r.Steps = r.Operations+1, p.Done
		if planned = p.Total(&runtime.Sleep{From: op.From + op.Steps, Of: op.Of}); p.Steps > 0 || r.Operations > 1 {
			a.bar.SetTotal(int64(planned))
			a.bar.Set(int64(p.Done), "sleeping")
		}
		if s.Due() {
			if err := s.Snapshot(); err != nil {
				return planned, err
			}
		}
	}
	if p.Steps == 0 && r.Operations == 1 {
		planned = p.Done // there was no time for more
	}
	return planned, nil
}

// wholeRecall returns the share of the samples held back that are recognised; nil without
// any.
func wholeRecall(ctx context.Context, l *store.Learner) (share *float64, held int, err error) {
	list, err := l.Recalls(ctx)
	right := 0
	for i := range list {
		held, right = held+list[i].Held, right+list[i].Right
	}
	if err != nil || held == 0 {
		return nil, held, err
	}
	s := float64(right) / float64(held)
	return &s, held, nil
}

func (a *app) showSlept(r *slept) error {
	if a.json {
		return a.print(r)
	}
	if r.Interrupted {
		return nil // the error says it
	}
	text := []string{fmt.Sprintf("%s of sleep in %s, %s", show.Plural(r.Steps, "step"), show.Plural(r.Operations, "operation"), show.Duration(r.Seconds))}
	if r.Before != nil && r.After != nil {
		text = append(text, fmt.Sprintf("recognised of %s: %s, before %s", show.Plural(r.Held, "sample")+" held back", show.Percent(*r.After), show.Percent(*r.Before)))
	}
	_, err := fmt.Fprintln(a.stdout, strings.Join(text, "\n"))
	return err
}

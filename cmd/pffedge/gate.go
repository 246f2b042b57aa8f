package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// gate says how much an operation may take from the classes that a learner knows,
// in points: percent of their samples.
type gate struct {
	limit      float64 // on average over the classes
	classLimit float64 // from any class
	force      bool
}

const gateHelp = `If the store rehearses, a lesson is tried on a copy first. If the classes known
lose more by it than --limit points of recall on average, or any of them more than
--class-limit, it is refused, and nothing is logged; on a terminal you are asked.`

func (g *gate) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float64Var(&g.limit, "limit", 3, "`POINTS` of recall that the classes known may lose on average")
	f.Float64Var(&g.classLimit, "class-limit", 20, "`POINTS` of recall that any class may lose")
	f.BoolVar(&g.force, "force", false, "do it whatever it takes from the classes known")
}

func (g *gate) check() error {
	for flag, points := range map[string]float64{"limit": g.limit, "class-limit": g.classLimit} {
		if !(points >= 0 && points <= 100) {
			return usagef("--%s %v, want 0…100 points", flag, points)
		}
	}
	return nil
}

// harm is what an operation takes from the classes known before, in points; below
// zero they gain.
type harm struct {
	Mean  float64 `json:"mean"`
	Worst float64 `json:"worst"`
	Class string  `json:"class"` // the one that loses most
}

func harmOf(t *runtime.Trial) harm {
	mean, worst, class := t.Harm()
	return harm{100 * mean, 100 * worst, class}
}

// excess says in words how an operation exceeds the limits, or nothing.
func (g *gate) excess(h harm) string {
	most := fmt.Sprintf("%s, which loses most, %.1f", shorten(oneLine(h.Class), 40), h.Worst)
	switch {
	case h.Mean > g.limit:
		return fmt.Sprintf("the classes known would lose %.1f points of recall on average (--limit %g), %s", h.Mean, g.limit, most)
	case h.Worst > g.classLimit:
		return fmt.Sprintf("class %s would lose %.1f points of recall (--class-limit %g)", shorten(oneLine(h.Class), 40), h.Worst, g.classLimit)
	}
	return ""
}

// enoughRecall is the recall of which the samples held back must make sure for a
// class to count as taught enough.
const enoughRecall = 0.8

// recalled says how well a class is known.
type recalled struct {
	runtime.Recall
	Enough bool `json:"enough"` // taught
}

// effect is what an operation did to a store that rehearses.
type effect struct {
	Seconds float64   `json:"seconds"`
	Recall  *recalled `json:"recall,omitempty"` // of the class it was about
	Harm    harm      `json:"harm"`
}

// carryOut does one operation of a store, if it passes the gate, and tells of it. Of
// line the number and the effect are still to come. Where nothing is rehearsed there
// is neither gate nor effect.
func (a *app) carryOut(ctx context.Context, s *store.Store, g *gate, op runtime.Operation, line taught) (err error) {
	l := s.State.(*store.Learner)
	if _, rehearses := l.Rehearsal(); !rehearses {
		if line.Operation, err = s.Do(op); err != nil {
			return err
		}
		return a.showTaught(&line)
	}
	begin := time.Now()
	trial, err := l.Try(ctx, op)
	if err != nil {
		return err
	}
	line.effect = &effect{Harm: harmOf(trial)}
	if err := a.pass(ctx, g, line.Harm); err != nil {
		l.DropTrial()
		return err
	}
	if line.Operation, err = s.Do(op); err != nil {
		return err
	}
	// It is done, whatever comes: that must be told.
	if line.Recall, err = recallOf(context.WithoutCancel(ctx), l.Learner, line.Class); err != nil {
		return err
	}
	line.Seconds = time.Since(begin).Seconds()
	return a.showTaught(&line)
}

// recallOf tells how well a class is known, nil if it is not the learner's.
func recallOf(ctx context.Context, l *runtime.Learner, class string) (*recalled, error) {
	list, err := l.Recalls(ctx)
	for _, r := range list {
		if r.Class == class {
			return &recalled{r, r.Enough(enoughRecall)}, err
		}
	}
	return nil, err
}

// pass lets an operation through that keeps the limits, is forced, or is wanted by
// the person at the terminal.
func (a *app) pass(ctx context.Context, g *gate, h harm) error {
	excess := g.excess(h)
	if excess == "" || g.force {
		return nil
	}
	if a.canAsk && !a.json {
		if yes, err := a.ask(ctx, excess+". Do it all the same?"); yes || err != nil {
			return err
		}
	}
	return hinted{fmt.Errorf("refused: %s; the lesson was not learned", excess), "--force does it all the same; more samples, or some of the other class, may do less harm"}
}

// ask puts a question on the terminal whose answer is yes or no.
func (a *app) ask(ctx context.Context, question string) (yes bool, err error) {
	fmt.Fprintf(a.stderr, "pffedge: %s [y/N] ", question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n') // no answer is no
		answer <- line
	}()
	select {
	case line := <-answer:
		line = strings.ToLower(strings.TrimSpace(line))
		return line == "y" || line == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// showEffect prints what an operation did, in lines of their own.
func (a *app) showEffect(class string, e *effect) error {
	if e.Recall != nil {
		if _, err := fmt.Fprintf(a.stdout, "\trecall of %s: %s\n", oneLine(class), e.Recall); err != nil {
			return err
		}
	}
	if e.Harm.Class == "" {
		_, err := fmt.Fprintln(a.stdout, "\tno sample tells yet how well the classes were known before")
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "\tclasses known before: %s; at worst %s, %s\n", change(e.Harm.Mean), oneLine(e.Harm.Class), change(e.Harm.Worst))
	return err
}

// change writes points that were lost as a change.
func change(lost float64) string { return fmt.Sprintf("%+.1f points", 0-lost) }

// String says how well the class is known, and whether that has been shown.
func (r *recalled) String() string {
	switch {
	case r.Held == 0:
		return "no sample held back so far that could tell; show more to be sure"
	case r.Enough:
		return fmt.Sprintf("%d of %d held back recognised: taught enough, %s at the least", r.Right, r.Held, show.Percent(r.AtLeast))
	case r.Right < r.Held && r.Share() < enoughRecall:
		return fmt.Sprintf("%d of %d held back recognised; show more", r.Right, r.Held)
	}
	return fmt.Sprintf("%d of %d held back recognised; show more to be sure", r.Right, r.Held)
}

// adviseTeaching adds what to do about a lesson that the learner refuses.
func adviseTeaching(err error) error {
	if errors.Is(err, runtime.ErrNoClass) {
		return hinted{err, "--new-class adds it"}
	}
	return adviseRehearsal(err)
}

// adviseRehearsal adds what to do about a store that does not rehearse.
func adviseRehearsal(err error) error {
	if errors.Is(err, runtime.ErrNoRehearsal) {
		return hinted{err, "a store has to be made for it, by store create --budget: it remembers samples then, and learns them again"}
	}
	return err
}

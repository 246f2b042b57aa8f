package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// gate is what an operation has to pass.
type gate struct {
	lessons.Gate
	force bool
}

const gateHelp = `If the store rehearses, a lesson is tried on a copy first. If the classes known
lose more by it than --limit points of recall on average, or any of them more than
--class-limit, it is refused, and nothing is logged; on a terminal you are asked.`

func (g *gate) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float64Var(&g.Limit, "limit", lessons.DefaultGate.Limit, "`POINTS` of recall that the classes known may lose on average")
	f.Float64Var(&g.ClassLimit, "class-limit", lessons.DefaultGate.ClassLimit, "`POINTS` of recall that any class may lose")
	f.BoolVar(&g.force, "force", false, "do it whatever it takes from the classes known")
}

func (g *gate) check() error {
	if err := g.Check(); err != nil {
		return usagef("--%w", err)
	}
	return nil
}

// carryOut does one operation of a store, if it passes the gate, and tells of it. Of
// line the number and the effect are still to come. Where nothing is rehearsed there
// is neither gate nor effect.
func (a *app) carryOut(ctx context.Context, s *store.Store, g *gate, op runtime.Operation, line lessons.Line) (err error) {
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
	line.Effect = &lessons.Effect{Harm: lessons.HarmOf(trial)}
	if err := a.pass(ctx, g, line.Harm); err != nil {
		l.DropTrial()
		return err
	}
	if line.Operation, err = s.Do(op); err != nil {
		return err
	}
	// It is done, whatever comes: that must be told.
	if line.Recall, err = lessons.RecallOf(context.WithoutCancel(ctx), l.Learner, line.Class); err != nil {
		return err
	}
	line.Seconds = time.Since(begin).Seconds()
	return a.showTaught(&line)
}

// pass lets an operation through that keeps the limits, is forced, or is wanted by
// the person at the terminal.
func (a *app) pass(ctx context.Context, g *gate, h lessons.Harm) error {
	excess := g.Excess(h)
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
func (a *app) showEffect(class string, e *lessons.Effect) error {
	if e.Recall != nil {
		if _, err := fmt.Fprintf(a.stdout, "\trecall of %s: %s\n", show.OneLine(class), e.Recall); err != nil {
			return err
		}
	}
	if e.Harm.Class == "" {
		_, err := fmt.Fprintln(a.stdout, "\tno sample tells yet how well the classes were known before")
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "\tclasses known before: %s; at worst %s, %s\n", change(e.Harm.Mean), show.OneLine(e.Harm.Class), change(e.Harm.Worst))
	return err
}

// change writes points that were lost as a change.
func change(lost float64) string { return fmt.Sprintf("%+.1f points", 0-lost) }

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

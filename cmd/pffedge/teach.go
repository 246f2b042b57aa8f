package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// teaching is what `pffedge teach` has been told to teach.
type teaching struct {
	class    string
	newClass bool // add it if it is not there
	atOnce   int  // samples of an operation; 0 for what suits the store
	gate     gate
}

func (a *app) teach() *cobra.Command {
	var dir string
	var t teaching
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "teach --store DIR --class NAME [SAMPLE…]",
		Short: "Teach a store's model samples of a class",
		Long: `Teach a store's model samples of a class that it knows, or, with --new-class, of one
that it then knows too. Each operation is printed once it is on the medium and
learned: no crash takes it back from then on.

A store that rehearses takes all samples as one lesson, and tells how well it knows
the class then, from samples that it held back, and what that took from others.
` + gateHelp + `

` + sampleHelp,
		Example: `  pffedge teach --store learned --class 7 seven.png
  pffedge teach --store learned --class 7 --at-once 1 - < sevens.csv
  pffedge teach --store learned --class heart --new-class hearts/`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			switch {
			case dir == "":
				return usagef("--store is missing: a store's folder, as store create makes it")
			case t.class == "":
				return usagef("--class is missing: the class that the samples are of")
			case cmd.Flags().Changed("at-once") && (t.atOnce < 1 || t.atOnce > runtime.MaxTeachSamples):
				return usagef("--at-once %d, want 1…%d", t.atOnce, runtime.MaxTeachSamples)
			}
			if err := errors.Join(t.gate.check(), a.checkThreads()); err != nil {
				return err
			}
			return a.withStore(dir, func(s *store.Store) error {
				samples, err := f.open(cmd.Context(), a, s.State.(*store.Learner).Input(), args)
				if err != nil {
					return err
				}
				return a.teachAll(cmd.Context(), s, &t, samples)
			})
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().StringVar(&t.class, "class", "", "the class of the samples")
	cmd.Flags().BoolVar(&t.newClass, "new-class", false, "add the class if the model does not have it; by an operation of its own if the store does not rehearse")
	cmd.Flags().IntVar(&t.atOnce, "at-once", 0, fmt.Sprintf("samples of an operation, which are learned together (default: all, or %d if the store does not rehearse)", runtime.TeachBatch))
	t.gate.add(cmd)
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// withStore opens the store in a folder for something to be done with it.
func (a *app) withStore(dir string, do func(*store.Store) error) error {
	s, err := store.Open(a.disk, dir, store.LoadLearner(a.threads))
	if err != nil {
		return a.adviseStore(dir, err)
	}
	a.warn(&s.Recovery)
	err = do(s)
	return a.adviseStore(dir, errors.Join(err, s.Close()))
}

// teachAll teaches samples in operations.
func (a *app) teachAll(ctx context.Context, s *store.Store, t *teaching, samples iter.Seq2[data.Sample, error]) error {
	_, whole := s.State.(*store.Learner).Rehearsal()
	whole = whole && t.atOnce == 0
	most := cmp.Or(t.atOnce, runtime.TeachBatch)
	if whole {
		most = runtime.MaxTeachSamples
	}
	var group []data.Sample
	for sample, err := range samples {
		if err != nil {
			return err // what is not a whole group is not taught
		}
		if len(group) == most {
			return hinted{fmt.Errorf("more than %d samples, the most of one lesson; nothing was learned", most), "--at-once 1000 makes several lessons of them"}
		}
		if group = append(group, sample); len(group) < most || whole {
			continue
		}
		if err := a.teachGroup(ctx, s, t, group); err != nil {
			return err
		}
		group = group[:0]
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.teachGroup(ctx, s, t, group)
}

// teachGroup does one operation, unless the group is empty, and takes a snapshot
// if one is due. A learner that does not rehearse adds the class by another.
func (a *app) teachGroup(ctx context.Context, s *store.Store, t *teaching, group []data.Sample) error {
	if len(group) == 0 {
		return nil
	}
	l := s.State.(*store.Learner)
	op := lessons.Teaching(l.Input(), t.class, group)
	if _, op.New = l.Rehearsal(); op.New {
		op.New = t.newClass
	} else if t.newClass && !slices.Contains(l.Classes(), t.class) {
		if err := a.teachOperation(ctx, s, &t.gate, &runtime.AddClass{Class: t.class}, nil); err != nil {
			return err
		}
	}
	return a.teachOperation(ctx, s, &t.gate, op, func(line *lessons.Line) { line.First = group[0].Name })
}

// teachOperation does one operation, tells of it, and of what add adds to the line,
// and takes a snapshot if one is due.
func (a *app) teachOperation(ctx context.Context, s *store.Store, g *gate, op runtime.Operation, add func(line *lessons.Line)) error {
	line := lessons.LineOf(op)
	if add != nil {
		add(&line)
	}
	err := a.carryOut(ctx, s, g, op, line)
	if err == nil && s.Due() {
		err = s.Snapshot()
	}
	return adviseTeaching(err)
}

func (a *app) showTaught(t *lessons.Line) error {
	if a.json {
		return a.print(t)
	}
	_, err := fmt.Fprintf(a.stdout, "operation %d\t%s\n", t.Operation, t.Words())
	if err == nil && t.Effect != nil {
		err = a.showEffect(t.Class, t.Effect)
	}
	return err
}

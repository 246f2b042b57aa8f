package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// correction is what `pffedge correct` has been told.
type correction struct {
	class    string
	newClass bool
	was      string
	saysWas  bool   // or the model is asked
	sample   string // the identity of a remembered one, or ""
	gate     gate
}

func (a *app) correct() *cobra.Command {
	var dir string
	var c correction
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "correct --store DIR --class RIGHT [SAMPLE…]",
		Short: "Tell a store's model that it was wrong",
		Long: `Tell the model of a store that rehearses what samples are in truth. It learns them
against the class that it took them for: --was, or what it says now. Samples taken
for different classes make an operation each. Those that it recognises already are
learned all the same, since it may be a close thing, and that is told.

With --sample, a remembered sample, named by its identity, gets another class.

` + gateHelp + `

` + sampleHelp,
		Example: `  pffedge correct --store learned --class 7 one-or-seven.png
  pffedge correct --store learned --class 7 --was 1 seven.png
  pffedge correct --store learned --class 7 --sample 1234`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			c.saysWas = cmd.Flags().Changed("was")
			asks := cmd.Flags().Changed("sample")
			switch {
			case dir == "":
				return usagef("--store is missing: a store's folder, as store create makes it")
			case c.class == "":
				return usagef("--class is missing: what the samples are")
			case c.saysWas && c.was == c.class:
				return usagef("--was %q is --class: it was right", c.was)
			case asks && (len(args) > 0 || c.saysWas || c.newClass):
				return usagef("--sample names a remembered sample: no files, --was or --new-class with it")
			}
			if err := errors.Join(c.gate.check(), a.checkThreads()); err != nil {
				return err
			}
			if asks {
				id, err := strconv.ParseUint(c.sample, 10, 64)
				if err != nil {
					return usagef("--sample %q, want the identity of a remembered sample, a number", c.sample)
				}
				return a.withStore(dir, func(s *store.Store) error { return a.relabel(cmd.Context(), s, &c, id) })
			}
			return a.withStore(dir, func(s *store.Store) error {
				samples, err := f.open(cmd.Context(), a, s.State.(*store.Learner).Input(), args)
				if err != nil {
					return err
				}
				return a.correctAll(cmd.Context(), s, &c, samples)
			})
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().StringVar(&c.class, "class", "", "what the samples are")
	cmd.Flags().StringVar(&c.was, "was", "", "`CLASS` that they were taken for (default: the model is asked)")
	cmd.Flags().BoolVar(&c.newClass, "new-class", false, "add the class if the model does not have it")
	cmd.Flags().StringVar(&c.sample, "sample", "", "`IDENTITY` of a remembered sample to correct")
	c.gate.add(cmd)
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// correctAll corrects samples, in an operation for each class that they were taken for.
func (a *app) correctAll(ctx context.Context, s *store.Store, c *correction, samples iter.Seq2[data.Sample, error]) error {
	l := s.State.(*store.Learner)
	if _, rehearses := l.Rehearsal(); !rehearses {
		return adviseTeaching(runtime.ErrNoRehearsal)
	}
	if c.saysWas && c.was != "" && !slices.Contains(l.Classes(), c.was) {
		return fmt.Errorf("--was %q is none of the model's %d classes", c.was, len(l.Classes()))
	}
	var all []data.Sample
	for sample, err := range samples {
		if err != nil {
			return err
		}
		if len(all) == runtime.MaxTeachSamples {
			return fmt.Errorf("more than %d samples at once; nothing was learned", runtime.MaxTeachSamples)
		}
		all = append(all, sample)
	}
	order, groups, err := a.takenFor(ctx, l.Learner, c, all)
	if err != nil {
		return err
	}
	for _, was := range order {
		group := groups[was]
		op := lessons.Teaching(l.Input(), c.class, group)
		fix := &runtime.Correct{Class: c.class, New: c.newClass, Was: was, Size: op.Size, Pixels: op.Pixels, Inputs: op.Inputs}
		confirms := was == c.class
		if confirms {
			fix.Was = ""
		}
		err := a.teachOperation(ctx, s, &c.gate, fix, func(line *lessons.Line) { line.First, line.Confirms = group[0].Name, confirms })
		if err != nil {
			return err
		}
	}
	return nil
}

// takenFor groups samples by what they are taken for, in the order in which that comes
// up: all of them by what has been said, if something has.
func (a *app) takenFor(ctx context.Context, l *runtime.Learner, c *correction, all []data.Sample) (order []string, groups map[string][]data.Sample, err error) {
	groups = map[string][]data.Sample{}
	if c.saysWas {
		if len(all) == 0 {
			return nil, groups, nil
		}
		return []string{c.was}, map[string][]data.Sample{c.was: all}, nil
	}
	session := l.Session()
	for lo := 0; lo < len(all); lo += maxBlock {
		block := all[lo:min(lo+maxBlock, len(all))]
		_, x := stack(block)
		p, err := session.Predict(ctx, x, runtime.Goodness)
		if err != nil {
			return nil, nil, err
		}
		for i := range block {
			best, _ := runtime.Best(p.Row(i))
			was := l.Classes()[best]
			if !slices.Contains(order, was) {
				order = append(order, was)
			}
			groups[was] = append(groups[was], block[i])
		}
	}
	return order, groups, nil
}

// relabel gives a remembered sample another class.
func (a *app) relabel(ctx context.Context, s *store.Store, c *correction, id uint64) error {
	l := s.State.(*store.Learner)
	op := &runtime.Relabel{ID: id, Class: c.class}
	if err := l.Learner.Check(op); err != nil {
		return adviseTeaching(err)
	}
	at, _ := l.Memory().Find(id)
	was := l.Classes()[l.Memory().Label(at)]
	return a.teachOperation(ctx, s, &c.gate, op, func(line *lessons.Line) { line.Was = was })
}

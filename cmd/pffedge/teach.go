package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// taught is one line of `pffedge teach --json`: an operation that is on the
// medium and learned.
type taught struct {
	Operation uint64 `json:"operation"`
	Kind      string `json:"kind"`
	Class     string `json:"class"`
	Samples   int    `json:"samples"`
	First     string `json:"first,omitempty"` // name of the first sample
}

// teaching is what `pffedge teach` has been told to teach.
type teaching struct {
	class    string
	newClass bool // add it if it is not there
	atOnce   int  // samples of an operation
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
			case t.atOnce < 1 || t.atOnce > runtime.MaxTeachSamples:
				return usagef("--at-once %d, want 1…%d", t.atOnce, runtime.MaxTeachSamples)
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			s, err := store.Open(a.disk, dir, store.LoadLearner(a.threads))
			if err != nil {
				return a.adviseStore(dir, err)
			}
			a.warn(&s.Recovery)
			samples, err := f.open(cmd.Context(), a, s.State.(*store.Learner).Input(), args)
			if err == nil {
				err = a.teachAll(cmd.Context(), s, &t, samples)
			}
			return a.adviseStore(dir, errors.Join(err, s.Close()))
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().StringVar(&t.class, "class", "", "the class of the samples")
	cmd.Flags().BoolVar(&t.newClass, "new-class", false, "add the class if the model does not have it, by an operation before the first sample")
	cmd.Flags().IntVar(&t.atOnce, "at-once", runtime.TeachBatch, "samples of an operation, which are learned together")
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// teachAll teaches samples in operations.
func (a *app) teachAll(ctx context.Context, s *store.Store, t *teaching, samples iter.Seq2[data.Sample, error]) error {
	var group []data.Sample
	for sample, err := range samples {
		if err != nil {
			return err // what is not a whole group is not taught
		}
		if group = append(group, sample); len(group) < t.atOnce {
			continue
		}
		if err := a.teachGroup(s, t, group); err != nil {
			return err
		}
		group = group[:0]
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.teachGroup(s, t, group)
}

// teachGroup does one operation, unless the group is empty, and takes a snapshot
// if one is due.
func (a *app) teachGroup(s *store.Store, t *teaching, group []data.Sample) error {
	if len(group) == 0 {
		return nil
	}
	l := s.State.(*store.Learner)
	if t.newClass && !slices.Contains(l.Classes(), t.class) {
		if err := a.teachOperation(s, &runtime.AddClass{Class: t.class}, ""); err != nil {
			return err
		}
	}
	err := a.teachOperation(s, lesson(l.Input(), t.class, group), group[0].Name)
	if errors.Is(err, runtime.ErrNoClass) {
		return hinted{err, "--new-class adds it"}
	}
	if err == nil && s.Due() {
		err = s.Snapshot()
	}
	return err
}

// teachOperation does one operation and tells of it.
func (a *app) teachOperation(s *store.Store, op runtime.Operation, first string) error {
	sequence, err := s.Do(op)
	if err != nil {
		return err
	}
	kind, class, samples := told(op)
	return a.showTaught(taught{sequence, kind, class, samples, first})
}

func (a *app) showTaught(t taught) error {
	if a.json {
		return a.print(t)
	}
	if t.Kind == kindAddClass {
		_, err := fmt.Fprintf(a.stdout, "operation %d\tclass %s added\n", t.Operation, oneLine(t.Class))
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "operation %d\t%s of %s\n", t.Operation, plural(t.Samples, "sample"), oneLine(t.Class))
	return err
}

// lesson returns the operation that teaches samples: as pixels, which take a
// quarter of the room, where the model's inputs are pixels and the samples are
// exactly such.
func lesson(in model.Input, class string, samples []data.Sample) *runtime.Teach {
	op := &runtime.Teach{Class: class, Size: in.Size()}
	for _, s := range samples {
		op.Inputs = append(op.Inputs, s.X...)
	}
	if !in.IsImage() {
		return op
	}
	pixels, again := make([]byte, len(op.Inputs)), make([]float32, len(op.Inputs))
	for i, v := range op.Inputs {
		pixels[i] = byte(math.Round(float64(v) * 255))
	}
	in.ScaleBytes(again, pixels)
	for i, v := range op.Inputs {
		if again[i] != v {
			return op
		}
	}
	op.Pixels, op.Inputs = pixels, nil
	return op
}

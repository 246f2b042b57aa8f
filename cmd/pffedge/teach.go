package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

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
	Class     string `json:"class"`
	Samples   int    `json:"samples"`
	First     string `json:"first"` // name of the first sample
}

func (a *app) teach() *cobra.Command {
	var dir, class string
	var atOnce int
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "teach --store DIR --class NAME [SAMPLE…]",
		Short: "Teach a store's model samples of a class",
		Long: `Teach a store's model samples of a class that it knows. Each operation is printed
once it is on the medium and learned: no crash takes it back from then on.

` + sampleHelp,
		Example: `  pffedge teach --store learned --class 7 seven.png
  pffedge teach --store learned --class 7 --at-once 1 - < sevens.csv`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			switch {
			case dir == "":
				return usagef("--store is missing: a store's folder, as store create makes it")
			case class == "":
				return usagef("--class is missing: the class that the samples are of")
			case atOnce < 1 || atOnce > runtime.MaxTeachSamples:
				return usagef("--at-once %d, want 1…%d", atOnce, runtime.MaxTeachSamples)
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
				err = a.teachAll(cmd.Context(), s, class, atOnce, samples)
			}
			return a.adviseStore(dir, errors.Join(err, s.Close()))
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().StringVar(&class, "class", "", "the class of the samples")
	cmd.Flags().IntVar(&atOnce, "at-once", runtime.TeachBatch, "samples of an operation, which are learned together")
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

// teachAll teaches samples in operations of atOnce.
func (a *app) teachAll(ctx context.Context, s *store.Store, class string, atOnce int, samples iter.Seq2[data.Sample, error]) error {
	var group []data.Sample
	for sample, err := range samples {
		if err != nil {
			return err // what is not a whole group is not taught
		}
		if group = append(group, sample); len(group) < atOnce {
			continue
		}
		if err := a.teachGroup(s, class, group); err != nil {
			return err
		}
		group = group[:0]
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.teachGroup(s, class, group)
}

// teachGroup does one operation, unless the group is empty, and takes a snapshot
// if one is due.
func (a *app) teachGroup(s *store.Store, class string, group []data.Sample) error {
	if len(group) == 0 {
		return nil
	}
	op := lesson(s.State.(*store.Learner).Input(), class, group)
	sequence, err := s.Do(op)
	if err != nil {
		return err
	}
	if err := a.showTaught(taught{sequence, class, op.Len(), group[0].Name}); err != nil {
		return err
	}
	if s.Due() {
		return s.Snapshot()
	}
	return nil
}

func (a *app) showTaught(t taught) error {
	if a.json {
		return a.print(t)
	}
	_, err := fmt.Fprintf(a.stdout, "operation %d\t%s of %s\n", t.Operation, plural(t.Samples, "sample"), t.Class)
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

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// mostOfClass bounds the samples of a class of a data set that the memory is offered:
// it keeps a fair part of them anyway.
const mostOfClass = 4000

// memoryFlags say what a new store remembers.
type memoryFlags struct {
	budget  string
	bits    int
	replays int
	held    float64
	noWarp  bool
	imagine int
	data    dataFlags
	bytes   int // of the budget
}

// rehearsing lists the flags that a checkpoint whose learner rehearses has settled.
var rehearsing = []string{"budget", "bits", "replays", "held", "no-warp"}

func (m *memoryFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&m.budget, "budget", "157KB", "`BYTES` for remembered samples: B, KB (1000), KiB (1024), MB, MiB; 157KB hold 3,500 MNIST digits; 0: remember none")
	f.IntVar(&m.bits, "bits", 0, "bits a remembered value has: 1, 2, 4 or 8 (0: chosen from the samples)")
	f.IntVar(&m.replays, "replays", 64, "remembered samples to learn in the same step as new ones")
	f.Float64Var(&m.held, "held", 0.1, "`share` of new samples to hold back: never learned, they tell how well a class is known")
	f.BoolVar(&m.noWarp, "no-warp", false, "neither shift nor warp images: for those whose neighbouring pixels have nothing to do with each other")
	f.IntVar(&m.imagine, "imagine", 200, "without --data: samples of each class that the model imagines for the memory")
	f.StringVar(&m.data.path, "data", "", "fill the memory with samples of this data set, the one that the model was trained on (see above)")
	f.StringVar(&m.data.label, "label", "", "CSV: name or number (from 1) of the label column (default: label, class, target or y, else the last)")
	f.StringVar(&m.data.delimiter, "delimiter", "", `CSV: the delimiter, one character or "tab" (default: detected)`)
	m.data.addOnDisk(cmd)
}

func (m *memoryFlags) check(cmd *cobra.Command) (err error) {
	if m.bytes, err = parseBytes("--budget", m.budget); err != nil {
		return err
	}
	if m.imagine < 0 || m.imagine > maxImagined {
		return usagef("--imagine %d, want 0…%d", m.imagine, maxImagined)
	}
	if m.bytes > 0 {
		return nil
	}
	for _, name := range append([]string{"data", "imagine"}, rehearsing[1:]...) {
		if cmd.Flags().Changed(name) {
			return usagef("--%s wants a --budget above 0", name)
		}
	}
	return nil
}

// rehearsal returns how the flags want a learner to rehearse.
func (m *memoryFlags) rehearsal(l *runtime.Learner) runtime.Rehearsal {
	r := runtime.NewRehearsal(m.bytes, l.Input())
	r.Bits, r.Replays, r.Held = m.bits, m.replays, m.held
	if m.noWarp {
		r.Shift, r.Warp = 0, false
	}
	return r
}

// fillMemory makes the learner of a new store rehearse and fills its memory.
func (a *app) fillMemory(cmd *cobra.Command, f *createFlags, l *runtime.Learner, made *created) error {
	m, ctx := &f.memory, cmd.Context()
	r, rehearses := l.Rehearsal()
	if rehearses {
		for _, name := range rehearsing {
			if cmd.Flags().Changed(name) {
				return usagef("--%s cannot change: %s rehearses and has settled it", name, f.path)
			}
		}
		made.Budget = r.Budget
	} else if m.bytes > 0 {
		if err := l.Rehearse(m.rehearsal(l)); err != nil {
			return err
		}
		made.Budget = m.bytes
	}
	var err error
	switch {
	case made.Budget == 0:
		return nil
	case m.data.path != "":
		err = a.rememberSet(ctx, m, l)
	case !rehearses && !f.empty.on && m.imagine > 0:
		made.Imagined, err = a.rememberImagined(ctx, m, l)
	}
	made.Remembered = l.Memory().Len()
	if held := l.Held(); held != nil {
		made.Held = held.Len()
	}
	if err == nil && made.Remembered == 0 && !f.empty.on {
		fmt.Fprintln(a.stderr, "pffedge: warning: the memory is empty: what the model knows fades until it is shown again; --data fills it")
	}
	return err
}

// rememberSet fills the memory with samples of a data set.
func (a *app) rememberSet(ctx context.Context, m *memoryFlags, l *runtime.Learner) error {
	c := &l.Live().Model().Config
	set, err := m.data.openFor(ctx, data.Train, c)
	if err != nil {
		return err
	}
	defer set.Close()
	var some []int
	seen := make([]int, len(set.Classes))
	for i, label := range set.Labels {
		if seen[label]++; seen[label] <= mostOfClass {
			some = append(some, i)
		}
	}
	part := set.Subset(some)
	if err := a.rememberAll(ctx, l, part, "remembered"); err != nil {
		return errors.Join(part.Err(), err)
	}
	return part.Err()
}

// rememberImagined fills the memory with what the model imagines, so many samples of
// each class that it has a mixture of; it returns 0 if it can imagine none.
func (a *app) rememberImagined(ctx context.Context, m *memoryFlags, l *runtime.Learner) (n int, err error) {
	model := l.Live().Model()
	if len(model.Overall) == 0 {
		return 0, nil
	}
	samples := &imaginedSamples{}
	for class := range model.Config.Classes {
		x := simd.NewMatrix(m.imagine, model.Config.Input.Size())
		err := l.Session().Imagine(ctx, x, class, model.Provenance.Seed)
		if errors.Is(err, runtime.ErrNoMixture) {
			continue // a class that was added, and has not been slept on
		}
		if err != nil {
			return 0, fmt.Errorf("imagine %s: %w", model.Config.Classes[class], err)
		}
		samples.x, samples.labels = append(samples.x, x), append(samples.labels, class)
	}
	if len(samples.x) == 0 {
		return 0, nil
	}
	return m.imagine, a.rememberAll(ctx, l, samples, "imagined samples remembered")
}

// imaginedSamples are as many samples of each of some classes, in turn.
type imaginedSamples struct {
	x      []simd.Matrix
	labels []int
}

func (s *imaginedSamples) Len() int { return len(s.x) * s.x[0].Rows }

func (s *imaginedSamples) Sample(dst []float32, i int) int {
	class := i % len(s.x)
	copy(dst, s.x[class].Row(i/len(s.x)))
	return s.labels[class]
}

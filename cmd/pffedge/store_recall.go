package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// memory is what `pffedge store show --json` says of what a store remembers.
type memory struct {
	runtime.Rehearsal
	Bytes      int          `json:"bytes"`      // of the budget, in use
	BitsNow    int          `json:"bits_now"`   // of a remembered value
	Remembered int          `json:"remembered"` // samples
	HeldBack   int          `json:"held_back"`  // samples
	Classes    []knownClass `json:"classes"`
}

// knownClass is how much of a class is remembered and, with --recall, how well it is
// known.
type knownClass struct {
	Class  string  `json:"class"`
	Taught uint64  `json:"taught"` // samples, held-back ones included
	Kept   int     `json:"kept"`
	Held   int     `json:"held"`
	Recall *recall `json:"recall,omitempty"`
}

// recall is how well a class is known, by its samples that are held back.
type recall struct {
	Right   int     `json:"right"`    // of them, recognised
	AtLeast float64 `json:"at_least"` // share of all samples of the class that this shows
	Enough  bool    `json:"enough"`
	More    *int    `json:"more"` // about so many samples more would be; null if nobody can tell

	wanted float64
}

type memoryShowFlags struct {
	recall bool
	enough float64
}

func (f *memoryShowFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.recall, "recall", false, "predict the samples held back, which takes its time")
	cmd.Flags().Float64Var(&f.enough, "enough", 0.9, "with --recall: the `share` of a class that is to be recognised")
}

func (f *memoryShowFlags) check(cmd *cobra.Command) error {
	if !(f.enough > 0 && f.enough < 1) {
		return usagef("--enough %v, want a share above 0 and below 1", f.enough)
	}
	if cmd.Flags().Changed("enough") && !f.recall {
		return usagef("--enough goes with --recall")
	}
	return nil
}

// memoryOf returns what a store remembers, nil if it remembers nothing.
func (a *app) memoryOf(ctx context.Context, dir string, f *memoryShowFlags) (*memory, error) {
	v, err := store.Read(a.disk, dir, store.LoadLearner(a.threads))
	if err != nil {
		return nil, err
	}
	defer v.Close()
	l := v.State.(*store.Learner)
	r, ok := l.Rehearsal()
	if !ok {
		return nil, nil
	}
	m := &memory{Rehearsal: r, Bytes: l.RememberedBytes(), BitsNow: l.Memory().Bits(), Remembered: l.Memory().Len(), Classes: []knownClass{}}
	if l.Held() != nil {
		m.HeldBack = l.Held().Len()
	}
	for label, name := range l.Classes() {
		k := knownClass{Class: name}
		k.Kept, k.Taught = l.Memory().Count(label)
		if l.Held() != nil {
			var held uint64
			k.Held, held = l.Held().Count(label)
			k.Taught += held
		}
		m.Classes = append(m.Classes, k)
	}
	if !f.recall {
		return m, nil
	}
	list, err := l.Recalls(ctx)
	for i := range list {
		m.Classes[i].Recall = recallOfClass(l, &list[i], f.enough)
	}
	return m, err
}

func recallOfClass(l *store.Learner, r *runtime.Recall, enough float64) *recall {
	is := &recall{Right: r.Right, AtLeast: r.AtLeast, Enough: r.Enough(enough), wanted: enough}
	if n, ok := l.More(r, enough); ok {
		is.More = &n
	}
	return is
}

// showMemory prints what a store remembers.
func showMemory(w io.Writer, m *memory) error {
	if m == nil {
		_, err := fmt.Fprintf(w, "memory\tnone: what is not shown fades\n")
		return err
	}
	fmt.Fprintf(w, "memory\t%s of %s; %s remembered with %s a value, %d held back\n", show.Bytes(int64(m.Bytes)), show.Bytes(int64(m.Budget)),
		show.Plural(m.Remembered, "sample"), show.Plural(m.BitsNow, "bit"), m.HeldBack)
	recalls := len(m.Classes) > 0 && m.Classes[0].Recall != nil
	fmt.Fprintf(w, "\nclass\ttaught\tkept\theld back\t%s\n", show.Remark(recalls, "recognised\tat least\tenough"))
	for _, k := range m.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", show.Shorten(k.Class, 40), k.Taught, k.Kept, k.Held, k.Recall.text(k.Held))
	}
	return nil
}

// text is the cells about a class's recall; none without it.
func (r *recall) text(held int) string {
	if r == nil {
		return ""
	}
	share, enough := "?", "no: too few are held back to tell"
	if held > 0 {
		share = show.Percent(float64(r.Right) / float64(held))
	}
	switch {
	case r.Enough:
		enough = "yes"
	case r.More != nil:
		enough = fmt.Sprintf("no: about %d more", *r.More)
	case held > 0 && float64(r.Right) <= r.wanted*float64(held):
		enough = "no: teach more, or sleep"
	}
	return fmt.Sprintf("%s\t%s\t%s", share, show.Percent(r.AtLeast), enough)
}

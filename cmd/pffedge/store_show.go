package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// summary is what `pffedge store show --json` prints.
type summary struct {
	Store string `json:"store"`
	*store.Info
	Operations int            `json:"operations"` // in the log, undone ones too
	Undone     int            `json:"undone"`
	Samples    map[string]int `json:"samples"` // by class, of those that count
	Added      []string       `json:"added"`   // classes that operations that count have added
	Last       []taughtBefore `json:"last"`    // operations, the oldest first
	Memory     *memory        `json:"memory,omitempty"`
}

// taughtBefore is one operation that show prints.
type taughtBefore struct {
	Operation uint64    `json:"operation"`
	Time      time.Time `json:"time"`
	Kind      string    `json:"kind"`
	Class     string    `json:"class"`
	Samples   int       `json:"samples"`
	Undone    bool      `json:"undone,omitempty"`
}

func (a *app) storeShow() *cobra.Command {
	var last int
	var f memoryShowFlags
	cmd := &cobra.Command{
		Use:   "show DIR",
		Short: "Tell what a store has been taught, and how well it knows it",
		Long: `Tell what a store has been taught and, if it remembers samples, how many of each
class. With --recall, predict those that are held back: how many are recognised, what
that shows of all samples of the class, at least, with 95 % confidence, and whether the
class has been taught enough for that to be --enough.`,
		Example: "  pffedge store show learned --last 5\n  pffedge store show learned --recall --enough 0.8",
		Args:    oneFolder,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if last < 0 {
				return usagef("--last %d, want ≥ 0", last)
			}
			if err := cmp.Or(f.check(cmd), a.checkThreads()); err != nil {
				return err
			}
			s, err := a.summarise(args[0], last)
			if err == nil {
				s.Memory, err = a.memoryOf(cmd.Context(), args[0], &f)
			}
			if err != nil {
				return a.adviseStore(args[0], err)
			}
			if a.json {
				return a.print(s)
			}
			return a.showSummary(s)
		}),
	}
	cmd.Flags().IntVar(&last, "last", 10, "show the last N operations")
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

func (a *app) summarise(dir string, last int) (*summary, error) {
	info, err := store.Stat(a.disk, dir)
	if err != nil {
		return nil, err
	}
	s := &summary{Store: dir, Info: info, Samples: map[string]int{}, Added: []string{}, Last: []taughtBefore{}}
	return s, store.Operations(a.disk, dir, func(e store.Entry) error {
		op, err := lessons.Decode(e)
		if err != nil {
			return err
		}
		kind, class, samples := told(op)
		s.Operations++
		switch {
		case e.Undone:
			s.Undone++
		case kind == kindAddClass:
			s.Added = append(s.Added, class)
		default:
			addSamples(s.Samples, op)
		}
		if len(s.Last) == last && last > 0 {
			s.Last = slices.Delete(s.Last, 0, 1)
		}
		if last > 0 {
			s.Last = append(s.Last, taughtBefore{e.Sequence, e.Time, kind, class, samples, e.Undone})
		}
		return nil
	})
}

func (a *app) showSummary(s *summary) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	closed := "closed properly"
	if !s.Sealed {
		closed = "in use, or not closed properly"
	}
	fmt.Fprintf(w, "%s\tstore %s, format version %d, %s\n", s.Store, s.Identity, s.Version, closed)
	fmt.Fprintf(w, "state\tafter operation %d\n", s.Sequence)
	fmt.Fprintf(w, "size\t%s; %s of log, at most %s\n", show.Bytes(s.Bytes), show.Bytes(s.LogBytes), show.Bytes(s.Limit))
	fmt.Fprintf(w, "snapshots\t%d of at most %d\n", len(s.Snapshots), s.Keep)
	fmt.Fprintf(w, "log\t%s%s\n", show.Plural(s.Operations, "operation"), show.Remark(s.Undone > 0, fmt.Sprintf(", %d of them undone", s.Undone)))
	if s.Torn != "" {
		fmt.Fprintf(w, "end\t%s\n", s.Torn)
	}
	for _, class := range newestOf(w, s.Added, "class added") {
		fmt.Fprintf(w, "added\tclass %s\n", show.Shorten(class, 40))
	}
	for i, class := range mostTaught(s.Samples) {
		if i == lsLimit {
			fmt.Fprintf(w, "\t… and of %d classes more\n", len(s.Samples)-i)
			break
		}
		fmt.Fprintf(w, "taught\t%s of %s\n", show.Plural(s.Samples[class], "sample"), show.Shorten(class, 40))
	}
	if err := showMemory(w, s.Memory); err != nil {
		return err
	}
	if len(s.Last) > 0 {
		fmt.Fprintln(w, "\noperation\ttime\tclass\tsamples\t")
		for _, o := range s.Last {
			class, samples := o.Class, strconv.Itoa(o.Samples)
			switch {
			case o.Kind == kindAddClass:
				samples = "added"
			case o.Kind == kindSleep:
				class, samples = "", "slept"
			case class == "":
				class = "several"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", o.Operation, stamp(o.Time), show.Shorten(class, 40), samples, show.Remark(o.Undone, "undone"))
		}
	}
	return w.Flush()
}

// mostTaught returns the classes, those with most samples first.
func mostTaught(samples map[string]int) []string {
	return slices.SortedFunc(maps.Keys(samples), func(x, y string) int {
		return cmp.Or(samples[y]-samples[x], cmp.Compare(x, y))
	})
}

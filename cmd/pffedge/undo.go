package main

import (
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// undone is what `pffedge undo --json` prints.
type undone struct {
	Store string `json:"store"`
	*store.Rolled
	Operations []lessons.Listed `json:"operations"` // that were undone, the newest first
}

// undoListed is how many operations undo --list shows.
const undoListed = 10

func (a *app) undo() *cobra.Command {
	var dir string
	var list bool
	cmd := &cobra.Command{
		Use:   "undo --store DIR [N]",
		Short: "Undo the last operations of a store",
		Long: `Undo the last operation of a store, or the last N, exactly: the model gets the bits
back that it had before, by snapshot and log. A sleep counts as one, however many
parts it had. With --list, show the last operations, or the last N, instead.

What is undone stays in the log until the store is compacted, and comes back by
"pffedge store rollback". To take out an operation that others came after, see
"pffedge forget --operation".`,
		Example: `  pffedge undo --store learned
  pffedge undo --store learned --list
  pffedge undo --store learned 3`,
		Args: cobra.MaximumNArgs(1),
		RunE: doing(func(_ *cobra.Command, args []string) error {
			if dir == "" {
				return usagef("--store is missing: a store's folder, as store create makes it")
			}
			n := 1
			if list {
				n = undoListed
			}
			if len(args) > 0 {
				var err error
				if n, err = strconv.Atoi(args[0]); err != nil || n < 1 {
					return usagef("%q operations to undo, want a number from 1", args[0])
				}
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			units, err := lessons.History(a.disk, dir, n)
			switch {
			case err != nil:
				return a.adviseStore(dir, err)
			case list:
				return a.listUnits(units)
			}
			return a.adviseStore(dir, a.undoUnits(dir, n, units))
		}),
	}
	cmd.Flags().StringVar(&dir, "store", "", "the store's folder")
	cmd.Flags().BoolVar(&list, "list", false, "show the last operations and undo nothing")
	a.addThreads(cmd)
	return cmd
}

func (a *app) undoUnits(dir string, n int, units []lessons.Unit) error {
	if len(units) < n {
		return fmt.Errorf("%s: the log has %s that can be undone, not %d", dir, show.Plural(len(units), "operation"), n)
	}
	from, to := units[len(units)-1].Last, units[0].Before
	r, err := store.RollbackFrom(a.disk, dir, from, to, store.LoadLearner(a.threads))
	if err != nil {
		return err
	}
	slices.Reverse(units)
	if a.json {
		out := undone{dir, r, nil}
		for i := range units {
			out.Operations = append(out.Operations, units[i].Listed())
		}
		return a.print(out)
	}
	for i := range units {
		if _, err := fmt.Fprintf(a.stdout, "undone\t%s\n", units[i].Named()); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.stdout, "%s: state after operation %d; pffedge store rollback --to %d %s brings back what was undone\n", dir, r.To, r.From, shellQuote(dir))
	return err
}

// listUnits shows the last operations, and how to undo back to each.
func (a *app) listUnits(units []lessons.Unit) error {
	if a.json {
		for i := range units {
			if err := a.print(units[i].Listed()); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i := range units {
		fmt.Fprintf(w, "%s\tundo %d\n", units[i].Named(), len(units)-i)
	}
	return w.Flush()
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// undoneUnit is what can be undone at once: an operation, or all parts of a sleep.
type undoneUnit struct {
	First   uint64 `json:"first"` // operation
	Last    uint64 `json:"last"`
	Kind    string `json:"kind"`
	Class   string `json:"class"`
	Was     string `json:"was,omitempty"`
	Samples int    `json:"samples"`
	Steps   int    `json:"steps,omitempty"` // of a sleep
}

func (u *unit) listed() undoneUnit {
	return undoneUnit{u.first, u.last, u.line.Kind, u.line.Class, u.line.Was, u.line.Samples, u.steps}
}

// undone is what `pffedge undo --json` prints.
type undone struct {
	Store string `json:"store"`
	*store.Rolled
	Operations []undoneUnit `json:"operations"` // that were undone, the newest first
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
			units, err := a.lastUnits(dir, n)
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

// lastUnits returns the last n things in the log that count, the oldest first.
func (a *app) lastUnits(dir string, n int) ([]unit, error) {
	var units []unit
	err := store.Operations(a.disk, dir, func(e store.Entry) error {
		if e.Undone {
			return nil
		}
		op, err := decodeEntry(e)
		if err != nil {
			return err
		}
		units = newest(addUnit(units, e.Sequence, e.After, op), n)
		return nil
	})
	return units, err
}

func (a *app) undoUnits(dir string, n int, units []unit) error {
	if len(units) < n {
		return fmt.Errorf("%s: the log has %s that can be undone, not %d", dir, plural(len(units), "operation"), n)
	}
	from, to := units[len(units)-1].last, units[0].before
	r, err := store.RollbackFrom(a.disk, dir, from, to, store.LoadLearner(a.threads))
	if err != nil {
		return err
	}
	slices.Reverse(units)
	if a.json {
		out := undone{dir, r, nil}
		for i := range units {
			out.Operations = append(out.Operations, units[i].listed())
		}
		return a.print(out)
	}
	for i := range units {
		if _, err := fmt.Fprintf(a.stdout, "undone\t%s\n", units[i].named()); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.stdout, "%s: state after operation %d; pffedge store rollback --to %d %s brings back what was undone\n", dir, r.To, r.From, shellQuote(dir))
	return err
}

// named names the operations of u, and says what they are.
func (u *unit) named() string {
	if u.first == u.last {
		return fmt.Sprintf("operation %d\t%s", u.first, u.words())
	}
	return fmt.Sprintf("operations %d…%d\t%s", u.first, u.last, u.words())
}

// listUnits shows the last operations, and how to undo back to each.
func (a *app) listUnits(units []unit) error {
	if a.json {
		for i := range units {
			if err := a.print(units[i].listed()); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i := range units {
		fmt.Fprintf(w, "%s\tundo %d\n", units[i].named(), len(units)-i)
	}
	return w.Flush()
}

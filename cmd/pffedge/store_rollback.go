package main

import (
	"fmt"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// rolledBack is what `pffedge store rollback --json` prints.
type rolledBack struct {
	Store string `json:"store"`
	*store.Rolled
}

func (a *app) storeRollback() *cobra.Command {
	var to uint64
	cmd := &cobra.Command{
		Use:   "rollback --to N DIR",
		Short: "Go back to the state after an operation",
		Long: `Go back to the state after operation N, 0 for the beginning, and tell how many
operations that undoes. It is the way out of damage too, if a snapshot and the
log lead to N. What is undone stays in the log and can come back, by rolling to
one of its operations, until the store is compacted.`,
		Example: "  pffedge store rollback --to 17 learned",
		Args:    oneFolder,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("to") {
				return usagef("--to is missing: the operation to go back to")
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			r, err := store.Rollback(a.disk, args[0], to, store.LoadLearner(a.threads))
			if err != nil {
				return a.adviseStore(args[0], err)
			}
			if a.json {
				return a.print(rolledBack{args[0], r})
			}
			_, err = fmt.Fprintf(a.stdout, "%s: state after operation %d; %s undone%s%s\n", args[0], r.To, show.Plural(int(r.Undone), "operation"),
				show.Remark(r.Redone > 0, fmt.Sprintf(", %d redone", r.Redone)),
				show.Remark(r.Damaged, ", and perhaps more that the damage hides"))
			return err
		}),
	}
	cmd.Flags().Uint64Var(&to, "to", 0, "the last operation that is to count")
	a.addThreads(cmd)
	return cmd
}

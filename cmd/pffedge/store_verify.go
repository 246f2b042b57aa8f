package main

import (
	"fmt"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// storeReport is what `pffedge store verify --json` prints.
type storeReport struct {
	Store string `json:"store"`
	*store.Report
}

func (a *app) storeVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Read everything in a store and tell what is damaged",
		Long: `Read every snapshot and every operation in a store, make its state anew, and tell
what is damaged. Nothing is changed. Exit status 1 says that there is damage.`,
		Example: "  pffedge store verify learned",
		Args:    oneFolder,
		RunE: doing(func(_ *cobra.Command, args []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			r, err := store.Verify(a.disk, args[0], store.LoadLearner(a.threads), func(e store.Entry) error {
				_, err := lessons.Decode(e)
				return err
			})
			if err != nil {
				return a.adviseStore(args[0], err)
			}
			if err := a.showReport(args[0], r); err != nil {
				return err
			}
			if len(r.Damage) == 0 {
				return nil
			}
			err = fmt.Errorf("%s: %w: %s", args[0], store.ErrDamaged, show.Plural(len(r.Damage), "finding"))
			if r.Opens {
				return hinted{err, "its state is whole all the same; pffedge store compact " + shellQuote(args[0]) + " keeps that and drops the rest"}
			}
			return a.adviseStore(args[0], err)
		}),
	}
	a.addThreads(cmd)
	return cmd
}

func (a *app) showReport(dir string, r *store.Report) error {
	if a.json {
		return a.print(storeReport{dir, r})
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s and %s read%s\n", dir, show.Plural(r.Snapshots, "snapshot"), show.Plural(r.Operations, "operation"),
		show.Remark(r.Undone > 0, fmt.Sprintf(", %d of them undone", r.Undone)))
	for _, line := range r.Damage {
		if err == nil {
			_, err = fmt.Fprintln(a.stdout, show.OneLine(line))
		}
	}
	return err
}

package main

import (
	"fmt"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// compacted is what `pffedge store compact --json` prints.
type compacted struct {
	Store    string `json:"store"`
	Sequence uint64 `json:"sequence"` // of the last operation
	Before   int64  `json:"bytes_before"`
	After    int64  `json:"bytes_after"`
}

func (a *app) storeCompact() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compact DIR",
		Short: "Take a snapshot and drop everything before it",
		Long: `Take a snapshot of a store's state, read it back, and drop everything else: older
snapshots, the operations before it, and what rollbacks have undone.`,
		Example: "  pffedge store compact learned",
		Args:    oneFolder,
		RunE: doing(func(_ *cobra.Command, args []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			c, err := a.compact(args[0])
			if err != nil {
				return a.adviseStore(args[0], err)
			}
			if a.json {
				return a.print(c)
			}
			_, err = fmt.Fprintf(a.stdout, "%s: state after operation %d kept; %s before, %s now\n", c.Store, c.Sequence, show.Bytes(c.Before), show.Bytes(c.After))
			return err
		}),
	}
	a.addThreads(cmd)
	return cmd
}

func (a *app) compact(dir string) (c *compacted, err error) {
	before, err := store.Stat(a.disk, dir)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(a.disk, dir, store.LoadLearner(a.threads))
	if err != nil {
		return nil, err
	}
	a.warn(&s.Recovery)
	err = s.Compact()
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	after, err := store.Stat(a.disk, dir)
	if err != nil {
		return nil, err
	}
	return &compacted{dir, after.Sequence, before.Bytes, after.Bytes}, nil
}

package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// storeListing is what `pffedge store ls --json` prints.
type storeListing struct {
	Store string `json:"store"`
	*store.Info
}

// lsLimit bounds the files of a kind that ls lists for people.
const lsLimit = 20

func (a *app) storeLs() *cobra.Command {
	return &cobra.Command{
		Use:     "ls DIR",
		Short:   "List a store's snapshots and log",
		Example: "  pffedge store ls learned",
		Args:    oneFolder,
		RunE: doing(func(_ *cobra.Command, args []string) error {
			info, err := store.Stat(a.disk, args[0])
			if info == nil {
				return a.adviseStore(args[0], err)
			}
			// A damaged store is listed: that is how one finds a way back.
			if printErr := a.showListing(args[0], info); printErr != nil {
				return printErr
			}
			return a.adviseStore(args[0], err)
		}),
	}
}

func (a *app) showListing(dir string, info *store.Info) error {
	if a.json {
		return a.print(storeListing{dir, info})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\toperations\tsize\t")
	snapshots := newestOf(w, info.Snapshots, "snapshot")
	for _, s := range snapshots {
		fmt.Fprintf(w, "%s\tup to %d\t%s\t%s\n", s.File, s.Sequence, show.Bytes(s.Bytes), show.Remark(s.Undone, "undone"))
	}
	next := info.Next // sequence number behind a segment
	lines := make([]string, len(info.Segments))
	for i, s := range slices.Backward(info.Segments) {
		span, note := "none", s.Damage
		switch {
		case s.Damage != "":
			span = "?"
		case s.First < next:
			span = fmt.Sprintf("%d…%d", s.First, next-1)
		}
		if s.Rollback {
			note = fmt.Sprintf("a rollback to %d", s.Parent)
		}
		if s.Damage == "" {
			next = s.First
		}
		lines[i] = fmt.Sprintf("%s\t%s\t%s\t%s", s.File, span, show.Bytes(s.Bytes), note)
	}
	for _, line := range newestOf(w, lines, "log segment") {
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}

// newestOf returns the last lsLimit of a list, and tells how many there are
// before.
func newestOf[T any](w *tabwriter.Writer, list []T, thing string) []T {
	before := max(len(list)-lsLimit, 0)
	if before > 0 {
		fmt.Fprintf(w, "…\t%s before\t\t\n", show.Plural(before, thing))
	}
	return list[before:]
}

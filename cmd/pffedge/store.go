package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// storeCommand groups what concerns learning stores.
func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Keep what a device learns through power cuts",
		Long: `Keep what a device learns through power cuts. A store is a folder with snapshots
of a model and a log of what it has been taught since: what "pffedge teach" has
acknowledged is on the medium, and no crash takes it back. "pffedge predict" and
"pffedge eval" take a store's folder as --model.`,
		Example: `  pffedge store create --model mnist.pff learned
  pffedge teach --store learned --class 7 seven.png
  pffedge store show learned`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.storeCreate(), a.storeLs(), a.storeShow(), a.storeSamples(), a.storeVerify(), a.storeCompact(), a.storeRollback(), a.storeExport())
	return cmd
}

// oneFolder wants one argument.
func oneFolder(_ *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return fmt.Errorf("name one folder of a store")
	}
	return nil
}

// adviseStore adds what to do about an error with the store in a folder.
func (a *app) adviseStore(dir string, err error) error {
	folder := shellQuote(dir)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotStore):
		return hinted{err, "make a store with: pffedge store create --model FILE.pff " + folder}
	case errors.Is(err, store.ErrFull):
		return hinted{err, "make room with: pffedge store compact " + folder}
	case errors.Is(err, store.ErrVersion), errors.Is(err, durable.ErrLocked), errors.Is(err, store.ErrUnreachable):
		return err
	case errors.Is(err, store.ErrState):
		return hinted{err, fmt.Sprintf("pffedge store rollback --to N %s goes back to an operation N before it", folder)}
	case errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrForeign), errors.Is(err, store.ErrTooLarge):
		n, wrong := store.Intact(a.disk, dir, store.LoadLearner(1))
		if wrong != nil {
			return err
		}
		return hinted{err, fmt.Sprintf("pffedge store rollback --to %d %s goes back to the last operation before the damage", n, folder)}
	}
	return err
}

// warn tells what opening a store found.
func (a *app) warn(r *store.Recovery) {
	for _, line := range r.Warnings() {
		fmt.Fprintf(a.stderr, "pffedge: warning: %s\n", show.OneLine(line))
	}
}

// isStore tells whether a path is a folder, which --model takes for a store.
func isStore(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// readStore returns the state of a store as a model.
func (a *app) readStore(dir string) (*model.Model, error) {
	v, err := store.Read(a.disk, dir, store.LoadLearner(a.threads))
	if err != nil {
		return nil, a.adviseStore(dir, err)
	}
	defer v.Close()
	a.warn(&v.Recovery)
	return v.State.(*store.Learner).Snapshot(), nil
}

// What the commands call operations.
const (
	kindTeach    = "teach"
	kindAddClass = "add-class"
	kindLearn    = "learn"
	kindSleep    = "sleep"
)

// told returns what an operation is called, its class if it has one, and how many
// samples it has.
func told(op runtime.Operation) (kind, class string, samples int) {
	switch o := op.(type) {
	case *runtime.Teach:
		return kindTeach, o.Class, o.Len()
	case *runtime.AddClass:
		return kindAddClass, o.Class, 0
	case *runtime.Learn:
		if len(o.Classes) == 1 {
			class = o.Classes[0]
		}
		return kindLearn, class, o.Len()
	case *runtime.Sleep:
		return kindSleep, "", 0
	}
	line := lessons.LineOf(op)
	if op.Kind() != runtime.KindCorrect { // what shows no samples
		line.Samples = 0
	}
	return line.Kind, line.Class, line.Samples
}

// addSamples counts the samples of an operation by class.
func addSamples(samples map[string]int, op runtime.Operation) {
	if o, ok := op.(*runtime.Learn); ok {
		for _, label := range o.Labels {
			samples[o.Classes[label]]++
		}
		return
	}
	if _, class, n := told(op); n > 0 {
		samples[class] += n
	}
}

// stamp prints an entry's time.
func stamp(t time.Time) string { return t.Local().Format(time.DateTime) }

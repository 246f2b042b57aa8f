package main

import (
	"bufio"
	"encoding/json"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// exported is a line of `pffedge store export`.
type exported struct {
	Operation uint64      `json:"operation"`
	Time      time.Time   `json:"time"`
	Kind      string      `json:"kind"` // see told
	Class     string      `json:"class"`
	Classes   []string    `json:"classes,omitempty"` // of what was learned from a stream: that of each sample
	Pixels    [][]uint16  `json:"pixels,omitempty"`  // 0…255, a sample a row
	Inputs    [][]float32 `json:"inputs,omitempty"`  // 0…1, if not pixels
	Undone    bool        `json:"undone,omitempty"`
}

func (a *app) storeExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Print a store's operations with their samples, and write its state to a file",
		Long: `Print the operations in a store's log, undone ones too, as JSON, one a line, with
their samples. With --out, write the store's state to a file: a checkpoint, which
every command takes as a model.`,
		Example: "  pffedge store export learned --out learned.pff > taught.jsonl",
		Args:    oneFolder,
		RunE: doing(func(_ *cobra.Command, args []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			if out != "" {
				if err := a.exportState(args[0], out); err != nil {
					return a.adviseStore(args[0], err)
				}
			}
			w := bufio.NewWriter(a.stdout)
			lines := json.NewEncoder(w)
			err := store.Operations(a.disk, args[0], func(e store.Entry) error {
				op, err := lessons.Decode(e)
				if err != nil {
					return err
				}
				return lines.Encode(export(e, op))
			})
			if flushErr := w.Flush(); flushErr != nil {
				return flushErr
			}
			return a.adviseStore(args[0], err)
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "write the state to this `FILE.pff`")
	a.addThreads(cmd)
	return cmd
}

// exportState writes a store's state as a checkpoint.
func (a *app) exportState(dir, out string) error {
	v, err := store.Read(a.disk, dir, store.LoadLearner(a.threads))
	if err != nil {
		return err
	}
	defer v.Close()
	a.warn(&v.Recovery)
	c, err := v.State.(*store.Learner).Checkpoint()
	if err != nil {
		return err
	}
	return model.SaveCheckpoint(out, c)
}

func export(e store.Entry, of runtime.Operation) exported {
	kind, class, _ := told(of)
	x := exported{Operation: e.Sequence, Time: e.Time, Kind: kind, Class: class, Undone: e.Undone}
	var size int
	var pixels []byte
	var inputs []float32
	switch op := of.(type) {
	case *runtime.Teach:
		size, pixels, inputs = op.Size, op.Pixels, op.Inputs
	case *runtime.Correct:
		size, pixels, inputs = op.Size, op.Pixels, op.Inputs
	case *runtime.Learn:
		size, pixels, inputs = op.Size, op.Pixels, op.Inputs
		for _, label := range op.Labels {
			x.Classes = append(x.Classes, op.Classes[label])
		}
	default:
		return x
	}
	for i := range max(len(pixels), len(inputs)) / size {
		lo, hi := i*size, (i+1)*size
		if inputs != nil {
			x.Inputs = append(x.Inputs, inputs[lo:hi])
			continue
		}
		row := make([]uint16, 0, size)
		for _, p := range pixels[lo:hi] {
			row = append(row, uint16(p))
		}
		x.Pixels = append(x.Pixels, row)
	}
	return x
}

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// reconstruction is one line of `pffedge reconstruct --json`.
type reconstruction struct {
	Name           string    `json:"name"`
	Error          float64   `json:"error"`          // sum of squared differences, inputs scaled to 0…1
	Reconstruction []float32 `json:"reconstruction"` // scaled to 0…1

	input []float32
}

func (a *app) reconstruct() *cobra.Command {
	var path, out string
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "reconstruct --model FILE.pff [SAMPLE…]",
		Short: "Reconstruct samples from the model's top layer",
		Long: `Pass samples up to the model's top layer and back down its generative circuit,
and show how much of them comes back. Vectors come back as CSV, in their own
units with the sample's name behind them.

` + sampleHelp,
		Example: `  pffedge reconstruct --model mnist.pff --out grid.png digit1.png digit2.png
  pffedge reconstruct --model iris.pff < flowers.csv`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			opened, err := a.openSession(path)
			if err != nil {
				return err
			}
			defer opened.Close()
			session := opened.Session
			in := session.Model().Config.Input
			if out != "" && !in.IsImage() {
				return usagef("--out writes a picture, and the model takes %s", in)
			}
			samples, err := f.open(cmd.Context(), a, in, args)
			if err != nil {
				return err
			}
			var all []reconstruction
			err = inBlocks(cmd.Context(), samples, func(names []string, x simd.Matrix) error {
				block, err := reconstructBlock(cmd.Context(), session, names, x)
				if err != nil {
					return err
				}
				if out != "" {
					all = append(all, block...)
				}
				return a.showReconstructions(session, block)
			})
			if err != nil || out == "" {
				return err
			}
			return saveGrid(out, reconstructionGrid(session, all))
		}),
	}
	addModel(cmd, &path)
	cmd.Flags().StringVar(&out, "out", "", "PNG to write: inputs above their reconstructions")
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

func reconstructBlock(ctx context.Context, session *runtime.Session, names []string, x simd.Matrix) ([]reconstruction, error) {
	y := simd.NewMatrix(x.Rows, x.Cols)
	if err := session.Reconstruct(ctx, y, x); err != nil {
		return nil, err
	}
	block := make([]reconstruction, x.Rows)
	for i := range block {
		block[i] = reconstruction{names[i], evaluate.SquaredError(x.Row(i), y.Row(i)), y.Row(i), x.Row(i)}
	}
	return block, nil
}

// showReconstructions prints a block: JSON, drawings, or CSV.
func (a *app) showReconstructions(session *runtime.Session, block []reconstruction) error {
	in := session.Model().Config.Input
	vectors := newVectorWriter(a.stdout, in)
	for _, r := range block {
		var err error
		switch {
		case a.json:
			r.Reconstruction = r.Reconstruction[:in.Values()]
			err = a.print(r)
		case !in.IsImage():
			err = vectors.write(r.Name, r.Reconstruction)
		default:
			if _, err = fmt.Fprintf(a.stdout, "%s: error %.2f\n", r.Name, r.Error); err == nil {
				err = a.draw(in, [][]float32{r.input, r.Reconstruction}, []string{"input", "reconstruction"})
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gridColumns is how many samples stand side by side in a picture.
const gridColumns = 16

// reconstructionGrid lays inputs above their reconstructions.
func reconstructionGrid(session *runtime.Session, all []reconstruction) *show.Grid {
	in := session.Model().Config.Input
	g := &show.Grid{Width: in.Width, Height: in.Height}
	for part := range slices.Chunk(all, gridColumns) {
		inputs, outputs := show.GridRow{Label: "input"}, show.GridRow{Label: "reconstruction"}
		for _, r := range part {
			inputs.Images = append(inputs.Images, r.input)
			outputs.Images = append(outputs.Images, r.Reconstruction)
		}
		g.Rows = append(g.Rows, inputs, outputs)
	}
	return g
}

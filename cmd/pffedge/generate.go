package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// maxImagined bounds the samples imagined at once, and so the memory they
// take.
const maxImagined = 10_000

// imagined is one line of `pffedge generate --json`.
type imagined struct {
	Class  string    `json:"class,omitempty"` // empty: of no particular class
	Values []float32 `json:"values"`          // scaled to 0…1
}

func (a *app) generate() *cobra.Command {
	var path, class, out string
	var count int
	var seed uint64
	var anyClass, unchecked bool
	cmd := &cobra.Command{
		Use:   "generate --model FILE.pff",
		Short: "Imagine new samples",
		Long: `Draw new samples from the model's latent mixtures: some of each class, of one
class (--class), or of the training set as a whole (--any). A sample that the
model itself takes for another class is drawn anew, up to 8 times, unless
--unchecked. Vectors are printed as CSV in their own units, the class behind
them.`,
		Example: `  pffedge generate --model mnist.pff --count 12 --out imagined.png
  pffedge generate --model mnist.pff --class 7 --json`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			if count < 1 || count > maxImagined {
				return usagef("--count %d, want 1…%d", count, maxImagined)
			}
			if anyClass && class != "" {
				return usagef("--any and --class exclude each other")
			}
			opened, err := a.openSession(path)
			if err != nil {
				return err
			}
			defer opened.Close()
			session := opened.Session
			c := &session.Model().Config
			if out != "" && !c.Input.IsImage() {
				return usagef("--out writes a picture, and the model takes %s", c.Input)
			}
			classes, err := chosenClasses(c.Classes, class, anyClass)
			if err != nil {
				return err
			}
			draw := session.Imagine
			if unchecked {
				draw = session.ImagineUnchecked
			}
			return a.imagine(cmd.Context(), session, draw, classes, count, seed, out)
		}),
	}
	addModel(cmd, &path)
	fl := cmd.Flags()
	fl.StringVar(&class, "class", "", "class to imagine (default: each)")
	fl.BoolVar(&anyClass, "any", false, "imagine samples of no particular class")
	fl.BoolVar(&unchecked, "unchecked", false, "keep samples that the model itself takes for another class")
	fl.IntVar(&count, "count", 8, "samples to imagine, of each class")
	fl.StringVar(&out, "out", "", "PNG to write")
	fl.Uint64Var(&seed, "seed", 0, "seed of the samples")
	a.addThreads(cmd)
	return cmd
}

// chosenClasses returns the labels to imagine.
func chosenClasses(names []string, class string, anyClass bool) ([]int, error) {
	if anyClass {
		return []int{runtime.AnyClass}, nil
	}
	if class != "" {
		i := slices.Index(names, class)
		if i < 0 {
			return nil, usagef("--class %q: the model knows %s", class, show.Shorten(strings.Join(names, ", "), 200))
		}
		return []int{i}, nil
	}
	all := make([]int, len(names))
	for i := range all {
		all[i] = i
	}
	return all, nil
}

// drawing is Session.Imagine or Session.ImagineUnchecked.
type drawing func(ctx context.Context, dst simd.Matrix, class int, seed uint64) error

// imagine draws count samples of each class and shows them.
func (a *app) imagine(ctx context.Context, session *runtime.Session, draw drawing, classes []int, count int, seed uint64, out string) error {
	in := session.Model().Config.Input
	grid := &show.Grid{Width: in.Width, Height: in.Height}
	for _, class := range classes {
		name := ""
		if class != runtime.AnyClass {
			name = session.Model().Config.Classes[class]
		}
		x := simd.NewMatrix(count, in.Size())
		if err := draw(ctx, x, class, seed); err != nil {
			return fmt.Errorf("imagine %s: %w", name, err)
		}
		row := show.GridRow{Label: name, Images: rowsOf(x)}
		if out != "" {
			grid.Rows = append(grid.Rows, row)
		}
		if err := a.showImagined(session, row, out != ""); err != nil {
			return err
		}
	}
	if out == "" {
		return nil
	}
	return saveGrid(out, grid)
}

// showImagined prints the samples of a class: JSON, CSV, or drawings unless
// they go to a picture.
func (a *app) showImagined(session *runtime.Session, row show.GridRow, pictured bool) error {
	in := session.Model().Config.Input
	if in.IsImage() && !a.json {
		if pictured {
			return nil
		}
		if row.Label != "" {
			fmt.Fprintf(a.stdout, "%s\n", row.Label)
		}
		return a.draw(in, row.Images, nil)
	}
	vectors := newVectorWriter(a.stdout, in)
	for _, x := range row.Images {
		var err error
		if a.json {
			err = a.print(imagined{row.Label, x[:in.Values()]})
		} else {
			err = vectors.write(row.Label, x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsOf returns the rows of x.
func rowsOf(x simd.Matrix) [][]float32 {
	rows := make([][]float32, x.Rows)
	for i := range rows {
		rows[i] = x.Row(i)
	}
	return rows
}

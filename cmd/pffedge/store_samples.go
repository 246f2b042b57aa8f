package main

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/spf13/cobra"
)

// rememberedSample is one line of `pffedge store samples --json`.
type rememberedSample struct {
	ID     uint64    `json:"id"`
	Class  string    `json:"class"`
	Values []float32 `json:"values,omitempty"` // with --values: scaled to 0…1
}

// samplesFlags say which remembered samples to show, and how.
type samplesFlags struct {
	dir, class, png, out string
	values               bool
}

// samplesAbreast is how many samples of a class stand in one row of a picture, and
// samplesRows how many rows a class may have.
const (
	samplesAbreast = 20
	samplesRows    = 10
)

func (a *app) storeSamples() *cobra.Command {
	var f samplesFlags
	cmd := &cobra.Command{
		Use:   "samples --store DIR",
		Short: "Show the samples that a store remembers",
		Long: fmt.Sprintf(`List the samples that a store remembers, to be learned again: the identity that each
has for as long as it is remembered, and its class. With --png, put those that are
images into a picture, the newest %d of a class at most; with --out, write each to a
file ID.png in a folder of its class.`, samplesAbreast*samplesRows),
		Example: `  pffedge store samples --store learned --class 7 --png sevens.png
  pffedge store samples --store learned --json --values`,
		Args: noArgs,
		RunE: doing(func(_ *cobra.Command, _ []string) error {
			switch {
			case f.dir == "":
				return usagef("--store is missing: a store's folder, as store create makes it")
			case f.png != "" && f.out != "":
				return usagef("--png and --out exclude each other")
			case f.values && !a.json:
				return usagef("--values goes with --json")
			}
			if err := a.checkThreads(); err != nil {
				return err
			}
			return a.adviseStore(f.dir, a.showSamples(&f))
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.dir, "store", "", "the store's folder")
	fl.StringVar(&f.class, "class", "", "only samples of this class")
	fl.StringVar(&f.png, "png", "", "put the samples into this picture, a `FILE.png`")
	fl.StringVar(&f.out, "out", "", "write the samples to files in this `FOLDER`")
	fl.BoolVar(&f.values, "values", false, "print the values too, with --json")
	a.addThreads(cmd)
	return cmd
}

func (a *app) showSamples(f *samplesFlags) error {
	v, err := store.Read(a.disk, f.dir, store.LoadLearner(a.threads))
	if err != nil {
		return err
	}
	defer v.Close()
	a.warn(&v.Recovery)
	l := v.State.(*store.Learner)
	if err := needRehearsal(l); err != nil {
		return err
	}
	in := l.Input()
	if (f.png != "" || f.out != "") && !in.IsImage() {
		return usagef("--png and --out write pictures, and the model takes %s", in)
	}
	labels, err := chosenClasses(l.Classes(), f.class, false)
	if err != nil {
		return err
	}
	switch {
	case f.png != "":
		return saveSamples(f.png, in, l.Memory(), l.Classes(), labels)
	case f.out != "":
		return writeSamples(f.out, in, l.Memory(), l.Classes(), labels)
	}
	return a.listSamples(l.Memory(), l.Classes(), labels, f.values)
}

// listSamples prints a line for every sample.
func (a *app) listSamples(m *replay.Memory, classes []string, labels []int, values bool) error {
	out := bufio.NewWriter(a.stdout)
	lines := &app{stdout: out}
	for _, label := range labels {
		for i, end := m.Range(label); i < end; i++ {
			s := rememberedSample{ID: m.ID(i), Class: classes[label]}
			if values {
				s.Values = make([]float32, m.Inputs())
				m.Sample(s.Values, i)
			}
			var err error
			if a.json {
				err = lines.print(s)
			} else {
				_, err = fmt.Fprintf(out, "%d\t%s\n", s.ID, show.OneLine(s.Class))
			}
			if err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// saveSamples writes a picture of the newest samples of each class.
func saveSamples(path string, in model.Input, m *replay.Memory, classes []string, labels []int) error {
	grid := &show.Grid{Width: in.Width, Height: in.Height}
	for _, label := range labels {
		first, end := m.Range(label)
		first = max(first, end-samplesAbreast*samplesRows)
		name := classes[label]
		for lo := first; lo < end; lo += samplesAbreast {
			row := show.GridRow{Label: name}
			for i := lo; i < min(lo+samplesAbreast, end); i++ {
				x := make([]float32, m.Inputs())
				m.Sample(x, i)
				row.Images = append(row.Images, x)
			}
			grid.Rows, name = append(grid.Rows, row), ""
		}
	}
	if len(grid.Rows) == 0 {
		return fmt.Errorf("no samples are remembered that could be shown")
	}
	return saveGrid(path, grid)
}

// writeSamples writes each sample to a file in a folder of its class. The folder must
// not be there: what it held would be taken for samples.
func writeSamples(dir string, in model.Input, m *replay.Memory, classes []string, labels []int) error {
	for _, label := range labels {
		if name := classes[label]; name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00:") {
			return fmt.Errorf("class %q cannot be the name of a folder; choose others with --class, or --png", name)
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	x := make([]float32, m.Inputs())
	for _, label := range labels {
		folder := filepath.Join(dir, classes[label])
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
		for i, end := m.Range(label); i < end; i++ {
			m.Sample(x, i)
			path := filepath.Join(folder, fmt.Sprintf("%d.png", m.ID(i)))
			if err := model.WriteFileAtomic(path, func(w io.Writer) error { return png.Encode(w, grey(in, x)) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// grey returns a sample as a picture.
func grey(in model.Input, x []float32) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, in.Width, in.Height))
	for i, v := range x {
		picture.Pix[i] = uint8(math.Round(float64(v) * 255))
	}
	return picture
}

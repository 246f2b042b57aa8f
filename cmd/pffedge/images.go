package main

import (
	"encoding/csv"
	"io"
	"os"
	"strconv"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"golang.org/x/term"
)

// saveGrid writes a picture of images to path.
func saveGrid(path string, g *show.Grid) error {
	return model.WriteFileAtomic(path, func(w io.Writer) error { return g.WritePNG(w) })
}

// drawnWidth is how many columns a drawn image takes.
const drawnWidth = 18

// draw draws images with captions on standard output, in colour if that is a
// terminal.
func (a *app) draw(in model.Input, images [][]float32, captions []string) error {
	return show.DrawRow(a.stdout, images, in.Width, in.Height, show.DrawOptions{
		Color:    show.DetectColor(os.Getenv, isTerminal(a.stdout)),
		Columns:  a.columns(),
		MaxWidth: drawnWidth,
		Captions: captions,
	})
}

// abreast returns how many drawn images stand side by side.
func (a *app) abreast() int {
	const gap = 2
	return max((a.columns()+gap)/(drawnWidth+gap), 1)
}

// columns returns the width of the terminal, or what a log may have.
func (a *app) columns() int {
	const inLog = 120
	if f, ok := a.stdout.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return inLog
}

// vectorWriter writes feature vectors in their raw units as CSV, each behind
// a label of its own.
type vectorWriter struct {
	csv   *csv.Writer
	input model.Input
}

func newVectorWriter(w io.Writer, in model.Input) *vectorWriter {
	return &vectorWriter{csv.NewWriter(w), in}
}

func (v *vectorWriter) write(label string, x []float32) error {
	raw := make([]float32, v.input.Values())
	v.input.Restore(raw, x)
	record := make([]string, 0, len(raw)+1)
	for _, value := range raw {
		record = append(record, strconv.FormatFloat(float64(value), 'g', -1, 32))
	}
	if label != "" {
		record = append(record, label)
	}
	if err := v.csv.Write(record); err != nil {
		return err
	}
	v.csv.Flush()
	return v.csv.Error()
}

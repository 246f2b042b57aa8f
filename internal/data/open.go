package data

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// Options says how to open a set. The zero value opens the training split
// for a new model.
type Options struct {
	Split Split

	// Input is that of an existing model, nil for a new one. Images are
	// scaled to its size, vectors must have its features and get its
	// scaling.
	Input *model.Input
	// Classes are those of an existing model, nil for a new one. Labels are
	// matched by name, and the set may leave classes out. The numbered
	// labels of IDX files are matched by position when the names are not
	// numbers.
	Classes []string

	// Width and Height are the wished image size for a new model, in
	// pixels; when only one is given, the image is square. By default class
	// folders become 28×28, and IDX images keep their size. They make a CSV
	// file an image set, of columns that are pixels, row by row, 0…255.
	Width, Height int

	// OnDisk keeps the images of IDX files and synthetic digits out of memory:
	// a plain file of the wanted size is read where it is, a sample at a
	// time, anything else is unpacked into a temporary file first. Samples
	// are the same either way. Other sets are held in memory all the same.
	OnDisk bool

	// LabelColumn is the column of a CSV file that holds the labels: its
	// name or its number from 1. By default it is the column named label,
	// class, target or y, else the last.
	LabelColumn string
	// Delimiter separates the columns of a CSV file. By default it is
	// detected among comma, semicolon, tab, bar and space.
	Delimiter rune

	// Seed chooses the synthetic digits; Samples is how many to draw, by
	// default 10,000 to train and 2,000 to test.
	Seed    uint64
	Samples int
}

// Synthetic is the path by which Open is asked for synthetic digits.
const Synthetic = "synthetic"

// defaultSide is the size class folders are scaled to unless told otherwise.
const defaultSide = 28

// Open reads the wanted split of the set at path. See the package comment
// for the kinds of sets. Errors name the file and the place in it; which
// they wrap is listed in this package's variables.
func Open(ctx context.Context, path string, opt Options) (*Set, error) {
	if err := opt.validate(); err != nil {
		return nil, err
	}
	read, err := readerOf(path)
	if err != nil {
		return nil, err
	}
	set, err := read(ctx, path, opt)
	if err == nil {
		err = set.check(path, opt)
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

// setReader reads one kind of set.
type setReader func(ctx context.Context, path string, opt Options) (*Set, error)

// readerOf finds out what kind of set path is.
func readerOf(path string) (setReader, error) {
	if path == Synthetic {
		return readSynthetic, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && isCSVName(path):
		return readCSVFile, nil
	case !info.IsDir():
		return nil, inFile(path, "%w: want a folder, a .csv or .tsv file, or the word %s", ErrUnknownFormat, Synthetic)
	case isIDXFolder(path):
		return readIDXFolder, nil
	case findCSV(path, Train) != "" || findCSV(path, Test) != "":
		return readCSVFolder, nil
	}
	return readImageFolder, nil
}

// validate reports options that contradict each other.
func (o Options) validate() error {
	switch {
	case o.Split != Train && o.Split != Test:
		return fmt.Errorf("unknown split %v", o.Split)
	case o.Width < 0 || o.Height < 0:
		return fmt.Errorf("image size %d×%d is negative", o.Width, o.Height)
	case o.Samples < 0:
		return fmt.Errorf("%d samples wanted", o.Samples)
	case o.Classes != nil && len(o.Classes) < 2:
		return fmt.Errorf("%w", ErrOneClass)
	}
	if o.Input != nil {
		return o.Input.Validate()
	}
	if in := o.wished(0, 0); in.IsImage() {
		return in.Validate()
	}
	return nil
}

// wished returns the image size asked for, else width×height.
func (o Options) wished(width, height int) model.Input {
	switch {
	case o.Width > 0 && o.Height > 0:
		return model.Image(o.Width, o.Height)
	case o.Width > 0 || o.Height > 0:
		side := max(o.Width, o.Height)
		return model.Image(side, side)
	}
	return model.Image(width, height)
}

// image returns the input specification for images: the model's, the wished
// one, else width×height.
func (o Options) image(path string, width, height int) (model.Input, error) {
	if o.Input == nil {
		return o.wished(width, height), nil
	}
	if !o.Input.IsImage() {
		return model.Input{}, inFile(path, "images where the model takes %v: %w", o.Input, ErrMismatch)
	}
	return *o.Input, nil
}

// source describes a set for a model's provenance, without the folders it
// lies in, which are nobody's business.
func (o Options) source(path, format string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return fmt.Sprintf("%s (%s), %v split", filepath.Base(path), format, o.Split)
}

// list returns the entries of a folder in natural order, without hidden ones
// and without the droppings of desktops.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !strings.EqualFold(name, "Thumbs.db") && !strings.EqualFold(name, "desktop.ini") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareNatural)
	return names, nil
}

// isDir tells whether path is a folder or a link to one.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/spf13/cobra"
)

// dataHelp says what --data takes.
const dataHelp = `Data sets: a folder of IDX files under MNIST's names (plain or .gz), a folder of
class-named folders of PNG or JPEG images (optionally below train/ and test/), a
CSV file with a label column, or the word "synthetic" for digits drawn here. A
set without splits of its own gives every sixth sample of each class to the
test split.`

// dataFlags are the flags that say which labelled data a command reads.
type dataFlags struct {
	path      string
	label     string
	delimiter string
	size      string
	limit     int
	onDisk    bool
}

// syntheticSeed chooses the synthetic digits: the same for every command, so
// that a model trained in one is tested on the test split in another.
const syntheticSeed = 1

func (d *dataFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.path, "data", "", "the data set (see above)")
	f.StringVar(&d.label, "label", "", "CSV: name or number (from 1) of the label column (default: label, class, target or y, else the last)")
	f.StringVar(&d.delimiter, "delimiter", "", `CSV: the delimiter, one character or "tab" (default: detected)`)
	f.IntVar(&d.limit, "limit", 0, "use only the first N samples (0: all)")
}

// addOnDisk adds the flag for data that do not fit memory.
func (d *dataFlags) addOnDisk(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&d.onDisk, "on-disk", false, "leave IDX images and synthetic digits on disk, unpacked in a temporary file if need be: little memory, equal results (always with preset tiny)")
}

// addSize adds the flag for the image size of a new model.
func (d *dataFlags) addSize(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.size, "size", "", "images: width and height in pixels to learn at, e.g. 28x28 (default: the data's own, 28x28 for image folders)")
}

func (d *dataFlags) options() (data.Options, error) {
	opt := data.Options{LabelColumn: d.label, Seed: syntheticSeed, OnDisk: d.onDisk}
	if d.path == "" {
		return opt, usagef(`--data is missing: a path, or the word "synthetic"`)
	}
	if d.limit < 0 {
		return opt, usagef("--limit %d, want ≥ 0", d.limit)
	}
	if d.path == data.Synthetic {
		opt.Samples = d.limit
	}
	var err error
	if opt.Delimiter, err = parseDelimiter(d.delimiter); err != nil {
		return opt, err
	}
	if d.size != "" {
		opt.Width, opt.Height, err = parseSize("--size", d.size)
	}
	return opt, err
}

// open opens a split for a new model.
func (d *dataFlags) open(ctx context.Context, split data.Split) (*data.Set, error) {
	opt, err := d.options()
	if err != nil {
		return nil, err
	}
	opt.Split = split
	return d.read(ctx, opt)
}

// openFor opens a split for an existing model.
func (d *dataFlags) openFor(ctx context.Context, split data.Split, c *model.Config) (*data.Set, error) {
	opt, err := d.options()
	if err != nil {
		return nil, err
	}
	opt.Split, opt.Input, opt.Classes = split, &c.Input, c.Classes
	return d.read(ctx, opt)
}

func (d *dataFlags) read(ctx context.Context, opt data.Options) (*data.Set, error) {
	set, err := data.Open(ctx, d.path, opt)
	if err != nil {
		return nil, err
	}
	if d.limit > 0 {
		set = someOf(set, d.limit)
	}
	return set, nil
}

// someOf returns the first n samples, or, where these leave a class of the set
// out, as they do of one that is sorted by class, n of the classes in turn.
func someOf(set *data.Set, n int) *data.Set {
	head := set.Head(n)
	byClass := make([][]int, len(set.Classes))
	for i, label := range set.Labels {
		byClass[label] = append(byClass[label], i)
	}
	if !slices.ContainsFunc(byClass, func(of []int) bool { return len(of) > 0 && of[0] >= head.Len() }) {
		return head
	}
	var idx []int
	for turn := 0; len(idx) < head.Len(); turn++ {
		for _, of := range byClass {
			if turn < len(of) && len(idx) < head.Len() {
				idx = append(idx, of[turn])
			}
		}
	}
	return set.Subset(idx)
}

// parseSize parses the 28x28 that a flag has.
func parseSize(flag, s string) (width, height int, err error) {
	w, h, found := strings.Cut(strings.ToLower(s), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !found || errW != nil || errH != nil || width < 1 || height < 1 {
		return 0, 0, usagef("%s %q, want WIDTHxHEIGHT, e.g. 28x28", flag, s)
	}
	return width, height, nil
}

// parseDelimiter parses one character or "tab".
func parseDelimiter(s string) (rune, error) {
	switch {
	case s == "":
		return 0, nil
	case s == "tab" || s == `\t`:
		return '\t', nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) || r == utf8.RuneError || r == '"' || r == '\r' || r == '\n' {
		return 0, usagef("--delimiter %q, want one character", s)
	}
	return r, nil
}

// parseSizes parses a comma-separated list of layer sizes.
func parseSizes(s string) ([]int, error) {
	var sizes []int
	for field := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 {
			return nil, usagef("--hidden %q, want sizes like 500,500", s)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// dataCommand groups what concerns data sets alone.
func (a *app) data() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "data",
		Short:   "Fetch public data sets",
		Example: "  pffedge data fetch mnist --out mnist",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.fetch())
	return cmd
}

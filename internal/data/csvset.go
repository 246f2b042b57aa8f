package data

import (
	"context"
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// csvSplits says how the rows of a file fall into splits.
type csvSplits func(nthOfClass int) Split

// findCSV returns the path of train.csv or test.csv, or a relative of these,
// in dir, "" when there is none.
func findCSV(dir string, split Split) string {
	for _, ext := range []string{".csv", ".tsv", ".csv.gz", ".tsv.gz"} {
		if path := filepath.Join(dir, split.String()+ext); exists(path) {
			return path
		}
	}
	return ""
}

// readCSVFolder reads one of train.csv and test.csv. The classes and the
// scaling come from train.csv unless a model brings them.
func readCSVFolder(ctx context.Context, dir string, opt Options) (*Set, error) {
	path := findCSV(dir, opt.Split)
	if path == "" {
		return nil, inFile(dir, "%w: no %v.csv", ErrNoSplit, opt.Split)
	}
	if opt.Split == Test && (opt.Input == nil || opt.Classes == nil) {
		train := findCSV(dir, Train)
		if train == "" {
			return nil, inFile(dir, "%w: no %v.csv, which says the classes and the scaling", ErrNoSplit, Train)
		}
		base := opt
		base.Split = Train
		set, err := readCSV(ctx, train, base, func(int) Split { return Train })
		if err != nil {
			return nil, err
		}
		opt.Input, opt.Classes = &set.Input, set.Classes
	}
	return readCSV(ctx, path, opt, func(int) Split { return opt.Split })
}

// readCSVFile reads a split of a single file.
func readCSVFile(ctx context.Context, path string, opt Options) (*Set, error) {
	return readCSV(ctx, path, opt, splitOf)
}

func readCSV(ctx context.Context, path string, opt Options, splits csvSplits) (*Set, error) {
	r, file, err := openCSV(path, opt.Delimiter)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if r.layout, err = newLayout(r.peek(), opt.LabelColumn); err != nil {
		return nil, atField(path, r.line, 0, "%w", err)
	}
	input, err := opt.columns(path, r.layout.features())
	if err != nil {
		return nil, err
	}
	set := &csvSet{csvReader: r, opt: opt, input: input, classes: newClassIndex(opt.Classes)}
	if opt.Input == nil && !input.IsImage() {
		set.extremes = newExtremes(input.Features)
	}
	if err := set.read(ctx, splits); err != nil {
		return nil, err
	}
	return set.finish(path)
}

// peek returns the first row without taking it.
func (c *csvReader) peek() []string { return c.first }

// columns returns the input specification for rows of n features. The
// scaling of a new model is still to be filled in.
func (o Options) columns(path string, n int) (model.Input, error) {
	input := model.Input{Features: n}
	if o.Input != nil {
		input = *o.Input
	} else if wished := o.wished(0, 0); wished.IsImage() {
		input = wished
	}
	if input.Values() != n {
		return model.Input{}, inFile(path, "%d features where the model takes %v: %w", n, input, ErrMismatch)
	}
	return input, nil
}

// csvSet collects the rows of a split.
type csvSet struct {
	*csvReader
	opt      Options
	input    model.Input
	classes  *classIndex
	perClass []int // rows seen of each class
	labels   []int32
	pixels   []byte
	values   []float32
	extremes *extremes // of the training rows; nil when nothing is to be fitted
}

func (s *csvSet) read(ctx context.Context, splits csvSplits) error {
	buf := make([]float32, 0, s.input.Values())
	for n := 0; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		label, err := s.label(row)
		if err != nil {
			return err
		}
		values, err := s.features(buf[:0], row)
		if err != nil {
			return err
		}
		s.perClass[label]++
		if err := s.add(label, values, splits(s.perClass[label]-1)); err != nil {
			return err
		}
	}
}

// label returns the number of a row's class.
func (s *csvSet) label(row []string) (int32, error) {
	column := s.layout.label
	name := strings.TrimSpace(row[column])
	if name == "" {
		return 0, atField(s.name, s.line, column+1, "%slabel is missing", s.layout.title(column))
	}
	label, err := s.classes.label(name)
	if err != nil {
		return 0, atField(s.name, s.line, column+1, "%s%w", s.layout.title(column), err)
	}
	for len(s.perClass) < len(s.classes.names) {
		s.perClass = append(s.perClass, 0)
	}
	return label, nil
}

// add keeps a row when it belongs to the wanted split.
func (s *csvSet) add(label int32, values []float32, split Split) error {
	if s.extremes != nil && split == Train {
		s.extremes.see(values)
	}
	if split != s.opt.Split {
		return nil
	}
	s.labels = append(s.labels, label)
	if !s.input.IsImage() {
		s.values = append(s.values, values...)
		return checkBytes(s.name, len(s.labels), 4*len(values))
	}
	var err error
	s.pixels, err = s.appendPixels(s.pixels, values)
	return err
}

// appendPixels turns the features of a row into pixels.
func (c *csvReader) appendPixels(dst []byte, values []float32) ([]byte, error) {
	for i, v := range values {
		if v < 0 || v > 255 {
			column := i
			if c.layout.label >= 0 && i >= c.layout.label {
				column++
			}
			return nil, atField(c.name, c.line, column+1, "%spixel of %v, want 0…255", c.layout.title(column), v)
		}
		dst = append(dst, byte(math.Round(float64(v))))
	}
	return dst, nil
}

func (s *csvSet) finish(path string) (*Set, error) {
	if s.extremes != nil {
		s.input.Offset, s.input.Scale = s.extremes.scaling()
		s.input.Complement = true
	}
	s.classes.order(s.labels)
	if len(s.perClass) == 0 {
		return nil, inFile(path, "%w: no rows below the header", ErrEmpty)
	}
	return &Set{
		Input: s.input, Classes: s.classes.names, Labels: s.labels,
		Source: s.opt.source(path, "CSV"), pixels: s.pixels, values: s.values,
	}, nil
}

// extremes are the least and greatest value of each feature.
type extremes struct{ least, most []float32 }

func newExtremes(n int) *extremes {
	e := &extremes{make([]float32, n), make([]float32, n)}
	for i := range n {
		e.least[i], e.most[i] = math.MaxFloat32, -math.MaxFloat32
	}
	return e
}

func (e *extremes) see(values []float32) {
	for i, v := range values {
		e.least[i] = min(e.least[i], v)
		e.most[i] = max(e.most[i], v)
	}
}

// scaling returns the offset and scale that map each feature to 0…1. A
// feature that is constant, or as good as, gets scale 0.
func (e *extremes) scaling() (offset, scale []float32) {
	const tiny = 1e-37 // the least span whose inverse is a finite float32
	scale = make([]float32, len(e.least))
	for i := range scale {
		if span := e.most[i] - e.least[i]; span > tiny {
			scale[i] = 1 / span
		}
	}
	return e.least, scale
}

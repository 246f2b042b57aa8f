package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/pffedge/pffedge/model"
)

// Sample is one unlabelled input.
type Sample struct {
	// Name is the file, with the line of a CSV file ("iris.csv:7") or the
	// number of the image in an IDX file, from 0 ("digits.gz#3").
	Name string
	X    []float32 // Input.Size() values, 0…1; belongs to the receiver
}

// SampleOptions says how to read samples.
type SampleOptions struct {
	// Input is that of the model. Images are scaled to its size, vectors by
	// its scaling; for an image, a CSV row holds its pixels, 0…255.
	Input model.Input
	// LabelColumn is a column of a CSV file to pass over, as in Options.
	// Without it, a row of as many columns as the model has inputs is all
	// features, and of a row of one more the label column is found as Open
	// finds it.
	LabelColumn string
	// Delimiter separates the columns of a CSV file; 0 means detect.
	Delimiter rune
	// Stdin is what the path "-" reads. Nil makes "-" an error.
	Stdin io.Reader
}

// errStop ends a walk whose receiver wants no more.
var errStop = errors.New("stop")

// OpenSamples yields the samples of files, one file after the other: PNG and
// JPEG images, IDX image files and CSV files, the latter two also gzipped;
// of a folder, the images in it. What a file is shows in how it begins. The
// first error ends the samples; each sample comes with a nil error.
func OpenSamples(ctx context.Context, paths []string, opt SampleOptions) iter.Seq2[Sample, error] {
	return sampleSeq(ctx, opt, func(w *sampleWalk) error {
		for _, path := range paths {
			if err := w.path(path); err != nil {
				return err
			}
		}
		return nil
	})
}

func sampleSeq(ctx context.Context, opt SampleOptions, run func(*sampleWalk) error) iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		err := opt.Input.Validate()
		if err == nil {
			err = run(&sampleWalk{ctx, opt, func(s Sample) bool { return yield(s, nil) }})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(Sample{}, err)
		}
	}
}

// sampleWalk goes through files and hands out their samples.
type sampleWalk struct {
	ctx   context.Context
	opt   SampleOptions
	yield func(Sample) bool
}

// emit hands out a sample, unless the work is to end.
func (w *sampleWalk) emit(name string, x []float32) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.yield(Sample{name, x}) {
		return errStop
	}
	return nil
}

// path goes through a file or folder.
func (w *sampleWalk) path(path string) error {
	switch {
	case path == "-" && w.opt.Stdin == nil:
		return fmt.Errorf("no standard input to read samples from")
	case path == "-":
		return w.stream("stdin", w.opt.Stdin)
	case isDir(path):
		return w.folder(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if isPictureName(path) {
		return w.picture(path, f)
	}
	return w.stream(path, f)
}

// folder goes through the images in a folder.
func (w *sampleWalk) folder(dir string) error {
	names, err := list(dir)
	if err != nil {
		return err
	}
	found := false
	for _, name := range names {
		if path := filepath.Join(dir, name); isPictureName(name) && !isDir(path) {
			found = true
			if err := w.path(path); err != nil {
				return err
			}
		}
	}
	if !found {
		return inFile(dir, "%w: no PNG or JPEG images in it", ErrEmpty)
	}
	return nil
}

// stream finds out what r is by how it begins.
func (w *sampleWalk) stream(name string, r io.Reader) error {
	br, err := gunzip(r)
	if err != nil {
		return atOffset(name, 0, "damaged gzip: %w", err)
	}
	// Text is told by its first byte: a row may be as short as two.
	head, err := br.Peek(1)
	if len(head) == 1 && (head[0] == 0 || head[0] >= 0x80) {
		head, err = br.Peek(magicBytes)
	}
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return inFile(name, "%w: the file is empty", ErrEmpty)
	case len(head) == 0:
		return inFile(name, "%w", err)
	case len(head) == magicBytes && binary.BigEndian.Uint32(head)>>16 == 0:
		return w.idx(name, br)
	}
	if formatOf(head) == nil {
		return w.csv(name, br)
	}
	b, err := io.ReadAll(&capped{r: br, left: maxImageBytes, reason: tooLong("image file", maxImageBytes)})
	if err != nil {
		return inFile(name, "%w", err)
	}
	return w.picture(name, bytes.NewReader(b))
}

package data

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Labelled is one sample and the name of its class.
type Labelled struct {
	Sample
	Class string
}

// LabelledOptions says how to read labelled samples.
type LabelledOptions struct {
	// SampleOptions, of which LabelColumn is the column with the class, found as
	// Open finds it where it is not given.
	SampleOptions
	// Bad is told of a row, a line or an image that is not what it should be; the
	// samples go on behind it. Nil: the first one ends them.
	Bad func(error)
}

// OpenLabelled yields the labelled samples of files, one file after the other: CSV
// files, lines of JSON, both also gzipped, and PNG and JPEG images, whose class is the
// name of the folder they lie in. Of a folder, the images in it, or in the folders in
// it. "-" reads rows or lines from Stdin, and each is handed out as it comes. Each line
// of JSON is an object with a "label" and either "x", the values of a sample as in a row
// of CSV, or "file", an image; other keys are passed over.
func OpenLabelled(ctx context.Context, paths []string, opt LabelledOptions) iter.Seq2[Labelled, error] {
	return func(yield func(Labelled, error) bool) {
		w := &labelledWalk{bad: opt.Bad}
		w.sampleWalk = sampleWalk{ctx, opt.SampleOptions, func(s Sample) bool { return yield(Labelled{s, w.class}, nil) }}
		err := opt.Input.Validate()
		for i := 0; i < len(paths) && err == nil; i++ {
			err = w.path(paths[i])
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(Labelled{}, err)
		}
	}
}

// labelledWalk is a sampleWalk that knows the class of what it hands out.
type labelledWalk struct {
	sampleWalk
	class string
	bad   func(error)
}

// badSample marks an error of one sample, behind which others may be good.
type badSample struct{ error }

func (b badSample) Unwrap() error { return b.error }

// pass returns nil for the error of one sample, if those are passed over.
func (w *labelledWalk) pass(err error) error {
	bad, isBad := errors.AsType[badSample](err)
	switch {
	case !isBad:
		return err
	case w.bad == nil:
		return bad.error
	}
	w.bad(bad.error)
	return nil
}

// path goes through a file or folder.
func (w *labelledWalk) path(path string) error {
	switch {
	case path == "-" && w.opt.Stdin == nil:
		return fmt.Errorf("no standard input to read samples from")
	case path == "-":
		return w.stream("stdin", ".", w.opt.Stdin)
	case isDir(path):
		return w.folder(path, true)
	case isPictureName(path):
		return w.pictureIn(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return w.stream(path, filepath.Dir(path), f)
}

// folder goes through the images in a folder or, if there are none, in the folders
// in it.
func (w *labelledWalk) folder(dir string, inner bool) error {
	names, err := list(dir)
	if err != nil {
		return err
	}
	var pictures, folders []string
	for _, name := range names {
		switch path := filepath.Join(dir, name); {
		case isDir(path):
			folders = append(folders, path)
		case isPictureName(name):
			pictures = append(pictures, path)
		}
	}
	switch {
	case len(pictures) > 0 && len(folders) > 0 && inner:
		return inFile(dir, "%w: images beside folders, want images of one class, or folders of a class each", ErrUnknownFormat)
	case len(pictures) == 0 && (len(folders) == 0 || !inner):
		return inFile(dir, "%w: no PNG or JPEG images in it", ErrEmpty)
	}
	for _, path := range pictures {
		if err := w.pictureIn(path); err != nil {
			return err
		}
	}
	if len(pictures) > 0 {
		return nil
	}
	for _, path := range folders {
		if err := w.folder(path, false); err != nil {
			return err
		}
	}
	return nil
}

// pictureIn hands out an image whose class is its folder's name.
func (w *labelledWalk) pictureIn(path string) error {
	whole, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return w.pass(w.pictureOf(filepath.Base(filepath.Dir(whole)), path))
}

// pictureOf hands out the image in a file.
func (w *labelledWalk) pictureOf(class, path string) error {
	if err := w.needImage(path); err != nil {
		return err
	}
	if err := checkClass(class); err != nil {
		return badSample{inFile(path, "%w", err)}
	}
	pixels := make([]byte, w.opt.Input.Size())
	if err := readPicture(pixels, path, w.opt.Input); err != nil {
		return badSample{err}
	}
	w.class = class
	return w.emitPixels(path, pixels)
}

// checkClass reports what is wrong with the name of a class.
func checkClass(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("label is missing")
	case len(name) > maxNameBytes:
		return fmt.Errorf("class name of %d bytes, at most %d allowed", len(name), maxNameBytes)
	case !utf8.ValidString(name):
		return fmt.Errorf("class name %s is not UTF-8", quoteShort(name))
	}
	return nil
}

// stream goes through rows of CSV or lines of JSON, which tell by how they begin. Files
// that lines name are looked for in dir.
func (w *labelledWalk) stream(name, dir string, r io.Reader) error {
	br, err := gunzip(r)
	if err != nil {
		return atOffset(name, 0, "damaged gzip: %w", err)
	}
	head, err := br.Peek(1)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return inFile(name, "%w: the file is empty", ErrEmpty)
	case len(head) == 0:
		return inFile(name, "%w", err)
	case head[0] == '{':
		return w.json(name, dir, br)
	}
	if head[0] == 0 || head[0] >= 0x80 {
		if head, _ = br.Peek(magicBytes); formatOf(head) != nil || bytes.HasPrefix(head, []byte{0, 0}) {
			return inFile(name, "%w: samples without labels, want rows of CSV or lines of JSON", ErrUnknownFormat)
		}
	}
	return w.csv(name, br)
}

func (w *labelledWalk) csv(name string, br *bufio.Reader) error {
	r, err := newCSV(name, br, w.opt.Delimiter)
	if err != nil {
		return err
	}
	if r.layout, err = newLayout(r.peek(), w.opt.LabelColumn); err != nil {
		return atField(name, max(r.line, 1), 0, "%w", err)
	}
	if _, err := (Options{Input: &w.opt.Input}).columns(name, r.layout.features()); err != nil {
		return err
	}
	for n := 0; ; n++ {
		err := w.row(name, r)
		if errors.Is(err, io.EOF) {
			if n == 0 {
				return inFile(name, "%w: no rows below the header", ErrEmpty)
			}
			return nil
		}
		if err := w.pass(err); err != nil {
			return err
		}
	}
}

// row hands out the next row.
func (w *labelledWalk) row(name string, r *csvReader) error {
	row, err := r.next()
	if err == nil {
		var x []float32
		w.class = strings.TrimSpace(row[r.layout.label])
		if err = checkClass(w.class); err != nil {
			err = atField(name, r.line, r.layout.label+1, "%s%w", r.layout.title(r.layout.label), err)
		} else if x, err = w.values(r, row); err == nil {
			return w.emit(fmt.Sprintf("%s:%d", name, r.line), x)
		}
	}
	if at, ok := errors.AsType[*FileError](err); ok && at.Line > 0 {
		return badSample{err}
	}
	return err
}

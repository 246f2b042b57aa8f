package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/model"
)

// needImage reports an image for a model of vectors.
func (w *sampleWalk) needImage(name string) error {
	_, err := Options{Input: &w.opt.Input}.image(name, 0, 0)
	return err
}

func (w *sampleWalk) picture(name string, r io.ReadSeeker) error {
	if err := w.needImage(name); err != nil {
		return err
	}
	pixels := make([]byte, w.opt.Input.Size())
	if err := decodePicture(pixels, name, r, w.opt.Input); err != nil {
		return err
	}
	return w.emitPixels(name, pixels)
}

func (w *sampleWalk) emitPixels(name string, pixels []byte) error {
	x := make([]float32, len(pixels))
	w.opt.Input.ScaleBytes(x, pixels)
	return w.emit(name, x)
}

func (w *sampleWalk) idx(name string, r *bufio.Reader) error {
	f, err := newIDX(name, r, idxImages)
	if err != nil {
		return err
	}
	if err := w.needImage(name); err != nil {
		return err
	}
	from := model.Image(f.dims[2], f.dims[1])
	for i := range f.count() {
		pixels, err := readSized(w.ctx, f.r, from.Size())
		if err != nil {
			return f.broken(f.at+int64(i*from.Size()+len(pixels)), err, "in image %d of %d", i, f.count())
		}
		if pixels, err = resizeAll(w.ctx, name, pixels, from, w.opt.Input); err != nil {
			return err
		}
		if err := w.emitPixels(fmt.Sprintf("%s#%d", name, i), pixels); err != nil {
			return err
		}
	}
	if f.count() == 0 {
		return inFile(name, "%w", ErrEmpty)
	}
	return f.end()
}

func (w *sampleWalk) csv(name string, br *bufio.Reader) error {
	r, err := newCSV(name, br, w.opt.Delimiter)
	if err != nil {
		return err
	}
	if r.layout, err = w.layout(name, r); err != nil {
		return err
	}
	for n := 0; ; n++ {
		row, err := r.next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return inFile(name, "%w: no rows below the header", ErrEmpty)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		x, err := w.values(r, row)
		if err != nil {
			return err
		}
		if err := w.emit(fmt.Sprintf("%s:%d", name, r.line), x); err != nil {
			return err
		}
	}
}

// layout decides whether a file has labels: by the number of its columns.
func (w *sampleWalk) layout(name string, r *csvReader) (layout, error) {
	l, err := unlabelledLayout(r.peek())
	if err == nil && (w.opt.LabelColumn != "" || l.columns == w.opt.Input.Values()+1) {
		l, err = newLayout(r.peek(), w.opt.LabelColumn)
	}
	if err != nil {
		return l, atField(name, r.line, 0, "%w", err)
	}
	_, err = Options{Input: &w.opt.Input}.columns(name, l.features())
	return l, err
}

// values scales the features of a row.
func (w *sampleWalk) values(r *csvReader, row []string) ([]float32, error) {
	in := w.opt.Input
	raw, err := r.features(make([]float32, 0, in.Values()), row)
	if err != nil {
		return nil, err
	}
	x := make([]float32, in.Size())
	if !in.IsImage() {
		in.ScaleValues(x, raw)
		return x, nil
	}
	pixels, err := r.appendPixels(nil, raw)
	if err == nil {
		in.ScaleBytes(x, pixels)
	}
	return x, err
}

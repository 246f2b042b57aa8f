package data

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// jsonSample is a line of JSON. What is null, or of another type, is told apart from
// what is not there.
type jsonSample struct {
	Label json.RawMessage `json:"label"`
	X     json.RawMessage `json:"x"`
	File  *string         `json:"file"`
}

func (w *labelledWalk) json(name, dir string, r *bufio.Reader) error {
	for n := 1; ; n++ {
		line, err := readLine(r)
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case err != nil && !errors.Is(err, io.EOF):
			return atField(name, n, 0, "%w", err)
		case strings.TrimSpace(string(line)) == "":
			continue
		}
		if err := w.pass(w.jsonLine(name, dir, n, line)); err != nil {
			return err
		}
	}
}

// readLine reads a line, which has no more bytes than a row of CSV may have.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxRecordBytes {
			return nil, tooLong("line", maxRecordBytes)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (w *labelledWalk) jsonLine(name, dir string, n int, line []byte) error {
	bad := func(err error) error { return badSample{atField(name, n, 0, "%w", err)} }
	var s jsonSample
	if err := json.Unmarshal(line, &s); err != nil {
		return bad(jsonError(err))
	}
	class, err := jsonLabel(s.Label)
	if err == nil {
		err = checkClass(class)
	}
	switch {
	case err != nil:
		return bad(err)
	case (s.X == nil) == (s.File == nil):
		return bad(fmt.Errorf(`want either "x", the values, or "file", an image`))
	case s.File != nil:
		path := *s.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		err := w.pictureOf(class, path)
		if b, ok := errors.AsType[badSample](err); ok {
			return bad(b.error)
		}
		return err
	}
	x, err := w.jsonValues(s.X)
	if err != nil {
		return bad(err)
	}
	w.class = class
	return w.emit(fmt.Sprintf("%s:%d", name, n), x)
}

// jsonError says in a reader's words what is wrong with a line.
func jsonError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return fmt.Errorf("a JSON %s, want an object", wrong.Value)
		}
		return fmt.Errorf("%q is a JSON %s", wrong.Field, wrong.Value)
	}
	return fmt.Errorf("no line of JSON: %w", err)
}

// jsonLabel returns the class that a label names: text, or a whole number.
func jsonLabel(raw json.RawMessage) (text string, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", fmt.Errorf("label is missing")
	}
	if raw[0] == '"' {
		err = json.Unmarshal(raw, &text)
		return text, err
	}
	if strings.Trim(string(raw), "0123456789") == "" {
		return string(raw), nil
	}
	return "", fmt.Errorf("label %s, want text or a whole number", quoteShort(string(raw)))
}

// jsonValues scales the values of a sample, which are as in a row of CSV.
func (w *labelledWalk) jsonValues(raw json.RawMessage) ([]float32, error) {
	var fields []json.Number
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf(`"x" is no list of numbers`)
	}
	in := w.opt.Input
	if len(fields) != in.Values() {
		return nil, fmt.Errorf("%d values where the model takes %v: %w", len(fields), in, ErrMismatch)
	}
	values := make([]float32, len(fields))
	for i, field := range fields {
		v, err := parseFeature(field.String())
		if err == nil && in.IsImage() && (v < 0 || v > 255) {
			err = fmt.Errorf("pixel of %v, want 0…255", v)
		}
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", i+1, err)
		}
		values[i] = v
	}
	x := make([]float32, in.Size())
	if !in.IsImage() {
		in.ScaleValues(x, values)
		return x, nil
	}
	pixels, err := (&csvReader{}).appendPixels(nil, values)
	if err == nil {
		in.ScaleBytes(x, pixels)
	}
	return x, err
}

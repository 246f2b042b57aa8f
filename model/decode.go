package model

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Decode reads a model, or the model in a checkpoint, from r, which must end
// where the file ends. It accepts only what Encode writes, checks every byte
// and returns a FileError otherwise. The memory it uses is bounded by a
// small multiple of what r delivers, whatever the file claims to hold.
func Decode(r io.Reader) (*Model, error) {
	c, err := decode(r, -1, false)
	if err != nil {
		return nil, err
	}
	return c.Model, nil
}

// DecodeCheckpoint is Decode for a training run. A model alone is
// ErrNotCheckpoint.
func DecodeCheckpoint(r io.Reader) (*Checkpoint, error) { return decode(r, -1, true) }

// Load reads the model, or the model in the checkpoint, at path. See Decode.
func Load(path string) (*Model, error) {
	c, err := load(path, false)
	if err != nil {
		return nil, err
	}
	return c.Model, nil
}

// LoadCheckpoint reads the checkpoint at path. See DecodeCheckpoint.
func LoadCheckpoint(path string) (*Checkpoint, error) { return load(path, true) }

func load(path string, whole bool) (c *Checkpoint, err error) {
	err = withFile(path, func(f io.Reader, size int64) error {
		c, err = decode(f, size, whole)
		return err
	})
	return c, err
}

// withFile opens path for read and adds path to its errors. The size is -1
// for what has none, a pipe say.
func withFile(path string, read func(f io.Reader, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	err = read(f, size)
	var at *FileError
	if errors.As(err, &at) {
		at.Path = path
	}
	return err
}

// decode reads a file; only the model in it unless whole.
func decode(src io.Reader, size int64, whole bool) (*Checkpoint, error) {
	r := &reader{src: bufio.NewReader(src), size: size}
	f, err := r.front()
	if err != nil {
		return nil, err
	}
	if whole && !f.checkpoint {
		return nil, &FileError{Part: "header", Offset: 12, Err: ErrNotCheckpoint}
	}
	return r.rest(f, whole)
}

// rest reads what comes after the front f; only the model in it unless whole.
func (r *reader) rest(f *front, whole bool) (c *Checkpoint, err error) {
	m := &Model{Config: f.Config, Provenance: f.Provenance}
	c = &Checkpoint{Model: m}
	rest := f.sections[2:]
	if rest, err = r.weights(m, f, rest); err != nil {
		return nil, err
	}
	if rest, err = r.mixtures(m, f, rest); err != nil {
		return nil, err
	}
	if whole {
		if rest, err = r.training(c, f, rest); err != nil {
			return nil, err
		}
	}
	if err := r.ignore(rest); err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return c, nil
}

// weights reads m's parameters from the first sections and returns those that
// remain.
func (r *reader) weights(m *Model, f *front, sections []Section) (rest []Section, err error) {
	n := len(f.parameters())
	if f.int8 {
		m.Int8, err = r.int8s(f, sections[:n])
	} else {
		m.Params, err = r.params(f, f.parameters(), sections[:n])
	}
	return sections[n:], err
}

// params reads the tensors of one parameter set.
func (r *reader) params(f *front, list []stored, sections []Section) (*Params, error) {
	p := shapes(&f.Config)
	slots := p.slots()
	for i, s := range list {
		b, err := r.floats(f, s, sections[i])
		if err != nil {
			return nil, err
		}
		*slots[i] = b
	}
	return p, nil
}

// floats reads a section of float32 values, which must be finite.
func (r *reader) floats(f *front, s stored, section Section) ([]float32, error) {
	l := f.lines(s)
	b, later, err := r.matrix(section, l, f.version)
	if err != nil {
		return nil, err
	}
	s.Data = valuesIn[float32](b)
	if later {
		return s.Data, nil
	}
	if at, err := s.checkValues(f.Config.Group); err != nil {
		return nil, r.wrong(section.Offset+l.place(4*at), err)
	}
	return s.Data, nil
}

// mixtures reads m's mixtures from the first sections and returns those that
// remain.
func (r *reader) mixtures(m *Model, f *front, sections []Section) ([]Section, error) {
	next := func() (Mixture, error) {
		s := sections[0]
		sections = sections[1:]
		b, err := r.values(s, lines{size: 4, body: int(s.Bytes)})
		if err != nil {
			return nil, err
		}
		if s.Rows == 0 {
			return nil, nil
		}
		x := mixtureOf(valuesIn[float32](b), m.Config.Latents, f.version)
		if err := x.Validate(m.Config.Latents); err != nil {
			return nil, r.wrong(s.Offset, err)
		}
		return x, nil
	}
	var err error
	if f.overall > 0 {
		if m.Overall, err = next(); err != nil {
			return nil, err
		}
	}
	for range f.perClass {
		x, err := next()
		if err != nil {
			return nil, err
		}
		m.PerClass = append(m.PerClass, x)
	}
	return sections, nil
}

// training reads what a checkpoint has besides the model and returns the
// sections that remain.
func (r *reader) training(c *Checkpoint, f *front, sections []Section) ([]Section, error) {
	n := len(f.residuals())
	if n > 0 {
		var err error
		if c.Residuals, err = r.residuals(f, sections[:n]); err != nil {
			return nil, err
		}
		sections = sections[n:]
	}
	n = len(f.contents.moments())
	if err := r.moments(c, f, sections[:n]); err != nil {
		return nil, err
	}
	s, err := sections[n], error(nil)
	if c.Trainer, err = r.text(s); err != nil {
		return nil, err
	}
	if err := checkTrainer(c.Trainer); err != nil {
		return nil, r.wrong(s.Offset, err)
	}
	return r.kept(c, f, sections[n+1:])
}

// moments reads those of a checkpoint.
func (r *reader) moments(c *Checkpoint, f *front, sections []Section) (err error) {
	if f.momentBits < 32 {
		c.Lean, err = r.lean(f, sections)
		return err
	}
	n, list := len(sections)/2, f.contents.moments()
	if c.First, err = r.params(f, list[:n], sections[:n]); err != nil {
		return err
	}
	if c.Second, err = r.params(f, list[n:], sections[n:]); err != nil {
		return err
	}
	for i, t := range c.Second.Tensors() {
		if at, err := checkNotNegative(t.Data); err != nil {
			r.part = "section v." + t.Name
			return r.wrong(sections[n+i].Offset+f.lines(list[n+i]).place(4*at), err)
		}
	}
	return nil
}

// ignore reads sections only to check them, and keeps the signature, of which
// the model does not depend.
func (r *reader) ignore(sections []Section) error {
	for _, s := range sections {
		if s.Kind == SignatureSection {
			var err error
			if r.signature, err = r.text(s); err != nil {
				return err
			}
			continue
		}
		err := r.section(s, func() error {
			if !r.mapped.stays(s) {
				return r.skip(s.Bytes)
			}
			r.mapped.pass(r, unchecked{section: s})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeJSON reads b into v and accepts only what json.Marshal writes for v.
func decodeJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return checkCanonical(b, v)
}

func checkTrainer(b []byte) error { return checkCanonical(b, json.RawMessage(b)) }

func checkCanonical(b []byte, v any) error {
	again, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !bytes.Equal(b, again) {
		return fmt.Errorf("%w: JSON not in canonical form", ErrFormat)
	}
	return nil
}

package ridge

import (
	"io"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/sealed"
	"github.com/pffedge/pffedge/simd"
)

// Decode reads a classifier from r, which must end where the classifier ends. It
// accepts only what AppendBinary writes and returns a DecodeError otherwise. Beyond
// a small multiple of what r delivers it takes a megabyte at most.
func Decode(r io.Reader) (*Classifier, error) {
	d := &decoder{sealed.NewReader(r, kind)}
	h, err := d.header()
	if err != nil {
		return nil, err
	}
	c := newClassifier(h.opt, triangle[int32]{width: simd.PaddedLen(h.opt.Features)})
	c.samples, c.behind = h.samples, h.samples
	if err := d.body(c, int(h.classes)); err != nil {
		return nil, err
	}
	return c, nil
}

// kind is what a classifier is encoded as.
var kind = sealed.Kind{What: "ridge classifier", Magic: magic, Version: Version, Foreign: ErrMagic, Truncated: ErrTruncated}

// decoder reads a classifier.
type decoder struct{ *sealed.Reader }

// front is what a header says.
type front struct {
	opt     Options
	samples uint64
	classes uint32
}

func (d *decoder) header() (*front, error) {
	b, _, err := d.Header()
	if err != nil {
		return nil, err
	}
	return d.front(b)
}

// front checks the fields of a header.
func (d *decoder) front(b []byte) (*front, error) {
	inputs, features, width := le.Uint32(b[16:]), le.Uint32(b[20:]), le.Uint32(b[52:])
	f := &front{
		opt: Options{
			Inputs: int(min(inputs, MaxInputs+1)), Width: int(min(width, MaxInputs+1)), Features: int(min(features, MaxFeatures+1)),
			Seed: le.Uint64(b[24:]), Lambda: math.Float64frombits(le.Uint64(b[32:])),
		},
		samples: le.Uint64(b[40:]), classes: le.Uint32(b[48:]),
	}
	err := f.opt.validate()
	switch {
	case err != nil:
		return nil, d.Wrong(16, ErrFormat, "%w", err)
	case f.samples > maxSum/(constant*constant):
		return nil, d.Wrong(40, ErrTooLarge, "%d samples, at most %d possible", f.samples, maxSum/(constant*constant))
	case f.classes > model.MaxClasses:
		return nil, d.Wrong(48, ErrTooLarge, "%d classes, at most %d allowed", f.classes, model.MaxClasses)
	}
	return f, nil
}

// body reads all that is behind the header, up to the sum.
func (d *decoder) body(c *Classifier, classes int) error {
	if err := d.counts(c, classes); err != nil {
		return err
	}
	for label, n := range c.counts {
		if err := d.column(c, label, n); err != nil {
			return err
		}
	}
	if err := d.gram(c); err != nil {
		return err
	}
	return d.Sum()
}

// counts reads the samples of the classes.
func (d *decoder) counts(c *Classifier, classes int) error {
	left, at := c.samples, d.Offset()
	for label := range classes {
		at = d.Offset()
		b, err := d.Next(storedCount)
		if err != nil {
			return err
		}
		n := le.Uint64(b)
		if n > left {
			return d.Wrong(at, ErrFormat, "class %d has %d samples of %d", label, n, left)
		}
		left -= n
		c.counts = append(c.counts, n)
	}
	if classes > 0 && c.counts[classes-1] == 0 {
		return d.Wrong(at, ErrFormat, "the last class has no samples")
	}
	c.sums = make([][]uint32, classes)
	return nil
}

// column reads the sums of a class of n samples.
func (d *decoder) column(c *Classifier, label int, n uint64) error {
	if n == 0 {
		return nil
	}
	at, last := d.Offset(), c.opt.Features-1
	b, err := d.Next(4 * c.opt.Features)
	if err != nil {
		return err
	}
	s := make([]uint32, c.gram.width)
	for j := range c.opt.Features {
		s[j] = le.Uint32(b[4*j:])
	}
	if uint64(s[last]) != constant*n {
		return d.Wrong(at+4*int64(last), ErrFormat, "the constant's sum is %d for %d samples", s[last], n)
	}
	c.sums[label] = s
	return nil
}

// gram reads ΦᵀΦ.
func (d *decoder) gram(c *Classifier) error {
	f := c.opt.Features
	for j := range f {
		at := d.Offset()
		b, err := d.Next(4 * (f - j))
		if err != nil {
			return err
		}
		if j%bandRows == 0 {
			c.gram.addBand()
		}
		row := c.gram.band(j / bandRows).row(j % bandRows)
		for k := range f - j {
			row[k] = int32(le.Uint32(b[4*k:]))
			if c.samples == 0 && row[k] != 0 {
				return d.Wrong(at, ErrFormat, "sums of no samples are not zero")
			}
		}
		c.diagonal[j] = uint32(row[0])
	}
	if last := c.diagonal[f-1]; uint64(last) != constant*constant*c.samples {
		return d.Wrong(d.Offset()-4, ErrFormat, "the constant's sum of squares is %d for %d samples", last, c.samples)
	}
	return nil
}

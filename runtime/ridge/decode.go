package ridge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Decode reads a classifier from r, which must end where the classifier ends. It
// accepts only what AppendBinary writes and returns a DecodeError otherwise. Beyond
// a small multiple of what r delivers it takes a megabyte at most.
func Decode(r io.Reader) (*Classifier, error) {
	d := &decoder{src: bufio.NewReader(r)}
	h, err := d.header()
	if err != nil {
		return nil, err
	}
	c := newClassifier(h.opt, triangle[int32]{width: simd.PaddedLen(h.opt.Features)})
	c.samples, c.behind = h.samples, h.samples
	if err := d.body(c, int(h.classes)); err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return c, nil
}

// decoder reads a classifier from front to back and knows where it is.
type decoder struct {
	src *bufio.Reader
	off int64
	sum uint32 // CRC-32C since it was last set to 0
	buf []byte
}

func (d *decoder) wrong(at int64, named error, format string, args ...any) error {
	return &DecodeError{at, fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}

// next returns the next n bytes, which the next call overwrites; n is at most that
// of a row.
func (d *decoder) next(n int) ([]byte, error) {
	d.buf = slices.Grow(d.buf[:0], n)[:n]
	got, err := io.ReadFull(d.src, d.buf)
	d.off += int64(got)
	d.buf = d.buf[:got]
	d.sum = crc32.Update(d.sum, castagnoli, d.buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	if err != nil {
		return d.buf, &DecodeError{d.off, err}
	}
	return d.buf, nil
}

// front is what a header says.
type front struct {
	opt     Options
	samples uint64
	classes uint32
}

func (d *decoder) header() (*front, error) {
	b, err := d.next(headerBytes)
	if n := min(len(b), len(magic)); !bytes.Equal(b[:n], magic[:n]) {
		return nil, d.wrong(0, ErrMagic, "it does not start with its signature")
	}
	if err != nil {
		return nil, err
	}
	if got, want := crc32.Checksum(b[:60], castagnoli), le.Uint32(b[60:]); got != want {
		return nil, d.wrong(60, ErrChecksum, "computed %08x, stored %08x", got, want)
	}
	version, flags := le.Uint32(b[8:]), le.Uint32(b[12:])
	switch {
	case version > Version:
		return nil, d.wrong(8, ErrVersion, "version %d of a ridge classifier, this program reads up to %d", version, Version)
	case version < 1:
		return nil, d.wrong(8, ErrFormat, "version 0")
	case flags != 0:
		return nil, d.wrong(12, ErrVersion, "unknown flags %#x", flags)
	case le.Uint32(b[56:]) != 0:
		return nil, d.wrong(56, ErrFormat, "reserved bytes are not zero")
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
		return nil, d.wrong(16, ErrFormat, "%w", err)
	case f.samples > maxSum/(constant*constant):
		return nil, d.wrong(40, ErrTooLarge, "%d samples, at most %d possible", f.samples, maxSum/(constant*constant))
	case f.classes > model.MaxClasses:
		return nil, d.wrong(48, ErrTooLarge, "%d classes, at most %d allowed", f.classes, model.MaxClasses)
	}
	return f, nil
}

// body reads all that is behind the header, up to the sum.
func (d *decoder) body(c *Classifier, classes int) error {
	d.sum = 0
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
	sum, at := d.sum, d.off
	b, err := d.next(sumBytes)
	if err != nil {
		return err
	}
	if want := le.Uint32(b); sum != want {
		return d.wrong(at, ErrChecksum, "computed %08x, stored %08x", sum, want)
	}
	return nil
}

// counts reads the samples of the classes.
func (d *decoder) counts(c *Classifier, classes int) error {
	left, at := c.samples, d.off
	for label := range classes {
		at = d.off
		b, err := d.next(storedCount)
		if err != nil {
			return err
		}
		n := le.Uint64(b)
		if n > left {
			return d.wrong(at, ErrFormat, "class %d has %d samples of %d", label, n, left)
		}
		left -= n
		c.counts = append(c.counts, n)
	}
	if classes > 0 && c.counts[classes-1] == 0 {
		return d.wrong(at, ErrFormat, "the last class has no samples")
	}
	c.sums = make([][]uint32, classes)
	return nil
}

// column reads the sums of a class of n samples.
func (d *decoder) column(c *Classifier, label int, n uint64) error {
	if n == 0 {
		return nil
	}
	at, last := d.off, c.opt.Features-1
	b, err := d.next(4 * c.opt.Features)
	if err != nil {
		return err
	}
	s := make([]uint32, c.gram.width)
	for j := range c.opt.Features {
		s[j] = le.Uint32(b[4*j:])
	}
	if uint64(s[last]) != constant*n {
		return d.wrong(at+4*int64(last), ErrFormat, "the constant's sum is %d for %d samples", s[last], n)
	}
	c.sums[label] = s
	return nil
}

// gram reads ΦᵀΦ.
func (d *decoder) gram(c *Classifier) error {
	f := c.opt.Features
	for j := range f {
		at := d.off
		b, err := d.next(4 * (f - j))
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
				return d.wrong(at, ErrFormat, "sums of no samples are not zero")
			}
		}
		c.diagonal[j] = uint32(row[0])
	}
	if last := c.diagonal[f-1]; uint64(last) != constant*constant*c.samples {
		return d.wrong(d.off-4, ErrFormat, "the constant's sum of squares is %d for %d samples", last, c.samples)
	}
	return nil
}

// end expects the end of the classifier.
func (d *decoder) end() error {
	switch _, err := d.src.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return d.wrong(d.off, ErrFormat, "more bytes behind the end")
	default:
		return &DecodeError{d.off, err}
	}
}

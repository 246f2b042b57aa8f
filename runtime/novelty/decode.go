package novelty

import (
	"bytes"
	"hash/crc32"
	"io"
	"math"

	"github.com/pffedge/pffedge/model"
)

// DecodeGauge reads a gauge from r, which must end where the gauge ends. It
// accepts only what AppendBinary writes and returns a DecodeError otherwise.
func DecodeGauge(r io.Reader) (*Gauge, error) {
	d, err := read(r, gaugeBytes(model.MaxClasses), gaugeMagic)
	if err != nil {
		return nil, err
	}
	o := Options{Classes: int(d.u32()), Memory: int(d.u32())}
	if err := o.validate(); err != nil {
		return nil, wrong(12, ErrFormat, "%w", err)
	}
	if err := d.length(gaugeBytes(o.Classes)); err != nil {
		return nil, err
	}
	g := newGauge(o)
	if err := d.gauge(g); err != nil {
		return nil, err
	}
	return g, nil
}

// DecodeDrift reads a detector as DecodeGauge reads a gauge.
func DecodeDrift(r io.Reader) (*Drift, error) {
	d, err := read(r, driftBytes, driftMagic)
	if err == nil {
		err = d.length(driftBytes)
	}
	if err != nil {
		return nil, err
	}
	w := &Drift{opt: DriftOptions{d.f64(), d.f64(), d.f64()}, seen: d.u64(), alarms: d.u64()}
	for i := range w.bets {
		w.bets[i] = d.f64()
	}
	if err := w.sound(); err != nil {
		return nil, err
	}
	return w, nil
}

// sound reports values that no stream leads to.
func (d *Drift) sound() error {
	if err := d.opt.validate(); err != nil {
		return wrong(12, ErrFormat, "%w", err)
	}
	if math.Signbit(d.opt.Tolerance) || d.alarms > d.seen {
		return wrong(28, ErrFormat, "tolerance %v, %d alarms after %d scores", d.opt.Tolerance, d.alarms, d.seen)
	}
	for i, r := range d.bets {
		if !(r >= 0) || math.Signbit(r) || d.seen == 0 && r > 0 {
			return wrong(52+8*i, ErrFormat, "a bet has %v", r)
		}
	}
	if e := d.Evidence(); !(e < d.opt.Alarm) {
		return wrong(52, ErrFormat, "evidence of %v, the alarm is at %v", e, d.opt.Alarm)
	}
	return nil
}

// decoder takes values from bytes whose length and sum are right.
type decoder struct {
	b  []byte
	at int
}

// read reads all of r, most bytes at most, and checks signature, version and sum.
func read(r io.Reader, most int, magic []byte) (*decoder, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if n := min(len(b), len(magic)); err == nil && !bytes.Equal(b[:n], magic[:n]) {
		return nil, wrong(0, ErrMagic, "it does not start with its signature")
	}
	switch {
	case err != nil:
		return nil, &DecodeError{What: what, Offset: int64(len(b)), Err: err}
	case len(b) < gaugeHead:
		return nil, &DecodeError{What: what, Offset: int64(len(b)), Err: ErrTruncated}
	case len(b) > most:
		return nil, wrong(most, ErrTooLarge, "more than %d bytes", most)
	}
	d := &decoder{b, len(magic)}
	switch version := d.u32(); {
	case version > Version:
		return nil, wrong(8, ErrVersion, "version %d of a novelty encoding, this program reads up to %d", version, Version)
	case version < 1:
		return nil, wrong(8, ErrFormat, "version 0")
	}
	return d, nil
}

// length demands n bytes in all, and a right sum.
func (d *decoder) length(n int) error {
	switch {
	case len(d.b) < n:
		return &DecodeError{What: what, Offset: int64(len(d.b)), Err: ErrTruncated}
	case len(d.b) > n:
		return wrong(n, ErrFormat, "more bytes behind the end")
	}
	end := n - sumBytes
	if got, want := crc32.Checksum(d.b[:end], castagnoli), le.Uint32(d.b[end:]); got != want {
		return wrong(end, ErrChecksum, "computed %08x, stored %08x", got, want)
	}
	return nil
}

func (d *decoder) u32() uint32 {
	d.at += 4
	return le.Uint32(d.b[d.at-4:])
}

func (d *decoder) u64() uint64 {
	d.at += 8
	return le.Uint64(d.b[d.at-8:])
}

func (d *decoder) f64() float64 { return math.Float64frombits(d.u64()) }

func (d *decoder) gauge(g *Gauge) error {
	n := d.u32()
	if n > ScaleSamples {
		return wrong(d.at-4, ErrFormat, "%d samples set the scales", n)
	}
	g.scale.n = int(n)
	if err := d.moments(g.scale.m[:], g.scale.n); err != nil {
		return err
	}
	if err := d.tally(&g.all, g); err != nil {
		return err
	}
	for i := range g.classes {
		if err := d.tally(&g.classes[i], g); err != nil {
			return err
		}
	}
	return nil
}

// moments reads those of n numbers; without numbers they are zeros.
func (d *decoder) moments(list []moments, n int) error {
	for i := range list {
		at := d.at
		m := moments{d.f64(), d.f64()}
		switch {
		case math.IsNaN(m.mean) || math.IsInf(m.mean, 0) || !(m.squares >= 0) || math.IsInf(m.squares, 0) || math.Signbit(m.squares),
			n == 0 && (m.squares != 0 || math.Float64bits(m.mean) != 0), n == 1 && m.squares != 0:
			return wrong(at, ErrFormat, "mean %v and squares %v of %d numbers", m.mean, m.squares, n)
		}
		list[i] = m
	}
	return nil
}

// tally reads one; its bins, which come last, say how many samples it has.
func (d *decoder) tally(t *tally, g *Gauge) error {
	at, bins := d.at, d.at+tallyHead
	n := uint64(0)
	for i := range t.bins {
		t.bins[i] = le.Uint32(d.b[bins+4*i:])
		n += uint64(t.bins[i])
	}
	if n > uint64(g.opt.Memory) || n > 0 && !g.scale.ready() {
		return wrong(at, ErrFormat, "%d samples counted, %d that set the scales, a memory of %d", n, g.scale.n, g.opt.Memory)
	}
	t.n = int(n)
	if err := d.moments(t.m[:], t.n); err != nil {
		return err
	}
	d.at += 4 * len(t.bins)
	return nil
}

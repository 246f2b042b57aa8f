package novelty

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Version is the version of the encodings that AppendBinary writes, and the
// highest that DecodeGauge and DecodeDrift read.
const Version = 1

// Integers and float64 are little-endian, CRC means CRC-32C of all bytes before it.
//
//	Gauge: 8 magic; u32 version; u32 classes; u32 memory; u32 samples that set the
//	scales; for each of the 3 terms f64 mean, f64 squares; the tally of all classes
//	with 256 bins, and those of the classes with 64; u32 CRC.
//	Tally: for each of the 5 quantities f64 mean, f64 squares; u32 each bin.
//	Drift: 8 magic; u32 version; f64 alarm, warn, tolerance; u64 scores; u64 alarms;
//	f64 each of the 6 bets; u32 CRC.
const (
	gaugeHead  = 8 + 4*4 + terms*16
	tallyHead  = kinds * 16
	driftBytes = 8 + 4 + 3*8 + 2*8 + bets*8 + sumBytes
	sumBytes   = 4
)

var (
	gaugeMagic = []byte{0x89, 'P', 'F', 'N', '\r', '\n', 0x1A, '\n'}
	driftMagic = []byte{0x89, 'P', 'F', 'C', '\r', '\n', 0x1A, '\n'}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	le         = binary.LittleEndian
)

// gaugeBytes is the length of an encoded gauge.
func gaugeBytes(classes int) int {
	return gaugeHead + tallyHead + 4*overallBins + classes*(tallyHead+4*classBins) + sumBytes
}

// AppendBinary appends g's only encoded form to b. The error is always nil.
func (g *Gauge) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(b, gaugeMagic...)
	for _, v := range []int{Version, g.opt.Classes, g.opt.Memory, g.scale.n} {
		b = le.AppendUint32(b, uint32(v))
	}
	b = appendMoments(b, g.scale.m[:])
	b = g.all.append(b)
	for i := range g.classes {
		b = g.classes[i].append(b)
	}
	return seal(b, start), nil
}

// MarshalBinary returns g's only encoded form.
func (g *Gauge) MarshalBinary() ([]byte, error) { return g.AppendBinary(nil) }

func (t *tally) append(b []byte) []byte {
	b = appendMoments(b, t.m[:])
	for _, c := range t.bins {
		b = le.AppendUint32(b, c)
	}
	return b
}

func appendMoments(b []byte, list []moments) []byte {
	for _, m := range list {
		b = appendFloats(b, m.mean, m.squares)
	}
	return b
}

func appendFloats(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = le.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// seal appends the sum of b from start.
func seal(b []byte, start int) []byte {
	return le.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// AppendBinary appends d's only encoded form to b. The error is always nil.
func (d *Drift) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(b, driftMagic...)
	b = le.AppendUint32(b, Version)
	b = appendFloats(b, d.opt.Alarm, d.opt.Warn, d.opt.Tolerance)
	b = le.AppendUint64(b, d.seen)
	b = le.AppendUint64(b, d.alarms)
	return seal(appendFloats(b, d.bets[:]...), start), nil
}

// MarshalBinary returns d's only encoded form.
func (d *Drift) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

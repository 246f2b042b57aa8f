package ridge

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Version is the version of the encoding that AppendBinary writes, and the
// highest that Decode reads.
const Version = 1

// An encoded classifier, version 1; integers are little-endian, CRC means CRC-32C:
//
//	byte 0  ┌──────────────────────────────┐
//	        │ header, 64 bytes             │
//	64      ├──────────────────────────────┤
//	        │ samples of each class, u64   │
//	        ├──────────────────────────────┤
//	        │ ΦᵀY: F u32 a class           │  of classes with samples
//	        ├──────────────────────────────┤
//	        │ ΦᵀΦ: F(F+1)/2 u32            │  upper half, row by row
//	        ├──────────────────────────────┤
//	        │ u32 CRC from byte 64 on      │
//	        └──────────────────────────────┘
//
// Header: 0 magic; 8 u32 version; 12 u32 zero; 16 u32 inputs D; 20 u32 features F;
// 24 u64 seed; 32 float64 λ; 40 u64 samples; 48 u32 classes; 52 u32 width of
// images; 56 u32 zero; 60 u32 CRC of bytes 0…59. The last class has samples. The rules in decode.go are part
// of the format.
const (
	headerBytes = 64
	storedCount = 8
	sumBytes    = 4
)

var (
	le         = binary.LittleEndian
	magic      = []byte{0x89, 'P', 'F', 'G', '\r', '\n', 0x1A, '\n'}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// AppendBinary appends c's only encoded form to b: equal samples, in whatever
// order, are equal bytes. The solution is not part of it. The error is always nil.
func (c *Classifier) AppendBinary(b []byte) ([]byte, error) {
	c.flush()
	b = c.appendHeader(b)
	body := len(b)
	for _, n := range c.counts {
		b = le.AppendUint64(b, n)
	}
	for _, s := range c.sums {
		if s != nil {
			b = appendSums(b, s[:c.opt.Features])
		}
	}
	for i := range c.gram.bands() {
		g := c.gram.band(i)
		for r := range min(g.rows, c.opt.Features-g.first) {
			b = appendSums(b, g.row(r)[:c.opt.Features-g.first-r])
		}
	}
	return le.AppendUint32(b, crc32.Checksum(b[body:], castagnoli)), nil
}

func appendSums[T int32 | uint32](b []byte, sums []T) []byte {
	for _, v := range sums {
		b = le.AppendUint32(b, uint32(v))
	}
	return b
}

func (c *Classifier) appendHeader(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	for _, v := range []uint32{Version, 0, uint32(c.opt.Inputs), uint32(c.opt.Features)} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint64{c.opt.Seed, math.Float64bits(c.opt.Lambda), c.samples} {
		b = le.AppendUint64(b, v)
	}
	for _, v := range []uint32{uint32(len(c.counts)), uint32(c.opt.Width), 0} {
		b = le.AppendUint32(b, v)
	}
	return le.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// MarshalBinary returns c's only encoded form.
func (c *Classifier) MarshalBinary() ([]byte, error) {
	return c.AppendBinary(make([]byte, 0, c.Bytes()))
}

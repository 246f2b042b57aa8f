package replay

import "hash/crc32"

// Version is the version of the encoding that AppendBinary writes, and the
// highest that Decode reads.
const Version = 1

// An encoded memory, version 1; integers are little-endian, CRC means CRC-32C:
//
//	byte 0  ┌──────────────────────────────┐
//	        │ header, 64 bytes             │
//	64      ├──────────────────────────────┤
//	        │ classes, 20 bytes each       │
//	        ├──────────────────────────────┤
//	        │ samples                      │  class by class
//	        ├──────────────────────────────┤
//	        │ u32 CRC of classes, samples  │
//	        └──────────────────────────────┘
//
// Header: 0 magic; 8 u32 version; 12 u32 flags (bit 0: the bits of codes are not
// decided yet, others zero); 16 u32 inputs D; 20 u32 bits of a code; 24 u64 seed;
// 32 u64 budget; 40 u64 samples seen; 48 u32 classes; 52 u32 samples; 56 u32 zero;
// 60 u32 CRC of bytes 0…59.
//
// Class: u64 samples seen; u64 threshold of priority; u32 samples kept. Sample:
// its identity, 5 bytes; its record, see codec.go.
const (
	headerBytes   = 64
	storedClass   = 20
	storedID      = 5
	sumBytes      = 4
	flagUndecided = 1
)

var (
	magic      = []byte{0x89, 'P', 'F', 'R', '\r', '\n', 0x1A, '\n'}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// AppendBinary appends m's only encoded form to b: equal memories are equal
// bytes. The error is always nil.
func (m *Memory) AppendBinary(b []byte) ([]byte, error) {
	b = m.appendHeader(b)
	body := len(b)
	for i := range m.classes {
		c := &m.classes[i]
		b = le.AppendUint64(b, c.seen)
		b = le.AppendUint64(b, c.threshold)
		b = le.AppendUint32(b, c.count)
	}
	for i := range m.Len() {
		b = append(b, m.buffer.entry(i)[entryBytes-storedID:]...)
		b = append(b, m.buffer.record(i)...)
	}
	return le.AppendUint32(b, crc32.Checksum(b[body:], castagnoli)), nil
}

func (m *Memory) appendHeader(b []byte) []byte {
	start, flags := len(b), uint32(0)
	if m.undecided {
		flags = flagUndecided
	}
	b = append(b, magic...)
	for _, v := range []uint32{Version, flags, uint32(m.opt.Inputs), uint32(m.codes.bits)} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint64{m.opt.Seed, uint64(m.opt.Budget), m.seen} {
		b = le.AppendUint64(b, v)
	}
	for _, v := range []uint32{uint32(len(m.classes)), uint32(m.Len()), 0} {
		b = le.AppendUint32(b, v)
	}
	return le.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// MarshalBinary returns m's only encoded form.
func (m *Memory) MarshalBinary() ([]byte, error) { return m.AppendBinary(nil) }

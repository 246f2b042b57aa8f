package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
)

// Version is the version of the store's format that is written, and the highest
// that is read. LOG.md describes it.
const Version = 1

// blockBytes is the size of the file STORE and of a segment's header.
const blockBytes = 64

var (
	storeMagic   = []byte{0x89, 'P', 'F', 'S', '\r', '\n', 0x1A, '\n'}
	segmentMagic = []byte{0x89, 'P', 'F', 'L', '\r', '\n', 0x1A, '\n'}

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	le         = binary.LittleEndian
)

// Identity tells stores apart. It is drawn at random when a store is made.
type Identity [16]byte

// String returns 32 hexadecimal digits.
func (id Identity) String() string { return hex.EncodeToString(id[:]) }

// MarshalText returns what String does.
func (id Identity) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *Identity) UnmarshalText(text []byte) error {
	if len(text) != 2*len(id) {
		return hex.ErrLength
	}
	_, err := hex.Decode(id[:], text)
	return err
}

// newBlock returns a block with what all have, but for its sum.
func newBlock(magic []byte, flags uint32, id Identity) []byte {
	b := make([]byte, blockBytes)
	copy(b, magic)
	le.PutUint32(b[8:], Version)
	le.PutUint32(b[12:], flags)
	copy(b[16:], id[:])
	return b
}

// seal adds a block's sum.
func seal(b []byte) []byte {
	le.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

// checkBlock checks what all blocks have. flags are those that may be set.
func checkBlock(path string, b, magic []byte, flags uint32) error {
	switch {
	case len(b) < blockBytes:
		return wrong(path, int64(len(b)), ErrDamaged, "it ends in its header")
	case !bytes.Equal(b[:8], magic):
		return wrong(path, 0, ErrDamaged, "it does not start with its signature")
	case crc32.Checksum(b[:60], castagnoli) != le.Uint32(b[60:]):
		return wrong(path, 60, ErrDamaged, "the header's checksum does not match")
	case le.Uint32(b[8:]) > Version:
		return wrong(path, 8, ErrVersion, "store version %d, this program reads up to %d", le.Uint32(b[8:]), Version)
	case le.Uint32(b[8:]) < 1:
		return wrong(path, 8, ErrDamaged, "store version 0")
	case le.Uint32(b[12:])&^flags != 0:
		return wrong(path, 12, ErrVersion, "unknown flags %#x", le.Uint32(b[12:])&^flags)
	}
	return nil
}

// rules are what the file STORE holds.
type rules struct {
	identity       Identity
	keep, every    int
	stretch, limit int64
}

func (r *rules) encode() []byte {
	b := newBlock(storeMagic, 0, r.identity)
	le.PutUint32(b[32:], uint32(r.keep))
	le.PutUint32(b[36:], uint32(r.every))
	le.PutUint64(b[40:], uint64(r.stretch))
	le.PutUint64(b[48:], uint64(r.limit))
	return seal(b)
}

func parseRules(path string, b []byte) (*rules, error) {
	if err := checkBlock(path, b, storeMagic, 0); err != nil {
		return nil, err
	}
	r := &rules{keep: int(int32(le.Uint32(b[32:]))), every: int(int32(le.Uint32(b[36:]))), stretch: int64(le.Uint64(b[40:])), limit: int64(le.Uint64(b[48:]))}
	copy(r.identity[:], b[16:])
	if len(b) > blockBytes || le.Uint32(b[56:]) != 0 {
		return nil, wrong(path, 56, ErrDamaged, "bytes that are reserved are not zero, or there are more than %d", blockBytes)
	}
	if err := r.check(); err != nil {
		return nil, wrong(path, 32, ErrDamaged, "%w", err)
	}
	return r, nil
}

// segmentHeader is the start of a segment.
type segmentHeader struct {
	number   uint32 // of the segment, from 1
	first    uint64 // sequence number of its first operation
	parent   uint64 // sequence number of the operation that comes before it
	rollback bool   // operations between parent and first are undone
	previous uint32 // sum of the frame before, in the segment before; 0 after a rollback
	salt     uint32 // random: no two segments have equal sums
	sum      uint32 // of the header; every sum of a frame starts with it
}

const flagRollback = 1

func (h *segmentHeader) encode(id Identity) []byte {
	flags := uint32(0)
	if h.rollback {
		flags = flagRollback
	}
	b := newBlock(segmentMagic, flags, id)
	le.PutUint64(b[32:], h.first)
	le.PutUint64(b[40:], h.parent)
	le.PutUint32(b[48:], h.number)
	le.PutUint32(b[52:], h.previous)
	le.PutUint32(b[56:], h.salt)
	seal(b)
	h.sum = le.Uint32(b[60:])
	return b
}

// parseSegmentHeader checks b, the header of segment number of the store id.
func parseSegmentHeader(path string, b []byte, number uint32, id Identity) (*segmentHeader, error) {
	if err := checkBlock(path, b, segmentMagic, flagRollback); err != nil {
		return nil, err
	}
	h := &segmentHeader{
		first: le.Uint64(b[32:]), parent: le.Uint64(b[40:]), number: le.Uint32(b[48:]),
		rollback: le.Uint32(b[12:])&flagRollback != 0, previous: le.Uint32(b[52:]), salt: le.Uint32(b[56:]), sum: le.Uint32(b[60:]),
	}
	switch {
	case !bytes.Equal(b[16:32], id[:]):
		return nil, wrong(path, 16, ErrForeign, "%x", b[16:32])
	case h.number != number:
		return nil, wrong(path, 48, ErrDamaged, "segment %d under another's name", h.number)
	case h.first > maxSequence || h.parent >= h.first || !h.rollback && h.parent != h.first-1:
		return nil, wrong(path, 32, ErrDamaged, "operations from %d behind %d", h.first, h.parent)
	case h.rollback && h.previous != 0:
		return nil, wrong(path, 52, ErrDamaged, "a sum before a rollback")
	}
	return h, nil
}

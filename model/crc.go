package model

import (
	"hash/crc32"
	"math/bits"
	"sync"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C of b.
func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// updateChecksum returns the checksum of what sum is that of, and b.
func updateChecksum(sum uint32, b []byte) uint32 { return crc32.Update(sum, castagnoli, b) }

// joinChecksums returns the checksum of what before is that of, followed by the
// pieceBytes bytes that after is that of; or after if before is that of nothing.
//
// What a byte of zeros does to the register of a CRC is a linear map over GF(2),
// and so is what pieceBytes of them do. The checksum of a whole is that of its
// first part, mapped, plus that of its second (as in zlib's crc32_combine).
func joinChecksums(before, after uint32) uint32 {
	return pieceShift().of(before) ^ after
}

// linear is a linear map of 32 bits: what it makes of each of them alone.
type linear [32]uint32

// of returns what m makes of v.
func (m *linear) of(v uint32) (sum uint32) {
	for ; v != 0; v &= v - 1 {
		sum ^= m[bits.TrailingZeros32(v)]
	}
	return sum
}

// pieceShift returns the map of pieceBytes zeros: that of one bit, squared.
var pieceShift = sync.OnceValue(func() *linear {
	m := linear{crc32.Castagnoli} // the lowest bit falls out and brings the polynomial in
	for i := 1; i < 32; i++ {
		m[i] = 1 << (i - 1)
	}
	for n := 1; n < 8*pieceBytes; n *= 2 {
		var squared linear
		for i := range squared {
			squared[i] = m.of(m[i])
		}
		m = squared
	}
	return &m
})

package replay

import (
	"encoding/binary"
	"math"
)

// A record is a sample's codes: a length and form as a uvarint, twice the bytes
// that follow plus 1 if they are runs, then those bytes. Packed codes lie one
// after the other, the lowest bits first. Runs are the number of zeros, the
// number of other codes less one and, with more than one bit, these codes, then
// the number of zeros less one and so on until there are D codes; the numbers
// are exponential Golomb codes of the orders below, the best for MNIST.
const (
	zerosOrder  = 3
	othersOrder = 2
)

// minRecord is the least memory a record takes, so that compaction can leave a
// mark in it.
const minRecord = 4

// codes says how many bits codes have, and translates.
type codes struct {
	bits   int
	values [256]float32 // of each code
	reduce [256]byte    // the code for one of 8 bits
}

// same translates codes into themselves.
var same = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	return t
}()

// newCodes returns codes of 1, 2, 4 or 8 bits. As the codes of 8 bits that round
// to one of fewer are an odd number, 255/(2^bits−1), rounding twice is rounding
// once.
func newCodes(bits int) codes {
	c, top := codes{bits: bits}, 1<<bits-1
	for i := range 256 {
		c.reduce[i] = byte((i + 255/top/2) / (255 / top))
		c.values[i] = float32(i) / float32(top)
	}
	return c
}

// quantise writes the codes of 8 bits of x to dst.
func quantise(dst []byte, x []float32) {
	for i, v := range x {
		dst[i] = byte(math.Floor(float64(v)*255 + 0.5))
	}
}

// plainBytes is the length of inputs packed codes.
func plainBytes(inputs, bits int) int { return (inputs*bits + 7) / 8 }

// maxRecordBytes bounds the memory of a record.
func maxRecordBytes(inputs, bits int) int {
	n := plainBytes(inputs, bits)
	var head [binary.MaxVarintLen64]byte
	return max(minRecord, binary.PutUvarint(head[:], uint64(n)<<1)+n)
}

// appendRecord appends the record of codes, translated by t, to dst in its only
// form: as runs if these are shorter. work has room for both.
func appendRecord(dst, work, from []byte, bits int, t *[256]byte) []byte {
	limit := plainBytes(len(from), bits)
	if body, ok := appendRuns(work[:0], from, bits, t, limit); ok {
		return append(binary.AppendUvarint(dst, uint64(len(body))<<1|1), body...)
	}
	dst = binary.AppendUvarint(dst, uint64(limit)<<1)
	w := bitWriter{b: dst}
	for _, c := range from {
		w.put(uint64(t[c]), bits)
	}
	return w.finish()
}

// appendRuns appends runs to dst, which was empty, unless they take limit bytes.
func appendRuns(dst, from []byte, bits int, t *[256]byte, limit int) ([]byte, bool) {
	w := bitWriter{b: dst}
	for i := 0; i < len(from) && len(w.b) < limit; {
		start := i
		for i < len(from) && t[from[i]] == 0 {
			i++
		}
		w.count(i-start-min(start, 1), zerosOrder)
		if start = i; i == len(from) {
			break
		}
		for i < len(from) && t[from[i]] != 0 {
			i++
		}
		w.count(i-start-1, othersOrder)
		for j := start; bits > 1 && j < i && len(w.b) < limit; j++ {
			w.put(uint64(t[from[j]]), bits)
		}
	}
	b := w.finish()
	return b, len(b) < limit
}

// splitRecord returns the body of the record that b begins with, its form and the
// length of the whole.
func splitRecord(b []byte) (body []byte, runs bool, n int) {
	head, k := binary.Uvarint(b)
	n = k + int(head>>1)
	return b[k:n], head&1 == 1, n
}

// expand writes the codes of a record's body to dst, translated by t. It returns
// false if they are not as many.
func expand[T byte | float32](dst []T, body []byte, runs bool, bits int, t *[256]T) bool {
	if runs {
		return expandRuns(dst, body, bits, t)
	}
	if len(body) != plainBytes(len(dst), bits) {
		return false
	}
	r := bitReader{b: body}
	for i := range dst {
		dst[i] = t[r.get(bits)]
	}
	return true
}

func expandRuns[T byte | float32](dst []T, body []byte, bits int, t *[256]T) bool {
	clear(dst)
	r := bitReader{b: body}
	for i := 0; i < len(dst); {
		zeros := r.count(zerosOrder)
		if i += zeros + min(i, 1); zeros < 0 || i >= len(dst) {
			return zeros >= 0 && i == len(dst)
		}
		others := r.count(othersOrder) + 1
		if others < 1 || others > len(dst)-i {
			return false
		}
		for j := range others {
			code := uint64(1)
			if bits > 1 {
				code = r.get(bits)
			}
			dst[i+j] = t[code]
		}
		i += others
	}
	return true
}

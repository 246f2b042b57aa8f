package replay

import "math/bits"

// bitWriter appends bits to bytes, the lowest first.
type bitWriter struct {
	b       []byte
	pending uint64
	n       int // bits in pending, below 8 between calls
}

// put writes the low n bits of v, which has no others; n is at most 32.
func (w *bitWriter) put(v uint64, n int) {
	w.pending |= v << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.pending))
		w.pending >>= 8
	}
}

// count writes v in the exponential Golomb code of order k: ⌊v/2^k⌋+1 in Elias's
// gamma code, then the k low bits of v.
func (w *bitWriter) count(v, k int) {
	q := uint64(v>>k) + 1
	long := bits.Len64(q) - 1
	w.put(1<<long, long+1)
	w.put(q-1<<long, long)
	w.put(uint64(v)&(1<<k-1), k)
}

// finish fills the last byte with zeros.
func (w *bitWriter) finish() []byte {
	if w.n > 0 {
		w.b = append(w.b, byte(w.pending))
	}
	return w.b
}

// bitReader reads what a bitWriter wrote. Behind the end it reads zeros.
type bitReader struct {
	b       []byte
	pending uint64
	n       int // bits in pending
}

func (r *bitReader) fill() {
	for r.n <= 56 {
		if len(r.b) > 0 {
			r.pending |= uint64(r.b[0]) << r.n
			r.b = r.b[1:]
		}
		r.n += 8
	}
}

// get reads n bits, at most 32.
func (r *bitReader) get(n int) uint64 {
	if r.n < n {
		r.fill()
	}
	v := r.pending & (1<<n - 1)
	r.pending >>= n
	r.n -= n
	return v
}

// maxLong bounds the length of a count's prefix.
const maxLong = 24

// count reads a count, or −1 where there is none.
func (r *bitReader) count(k int) int {
	r.fill()
	long := bits.TrailingZeros64(r.pending)
	if long > maxLong {
		return -1
	}
	r.get(long + 1)
	q := 1<<long | r.get(long)
	return int(q-1)<<k | int(r.get(k))
}

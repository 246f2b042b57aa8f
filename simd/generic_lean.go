package simd

import "math"

// momentCode says how a moment is stored in fewer bits: as the upper part of
// its float32, and of 8 bits with fewer exponents.
//
//	code(x)  = max(|x| + r, base) >> shift, its upper bits dropped, with x's sign above; r random, below 1<<shift
//	value(c) = (c << shift | base) with the sign; but where there are a base and a sign, +0 for ±0
//
// where |x| and values mean the bits of float32. Of what is not finite, or
// beyond the largest code, the code is not specified: gradients are clipped,
// and a weight whose moments are NaN is NaN, now and from now on.
type momentCode struct {
	shift uint   // bits of the float32 that are dropped
	base  uint32 // bits that code 0 stands for, and the least that do not become 0
	size  uint32 // mask of the code's bits, the sign left out
	sign  uint32 // the sign's bit, or 0 where there is none
}

// The codes. Second moments are never negative, which leaves them a bit more.
//
//   - 16 bits: the range of float32 with 7 bits after the point (bfloat16), or
//     8 in second moments.
//   - 8 bits: 5 bits of exponent and 2 after the point, from 2⁻³¹ to 1.75; 6 and
//     2 in second moments, from 2⁻⁶³, which stands for 0 as well: its root
//     vanishes beside Adam's ε of 10⁻⁷. Gradients are clipped to 1 (see most8).
//     The bases are such that their bits lie above the codes'.
var (
	first16  = momentCode{shift: 16, size: 0x7fff, sign: 0x8000}
	second16 = momentCode{shift: 15, size: 0xffff}
	first8   = momentCode{shift: 21, base: 96 << 23, size: 0x7f, sign: 0x80}
	second8  = momentCode{shift: 21, base: 64 << 23, size: 0xff}
)

const signBit = 1 << 31

// encode returns the code of x with the random bits r, below 1<<shift.
func (k momentCode) encode(x float32, r uint32) uint32 {
	b := math.Float32bits(x)
	code := max(b&^signBit+r, k.base) >> k.shift & k.size
	if b&signBit != 0 {
		code |= k.sign
	}
	return code
}

// decode returns the value of a code.
func (k momentCode) decode(code uint32) float32 {
	b := code&k.size<<k.shift | k.base
	if b == k.base && k.base != 0 && k.sign != 0 {
		return 0
	}
	if code&k.sign != 0 {
		b |= signBit
	}
	return math.Float32frombits(b)
}

func decode[T uint8 | uint16](dst []float32, codes []T, k momentCode) {
	for i, c := range codes {
		dst[i] = k.decode(uint32(c))
	}
}

// adam16Generic is adamF32Generic on moments of 16 bits, which are rounded
// after the weights have moved by them:
//
//	h = start + i·hashStep; m rounds by h mod 2¹⁶, v by the upper 15 bits of h
//
// A random start makes h uniform in every step for every weight, and its upper
// bits independent of its lower ones. Over the weights of one step it is not
// random but spread evenly, which is better: their rounding errors tend to
// cancel.
func adam16Generic(w []float32, m, v []uint16, g []float32, start uint32, c *AdamStep) {
	var first, second lanes
	for b := 0; b < len(g); b += PanelWidth {
		n := min(PanelWidth, len(g)-b)
		decode(first[:n], m[b:b+n], first16)
		decode(second[:n], v[b:b+n], second16)
		adamAbove(0, w[b:b+n], first[:n], second[:n], g[b:b+n], c)
		for i := range n {
			h := start + uint32(b+i)*hashStep
			m[b+i] = uint16(first16.encode(first[i], h&0xffff))
			v[b+i] = uint16(second16.encode(second[i], h>>17))
		}
	}
}

// adam8Generic is adam16Generic on moments of 8 bits: m rounds by h mod 2²¹, v
// by its upper 21 bits. The ten bits that both use are the last of v's and the
// first of m's.
func adam8Generic(w []float32, m, v []uint8, g []float32, start uint32, c *AdamStep) {
	var first, second lanes
	for b := 0; b < len(g); b += PanelWidth {
		n := min(PanelWidth, len(g)-b)
		decode(first[:n], m[b:b+n], first8)
		decode(second[:n], v[b:b+n], second8)
		adamAbove(0, w[b:b+n], first[:n], second[:n], g[b:b+n], c)
		for i := range n {
			h := start + uint32(b+i)*hashStep
			m[b+i] = uint8(first8.encode(first[i], h&0x1fffff))
			v[b+i] = uint8(second8.encode(second[i], h>>11))
		}
	}
}

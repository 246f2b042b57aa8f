package simd

import (
	"fmt"
	"unsafe"
)

// Moments holds Adam's two moments of a tensor, value i beside weight i, in
// one of three widths: 32 bits (float32), 16 or 8 (see momentCode). Only the
// slices of that width are set.
//
// A moment of 16 or 8 bits is rounded at random, up or down in proportion to
// how near it lies: a second moment moves by a thousandth of itself a step, far
// less than the distance of its codes, and rounded to the nearest it would
// stand still. The random bits come from the weight's number and the step's
// key (noiseHash), so that they do not depend on threads.
type Moments struct {
	Bits int // 32, 16 or 8
	// Stream tells the rounding of this tensor from that of others that are
	// updated with the same key.
	Stream uint64

	First, Second     []float32
	First16, Second16 []uint16
	First8, Second8   []uint8
}

// MomentBits reports whether moments come in that many bits.
func MomentBits(bits int) bool { return bits == 32 || bits == 16 || bits == 8 }

// NewMoments returns zero moments of n values of 32, 16 or 8 bits.
func NewMoments(n, bits int) Moments {
	m := Moments{Bits: bits}
	switch bits {
	case 32:
		m.First, m.Second = alignedFloats(n), alignedFloats(n)
	case 16:
		m.First16, m.Second16 = alignedWords(n), alignedWords(n)
	case 8:
		m.First8, m.Second8 = asBytes(alignedFloats((n + 3) / 4))[:n:n], asBytes(alignedFloats((n + 3) / 4))[:n:n]
	default:
		panic(fmt.Sprintf("simd: NewMoments: moments of %d bits, want 32, 16 or 8", bits))
	}
	return m
}

// alignedWords is alignedFloats for values of 16 bits.
func alignedWords(n int) []uint16 {
	x := alignedFloats((n + 1) / 2)
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))[:n:n]
}

// MomentBytes returns the memory that both moments of n values take.
func MomentBytes(n, bits int) int64 { return 2 * int64(n) * int64(bits/8) }

// Len returns the number of weights that m belongs to.
func (m *Moments) Len() int { return max(len(m.First), len(m.First16), len(m.First8)) }

// Decode writes the values of the moments to first and second.
func (m *Moments) Decode(first, second []float32) {
	m.check("Decode", len(first))
	m.check("Decode", len(second))
	switch m.Bits {
	case 32:
		copy(first, m.First)
		copy(second, m.Second)
	case 16:
		decode(first, m.First16, first16)
		decode(second, m.Second16, second16)
	case 8:
		decode(first, m.First8, first8)
		decode(second, m.Second8, second8)
	}
}

// check panics unless m holds two moments of n values.
func (m *Moments) check(operation string, n int) {
	first := [3]int{len(m.First), len(m.First16), len(m.First8)}
	second := [3]int{len(m.Second), len(m.Second16), len(m.Second8)}
	want := [3]int{}
	switch m.Bits {
	case 32:
		want[0] = n
	case 16:
		want[1] = n
	case 8:
		want[2] = n
	default:
		panic(fmt.Sprintf("simd: %s: moments of %d bits", operation, m.Bits))
	}
	if first != want || second != want {
		panic(fmt.Sprintf("simd: %s: %d weights, %v and %v moments of %d bits", operation, n, first, second, m.Bits))
	}
}

// The largest codes of moments of 16 bits that are finite, the sign of a first
// one left out. All codes of 8 bits are finite.
const (
	MaxFirst16  = 0x7f7f
	MaxSecond16 = 0xfeff
)

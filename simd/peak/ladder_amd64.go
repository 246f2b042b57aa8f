//go:build !purego && !noasm

package peak

import "github.com/pffedge/pffedge/simd"

// How many values the loops accumulate to.
const (
	valuesAVX2   = 12 * 8
	valuesAVX512 = 24 * 16
)

func fma(isa simd.ISA, out *[16]float32, rounds int, x, y float32) (values int) {
	switch isa {
	case simd.AVX512, simd.VNNI:
		fmaAVX512(out, rounds, x, y)
		return valuesAVX512
	case simd.AVX2:
		fmaAVX2(out, rounds, x, y)
		return valuesAVX2
	default:
		return fmaGeneric(out, rounds, x, y)
	}
}

func dot(isa simd.ISA, out *[16]int32, rounds int, a, w uint32) (values int) {
	switch isa {
	case simd.VNNI:
		dotVNNI(out, rounds, a, w)
		return valuesAVX512
	case simd.AVX512:
		dotAVX512(out, rounds, a, w)
		return valuesAVX512
	case simd.AVX2:
		dotAVX2(out, rounds, a, w)
		return valuesAVX2
	default:
		return dotGeneric(out, rounds, a, w)
	}
}

// sum adds the words of x's whole blocks to out, passes times, and returns how
// many bytes these blocks are.
func sum(isa simd.ISA, out *[16]uint32, x []byte, passes int) (done int) {
	switch isa {
	case simd.AVX512, simd.VNNI:
		const block = 8 * 64
		if n := len(x) / block; n > 0 {
			sumAVX512(out, &x[0], n, passes)
			return n * block
		}
	case simd.AVX2:
		const block = 8 * 32
		if n := len(x) / block; n > 0 {
			sumAVX2(out, &x[0], n, passes)
			return n * block
		}
	}
	return sumGeneric(out, x, passes)
}

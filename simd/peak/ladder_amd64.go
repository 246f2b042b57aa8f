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

// sum adds words of x to out, passes times, and returns how many bytes these
// are.
func sum(isa simd.ISA, out *[16]uint32, x []byte, passes int) (done int) {
	switch isa {
	case simd.AVX512, simd.VNNI:
		done = inStreams(x, 2*64, passes, func(x *byte, distance uintptr, steps, passes int) {
			sumAVX512(out, x, distance, steps, passes)
		})
	case simd.AVX2:
		done = inStreams(x, 2*32, passes, func(x *byte, distance uintptr, steps, passes int) {
			sumAVX2(out, x, distance, steps, passes)
		})
	}
	if done == 0 {
		done = sumGeneric(out, x, passes)
	}
	return done
}

//go:build !purego && !noasm

package peak

import "github.com/pffedge/pffedge/simd"

func fma(isa simd.ISA, out *[16]float32, rounds int, x, y float32) (values int) {
	switch isa {
	case simd.NEON, simd.NEONDot:
		fmaNEON(out, rounds, x, y)
		return 24 * 4
	default:
		return fmaGeneric(out, rounds, x, y)
	}
}

func dot(isa simd.ISA, out *[16]int32, rounds int, a, w uint32) (values int) {
	switch isa {
	case simd.NEONDot:
		dotNEONDot(out, rounds, a, w)
		return 24 * 4
	case simd.NEON:
		dotNEON(out, rounds, a, w)
		return 12 * 4
	default:
		return dotGeneric(out, rounds, a, w)
	}
}

// sum adds words of x to out, passes times, and returns how many bytes these
// are.
func sum(isa simd.ISA, out *[16]uint32, x []byte, passes int) (done int) {
	if isa == simd.NEON || isa == simd.NEONDot {
		done = inStreams(x, 64, passes, func(x *byte, distance uintptr, steps, passes int) {
			sumNEON(out, x, distance, steps, passes)
		})
	}
	if done == 0 {
		done = sumGeneric(out, x, passes)
	}
	return done
}

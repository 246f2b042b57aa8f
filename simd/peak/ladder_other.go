//go:build (!amd64 && !arm64) || purego || noasm

package peak

import "github.com/pffedge/pffedge/simd"

func fma(_ simd.ISA, out *[16]float32, rounds int, x, y float32) (values int) {
	return fmaGeneric(out, rounds, x, y)
}

func dot(_ simd.ISA, out *[16]int32, rounds int, a, w uint32) (values int) {
	return dotGeneric(out, rounds, a, w)
}

func sum(_ simd.ISA, out *[16]uint32, x []byte, passes int) (done int) {
	return sumGeneric(out, x, passes)
}

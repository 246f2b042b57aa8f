// Command rows generates simd's NEON kernels of the row operations, the noise,
// the optimisers and quantisation. Run it by `go generate ./simd`.
//
// No kernel fuses a multiplication with an addition and sums keep the order of
// lanes, so that the bits equal those of the pure Go kernels, operation by
// operation.
package main

import "github.com/pffedge/pffedge/simd/_asm/arm64/asm"

func main() {
	f := asm.NewFile("arm64/rows")
	for _, write := range []func(*asm.File){
		sumSquares, dot, scale, axpy, relu, biasRelu, step, errors, exponential, addNormal, adam, sgd, adam16, adam8, quantize, dequantize, dequantizeAdd, requantize, expandFine, storeFine, packS8, maxAbs,
	} {
		write(f)
	}
	constants.emit(f)
	f.Main()
}

// Command rows generates simd's kernels of the row operations, the noise, the
// optimisers and quantisation for amd64, from one description for both vector
// widths. Run it by `go generate ./simd`.
//
// No kernel fuses a multiplication with an addition and sums keep the order of
// lanes, so that the bits equal those of the pure Go kernels, operation by
// operation.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	isa := flag.String("isa", "avx2", "vector width: `avx2 or avx512`")
	flag.Parse()
	var ok bool
	if target, ok = targets[*isa]; !ok {
		log.Fatalf("no such instruction set: %q", *isa)
	}
	wholeBlock()
	ConstraintExpr("!purego,!noasm")
	sumSquares()
	dot()
	scale()
	axpy()
	relu()
	biasRelu()
	step()
	errors()
	exponential()
	addNormal()
	adam()
	sgd()
	for _, l := range leanKinds {
		leanAdam(l)
	}
	quantize()
	dequantize()
	dequantizeAdd()
	requantize()
	expandFine()
	storeFine()
	packS8()
	maxAbs()
	emitConstants()
	emitLaneSteps()
	emitLowBytes()
	Generate()
}

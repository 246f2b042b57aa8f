// Command i8 generates simd's int8 products for amd64: activations 0…127 by
// weights −127…127, summed in 32 bits. Run it by `go generate ./simd`.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

// line is one group of four rows of a panel: 16 columns of four weights.
const line = 64

func main() {
	isa := flag.String("isa", "avx2", "instruction set: `avx2, avx512 or vnni`")
	flag.Parse()
	ConstraintExpr("!purego,!noasm")
	switch *isa {
	case "avx2":
		avx2()
	case "avx512":
		avx512()
	case "vnni":
		vnni()
	default:
		log.Fatalf("no such instruction set: %q", *isa)
	}
	Generate()
}

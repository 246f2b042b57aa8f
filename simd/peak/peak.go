package peak

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// Assembly is not preempted: a call of it must stay below about 100 µs.
const (
	roundsPerCall = 1024
	bytesPerCall  = 64 << 10
)

// FMA runs rounds of isa's loop of float32 multiply-adds and returns how many
// operations, two a multiply-add, that were. It panics where the CPU lacks isa.
func FMA(isa simd.ISA, rounds int) (operations int) {
	mustRun(isa)
	return 2 * inCalls(rounds, func(rounds int) int {
		var out [16]float32
		return rounds * fma(isa, &out, rounds, 1, 1)
	})
}

// DotI8 runs rounds of isa's loop of the int8 products that its kernels are
// made of and returns how many operations, two a multiply-add, that were. It
// panics where the CPU lacks isa.
func DotI8(isa simd.ISA, rounds int) (operations int) {
	mustRun(isa)
	return 2 * 4 * inCalls(rounds, func(rounds int) int {
		var out [16]int32
		return rounds * dot(isa, &out, rounds, 0x01010101, 0x01010101)
	})
}

// inCalls cuts rounds into calls and adds up what they return.
func inCalls(rounds int, call func(rounds int) int) (total int) {
	for ; rounds > 0; rounds -= roundsPerCall {
		total += call(min(rounds, roundsPerCall))
	}
	return total
}

// Read reads x from front to back, passes times, and returns how many bytes
// that were: it leaves out a rest that fills no block, if there is a block. It
// panics where the CPU lacks isa.
func Read(isa simd.ISA, x []byte, passes int) (bytes int) {
	mustRun(isa)
	var out [16]uint32
	if len(x) <= bytesPerCall {
		most := bytesPerCall / max(len(x), 1)
		for ; passes > 0; passes -= most {
			n := min(passes, most)
			bytes += n * sum(isa, &out, x, n)
		}
		return bytes
	}
	for range passes {
		for lo := 0; lo < len(x); lo += bytesPerCall {
			bytes += sum(isa, &out, x[lo:min(lo+bytesPerCall, len(x))], 1)
		}
	}
	return bytes
}

var usable = simd.Usable()

func mustRun(isa simd.ISA) {
	if !slices.Contains(usable, isa) {
		panic(fmt.Sprintf("peak: this CPU and build cannot run %q", isa))
	}
}

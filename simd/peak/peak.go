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

// Read reads x, in four places at once, passes times, and returns how many
// bytes that were: it leaves out a rest of less than 512. It panics where the
// CPU lacks isa.
func Read(isa simd.ISA, x []byte, passes int) (bytes int) {
	mustRun(isa)
	var out [16]uint32
	most := max(bytesPerCall/max(len(x), 1), 1)
	for ; passes > 0; passes -= most {
		n := min(passes, most)
		bytes += n * sum(isa, &out, x, n)
	}
	return bytes
}

// streams is how many places the assembly reads from at once.
const streams = 4

// inStreams cuts x into streams of whole steps, and a single pass over much
// into calls, and returns the size of the streams.
func inStreams(x []byte, step, passes int, call func(x *byte, distance uintptr, steps, passes int)) (done int) {
	distance := len(x) / (streams * step) * step
	part := distance
	if passes == 1 {
		part = bytesPerCall / streams
	}
	for lo := 0; lo < distance; lo += part {
		call(&x[lo], uintptr(distance), min(part, distance-lo)/step, passes)
	}
	return streams * distance
}

var usable = simd.Usable()

func mustRun(isa simd.ISA) {
	if !slices.Contains(usable, isa) {
		panic(fmt.Sprintf("peak: this CPU and build cannot run %q", isa))
	}
}

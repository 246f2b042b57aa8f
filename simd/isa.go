package simd

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// ISA names an implementation of the kernels. On one architecture each later
// one includes the earlier: what it has no kernel of its own for runs on the
// next best one's.
type ISA string

// The implementations.
const (
	Generic ISA = "generic" // pure Go, everywhere
	AVX2    ISA = "avx2"    // amd64 with AVX2 and FMA
	AVX512  ISA = "avx512"  // amd64 with AVX-512 F, BW, DQ and VL
	VNNI    ISA = "vnni"    // AVX512 with its int8 dot product, VPDPBUSD
	NEON    ISA = "neon"    // arm64
	NEONDot ISA = "neondot" // arm64 with its int8 dot product, SDOT
)

// EnvISA is the environment variable that narrows the choice of kernels to
// the one it names. It cannot ask for what the CPU lacks.
const EnvISA = "PFFEDGE_CPU"

var (
	active    ISA
	activeErr error
)

func init() { active, activeErr = choose(os.Getenv(EnvISA), Usable()) }

// Active returns the implementation in use.
func Active() ISA { return active }

// ActiveErr reports why PFFEDGE_CPU was refused, or nil. The kernels work all
// the same, with the best implementation; a program should refuse to start.
func ActiveErr() error { return activeErr }

// Use makes isa the implementation in use, or reports that this CPU and build
// cannot run it. It is for programs that compare implementations or replace
// one that fails its self-test: no kernel may run at the same time.
func Use(isa ISA) error {
	if !slices.Contains(Usable(), isa) {
		return fmt.Errorf("kernels %q: this CPU and build can run %s", isa, join(Usable()))
	}
	active = isa
	return nil
}

// Usable lists the implementations that this build has and this CPU can run,
// slowest first.
func Usable() []ISA { return append([]ISA{Generic}, usableArch()...) }

// choose picks the wanted implementation, or the best when none is named.
func choose(wanted string, usable []ISA) (ISA, error) {
	best := usable[len(usable)-1]
	if wanted == "" {
		return best, nil
	}
	isa := ISA(strings.ToLower(strings.TrimSpace(wanted)))
	if slices.Contains(usable, isa) {
		return isa, nil
	}
	return best, fmt.Errorf("%s=%q: this CPU and build can run %s", EnvISA, wanted, join(usable))
}

func join(list []ISA) string {
	names := make([]string, len(list))
	for i, isa := range list {
		names[i] = string(isa)
	}
	return strings.Join(names, ", ")
}

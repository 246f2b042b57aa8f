package simd

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// ISA names an implementation of the kernels.
type ISA string

// The implementations.
const (
	Generic ISA = "generic" // pure Go, everywhere
	AVX2    ISA = "avx2"    // amd64 with AVX2 and FMA
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
	names := make([]string, len(usable))
	for i, u := range usable {
		names[i] = string(u)
	}
	return best, fmt.Errorf("%s=%q: this CPU and build can run %s", EnvISA, wanted, strings.Join(names, ", "))
}

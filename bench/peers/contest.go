package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// candidates lists the kernels of a BLAS that may be its best on this CPU. Its
// own choice can be far off on a CPU that is newer than the library.
func candidates(library string, cpu *cpuid.CPUInfo) []string {
	list := map[string][]string{}
	if cpu.Supports(cpuid.AVX2, cpuid.FMA3) {
		list[openBLAS] = append(list[openBLAS], "Haswell", "Zen")
		list[blis] = append(list[blis], "haswell", "zen2", "zen3")
	}
	if cpu.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
		list[openBLAS] = append(list[openBLAS], "SkylakeX")
		list[blis] = append(list[blis], "skx")
	}
	return list[library]
}

// fastest returns the kernels that each BLAS is to use; for the unit, those of
// OpenBLAS that compute the unit fastest.
func fastest(threads int, unit bool) map[string]string {
	if unit {
		return map[string]string{openBLAS: fastestKernels(openBLAS, threads, true)}
	}
	return map[string]string{openBLAS: fastestKernels(openBLAS, threads, false), blis: fastestKernels(blis, threads, false)}
}

// fastestKernels returns the winner of a contest between the candidates, or ""
// for the library's own choice where there is none or the user has chosen.
// Each runs in a process of its own, because a library chooses once.
func fastestKernels(library string, threads int, unit bool) string {
	variable := map[string]string{openBLAS: envOpenBLASCore, blis: envBLISArch}[library]
	if os.Getenv(variable) != "" {
		return ""
	}
	const heats = 3
	best, least := "", math.Inf(1)
	for range heats {
		for _, kernels := range candidates(library, &cpuid.CPU) {
			if seconds, err := heat(library, kernels, threads, unit); err == nil && seconds < least {
				best, least = kernels, seconds
			}
		}
	}
	return best
}

// heat runs this program with --contest. It fails where the library is absent
// or was built without those kernels.
func heat(library, kernels string, threads int, unit bool) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{"--contest", library + ":" + kernels, "--threads", strconv.Itoa(threads)}
	if unit {
		args = append(args, "--unit")
	}
	out, err := exec.Command(self, args...).Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// contest is the other side of heat: for "library:kernels" it returns the
// geometric mean of the seconds of three products, or of the unit's alone.
func contest(entry string, threads int, unit bool) (float64, error) {
	library, kernels, _ := strings.Cut(entry, ":")
	setThreadVariables(threads)
	b, err := openBlas(library, kernels, threads)
	if err != nil {
		return 0, err
	}
	if !strings.EqualFold(b.kernels(), kernels) {
		return 0, fmt.Errorf("%s uses %s instead of %s", library, b.kernels(), kernels)
	}
	shapes, mean := square([]int{10, 64, 1000}, []int{1000}), 1.0
	if unit {
		shapes = []shape{unitShape}
	}
	p := plan{rounds: 3, burst: 10 * time.Millisecond, clock: wallTime}
	if threads == 1 {
		p.clock = cpuTime // other work on the machine must not decide
	}
	for _, s := range shapes {
		x, w, y := uniform(s.M*s.K, 1), uniform(s.K*s.N, 2), make([]float32, s.M*s.N)
		seconds := p.measure([]contender{{run: func(times int) { b.product(times, s, y, x, w) }}})
		mean *= math.Pow(quartilesOf(seconds[0]).median(), 1/float64(len(shapes)))
	}
	return mean, nil
}

package main

import (
	"cmp"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/pffedge/pffedge/simd"
)

// machine is what a measurement depends on besides the shapes.
type machine struct {
	CPU       string            `json:"cpu"`
	CPUs      int               `json:"cpus"`
	Go        string            `json:"go"`
	Kernels   simd.ISA          `json:"pffedge_kernels"`
	Libraries map[string]string `json:"libraries"` // with the kernels in use
	Absent    []string          `json:"absent,omitempty"`
	Load      string            `json:"load,omitempty"` // average of the minute before: other work on the machine
	Clock     string            `json:"clock"`          // wall or cpu: what the seconds of the products count
}

func describe(l *libraries, load string, cpuTime bool) machine {
	m := machine{
		CPU: cmp.Or(cpuid.CPU.BrandName, goruntime.GOARCH), CPUs: goruntime.NumCPU(), Go: goruntime.Version(),
		Kernels: simd.Active(), Libraries: map[string]string{}, Load: load, Clock: "wall",
	}
	if cpuTime {
		m.Clock = "cpu"
	}
	for _, b := range l.blas {
		m.Libraries[b.name] = strings.TrimSpace(b.version()) + ", kernels " + b.kernels()
	}
	if l.oneDNN {
		m.Libraries[oneDNN] = oneDNNVersion() + ", kernels " + oneDNNISA()
	}
	for _, name := range append([]string{gonum}, vekNames...) {
		m.Libraries[name] = moduleVersion(name)
	}
	for _, err := range l.absent {
		m.Absent = append(m.Absent, err.Error())
	}
	return m
}

// loadAverage returns how many threads wanted to run during the last minute,
// or "" where the kernel does not say.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

// moduleVersion returns the version of the module whose path ends in name.
func moduleVersion(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if strings.HasSuffix(m.Path, "/"+name) {
			return m.Version
		}
	}
	return "unknown"
}

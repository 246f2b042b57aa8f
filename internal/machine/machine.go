// Package machine tells what the computer at hand is: its CPU, caches, cores
// and memory, as far as the CPU and the operating system say.
package machine

import (
	"fmt"
	"os"
	goruntime "runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// Facts describes a machine. What is unknown is zero or empty.
type Facts struct {
	OS       string   `json:"os"`
	Arch     string   `json:"arch"`
	Board    string   `json:"board,omitempty"` // as its device tree names it
	CPU      string   `json:"cpu"`
	Vendor   string   `json:"vendor"`
	Features []string `json:"features"` // those that the kernels use
	Caches   Caches   `json:"caches"`
	Cores    int      `json:"cores"`   // that this process may run on
	Threads  int      `json:"threads"` // that commands use unless told otherwise
	Memory   Memory   `json:"memory"`
}

// Caches are sizes in bytes, of one core's or what it shares with others.
type Caches struct {
	L1Data int `json:"l1_data"`
	L2     int `json:"l2"`
	L3     int `json:"l3"`
	Line   int `json:"line"`
}

// Memory is in bytes; available is what a new program could have without
// others being moved out.
type Memory struct {
	Total     int64 `json:"total"`
	Available int64 `json:"available"`
}

// Look describes this machine.
func Look() Facts {
	f := Facts{
		OS: goruntime.GOOS, Arch: goruntime.GOARCH, CPU: name(), Vendor: vendor(),
		Features: features(), Caches: detected(), Cores: goruntime.NumCPU(), Threads: goruntime.GOMAXPROCS(0),
	}
	f.askSystem()
	return f
}

// wanted lists the features that decide between kernels or help to explain a
// decision.
var wanted = []cpuid.FeatureID{
	cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512VNNI, cpuid.AVXVNNI,
	cpuid.ASIMD, cpuid.ASIMDHP, cpuid.ASIMDDP, cpuid.SVE,
}

func features() []string {
	list := []string{}
	for _, id := range wanted {
		if cpuid.CPU.Has(id) {
			list = append(list, id.String())
		}
	}
	return list
}

func name() string {
	if brand := strings.TrimSpace(cpuid.CPU.BrandName); brand != "" {
		return brand
	}
	if goruntime.GOARCH == "arm64" {
		return armName(cpuid.CPU.Model >> 4)
	}
	return ""
}

func vendor() string {
	if cpuid.CPU.VendorString != "" {
		return cpuid.CPU.VendorString
	}
	if cpuid.CPU.VendorID != cpuid.VendorUnknown {
		return cpuid.CPU.VendorID.String()
	}
	return ""
}

// armParts are the part numbers of the cores that small boards have.
var armParts = map[int]string{
	0xd03: "Cortex-A53", 0xd04: "Cortex-A35", 0xd05: "Cortex-A55", 0xd07: "Cortex-A57", 0xd08: "Cortex-A72",
	0xd09: "Cortex-A73", 0xd0a: "Cortex-A75", 0xd0b: "Cortex-A76", 0xd0c: "Neoverse N1", 0xd40: "Neoverse V1",
	0xd49: "Neoverse N2", 0xd4f: "Neoverse V2",
}

func armName(part int) string {
	switch name := armParts[part]; {
	case name != "":
		return name
	case part != 0:
		return fmt.Sprintf("part %#03x", part)
	}
	return ""
}

// detected returns the caches as the CPU itself tells of them.
func detected() Caches {
	c := cpuid.CPU.Cache
	return Caches{L1Data: max(c.L1D, 0), L2: max(c.L2, 0), L3: max(c.L3, 0), Line: max(cpuid.CPU.CacheLine, 0)}
}

// readText returns a file's text without what ends it, or nothing.
func readText(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(b), "\x00\n")
}

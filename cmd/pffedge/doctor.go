package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// diagnosis is what `pffedge doctor --json` prints.
type diagnosis struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	machine.Facts
	Usable    []simd.ISA `json:"usable"`             // kernels, slowest first
	Kernels   simd.ISA   `json:"kernels"`            // in use
	Reason    string     `json:"reason"`             // why these
	Int8      string     `json:"int8"`               // how networks in int8 are computed
	Schedule  string     `json:"schedule,omitempty"` // arm64: the core whose order of instructions they have
	SelfTests []selfTest `json:"self_tests"`
}

// selfTest is the outcome of comparing one implementation with pure Go.
type selfTest struct {
	ISA     simd.ISA `json:"isa"`
	OK      bool     `json:"ok"`
	Seconds float64  `json:"seconds"`
	Error   string   `json:"error,omitempty"` // what disagrees
}

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what this machine has, and test its kernels",
		Long: `Show the CPU, its caches, cores and memory and the kernels in use, and compare
the kernels of every instruction set of this CPU with the pure Go ones. Kernels
that disagree are not used: every command falls back to the next best. Exit
status 1 if any disagree.`,
		Example: "  pffedge doctor --json",
		Args:    noArgs,
		RunE: doing(func(*cobra.Command, []string) error {
			d := a.diagnose()
			if err := a.showDiagnosis(d); err != nil {
				return err
			}
			return d.verdict()
		}),
	}
}

func (a *app) diagnose() *diagnosis {
	v := thisVersion()
	d := &diagnosis{Version: v.Version, Go: v.Go, Facts: machine.Look(), Usable: simd.Usable(), Schedule: simd.Schedule()}
	for _, isa := range d.Usable {
		start := time.Now()
		err := a.selfTest(isa)
		t := selfTest{ISA: isa, OK: err == nil, Seconds: time.Since(start).Seconds()}
		if err != nil {
			t.Error = show.OneLine(err.Error())
		}
		d.SelfTests = append(d.SelfTests, t)
	}
	d.choose(simd.Active(), os.Getenv(simd.EnvISA))
	return d
}

// choose says which kernels are in use and why: the wanted ones or, where they
// disagree with pure Go, the next best.
func (d *diagnosis) choose(wanted simd.ISA, named string) {
	d.Kernels, d.Reason = wanted, "the best that this CPU and build can run"
	if named != "" {
		d.Reason = fmt.Sprintf("%s=%s", simd.EnvISA, named)
	}
	for i := slices.Index(d.Usable, wanted); i > 0 && !d.SelfTests[i].OK; i-- {
		d.Kernels, d.Reason = d.Usable[i-1], fmt.Sprintf("better ones disagree with %s", simd.Generic)
	}
	d.Int8 = int8Paths[d.Kernels]
}

// int8Paths says how each implementation multiplies codes. None restores them to
// float32: all predict in int8, the same bits.
var int8Paths = map[simd.ISA]string{
	simd.Generic: "pure Go, in 32 bits",
	simd.AVX2:    "VPMADDUBSW, 32 products an instruction",
	simd.AVX512:  "VPMADDUBSW, 64 products an instruction",
	simd.VNNI:    "VPDPBUSD, 64 products and their sums an instruction",
	simd.NEON:    "SMULL, 8 products an instruction",
	simd.NEONDot: "SDOT, 16 products and their sums an instruction",
}

// verdict is an error where kernels disagree.
func (d *diagnosis) verdict() error {
	var wrong []simd.ISA
	for _, t := range d.SelfTests {
		if !t.OK {
			wrong = append(wrong, t.ISA)
		}
	}
	switch {
	case len(wrong) == 0:
		return nil
	case slices.Contains(wrong, simd.Generic):
		return fmt.Errorf("the pure Go kernels compute other values than elsewhere: do not trust this machine, or this build")
	}
	return fmt.Errorf("wrong results from the %s kernels; the program uses %s", listed(wrong), d.Kernels)
}

func (a *app) showDiagnosis(d *diagnosis) error {
	if a.json {
		return a.print(d)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line := func(title, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", title, fmt.Sprintf(format, args...))
	}
	line("pffedge", "%s (%s, %s/%s)", d.Version, d.Go, d.OS, d.Arch)
	if d.Board != "" {
		line("board", "%s", d.Board)
	}
	line("CPU", "%s, by %s", orUnknown(d.CPU), orUnknown(d.Vendor))
	line("features", "%s", orUnknown(strings.Join(d.Features, " ")))
	line("kernels", "%s (%s)", d.Kernels, d.Reason)
	line("int8 models", "computed in int8: %s", d.Int8)
	if d.Schedule != "" {
		line("schedule", "%s", d.Schedule)
	}
	line("caches", "level 1 data %s, level 2 %s, level 3 %s, lines of %s", size(d.Caches.L1Data), size(d.Caches.L2), size(d.Caches.L3), size(d.Caches.Line))
	line("cores", "%d; %s unless told otherwise", d.Cores, show.Plural(d.Threads, "thread"))
	line("memory", "%s, %s available", size(d.Memory.Total), size(d.Memory.Available))
	for _, t := range d.SelfTests {
		line("self-test", "%s: %s", t.ISA, t.outcome())
	}
	return w.Flush()
}

func (t selfTest) outcome() string {
	if t.OK {
		return fmt.Sprintf("ok, %s", show.Duration(t.Seconds))
	}
	return "WRONG: " + t.Error
}

// size prints a number of bytes; 0 stands for unknown.
func size[T int | int64](n T) string {
	if n == 0 {
		return "unknown"
	}
	return show.Bytes(int64(n))
}

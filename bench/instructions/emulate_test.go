package instructions

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// envRequire, when set, makes a missing tool a failure.
const envRequire = "PFFEDGE_REQUIRE"

const emulator = "qemu-aarch64"

// needTools skips the test where a tool is missing.
func needTools(t *testing.T) {
	t.Helper()
	if missing := missingTool(); missing != "" {
		if os.Getenv(envRequire) != "" {
			t.Fatalf("%s=%s: %s", envRequire, os.Getenv(envRequire), missing)
		}
		t.Skip(missing)
	}
}

func missingTool() string {
	for _, tool := range []string{"go", "gcc", emulator} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Sprintf("no instruction counts without %s (Debian: apt-get install gcc libc6-dev qemu-user)", tool)
		}
	}
	help, err := exec.Command(emulator, "-help").CombinedOutput()
	if err != nil || !strings.Contains(string(help), "-plugin") {
		return fmt.Sprintf("no instruction counts: this %s takes no plugins (Debian's qemu-user does)", emulator)
	}
	version, err := exec.Command(emulator, "-version").CombinedOutput()
	if err != nil || !speaksVersion1(string(version)) {
		return fmt.Sprintf("no instruction counts: the plugin is written for qemu 4.2 to 8.2, this is %s", version)
	}
	return ""
}

// speaksVersion1 reports whether qemu has version 1 of its plugin interface.
func speaksVersion1(version string) bool {
	var major, minor int
	_, number, _ := strings.Cut(version, " version ")
	if _, err := fmt.Sscanf(number, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 4 && major < 9 || major == 4 && minor >= 2
}

func TestSpeaksVersion1(t *testing.T) {
	for version, want := range map[string]bool{
		"qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright": true,
		"qemu-aarch64 version 8.2.0": true, "qemu-aarch64 version 4.2.1": true, "qemu-aarch64 version 4.1.0": false,
		"qemu-aarch64 version 9.0.0": false, "qemu-aarch64 version 10.0.2": false, "qemu": false, "": false,
	} {
		require.Equal(t, want, speaksVersion1(version), version)
	}
}

// command runs a tool and returns what it wrote to stdout.
func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s\n%s", cmd, stderr.String())
	return string(out)
}

// harness is a compiled plugin and program.
type harness struct {
	plugin  string
	program *program
	dir     string
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	needTools(t)
	dependOnSources(t)
	dir := t.TempDir()
	h := &harness{plugin: filepath.Join(dir, "plugin.so"), dir: dir}
	command(t, nil, "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", h.plugin, "plugin/plugin.c")
	binary := filepath.Join(dir, "run")
	// Exported functions of simd that were inlined into the program would not count as simd's.
	noInlining := "-gcflags=github.com/pffedge/pffedge/bench/instructions/run=-l"
	command(t, []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS="}, "go", "build", noInlining, "-o", binary, "./run")
	var err error
	h.program, err = readProgram(binary)
	require.NoError(t, err)
	return h
}

// dependOnSources looks at the files that the harness is compiled from, since
// go test takes a result from its cache when no file that the test itself
// looked at has changed.
func dependOnSources(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"../../go.mod", "../../simd/*.go", "../../simd/*.s", "plugin/*", "run/*"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, names, pattern)
		for _, name := range names {
			_, err := os.Stat(name)
			require.NoError(t, err)
		}
	}
}

// count performs cases on an emulated CPU with the implementation isa.
func (h *harness) count(t *testing.T, cpu, isa string, cases []string) []tally {
	t.Helper()
	lo, hi := h.program.bounds()
	out := filepath.Join(h.dir, "counts")
	plugin := fmt.Sprintf("%s,lo=%#x,hi=%#x,mark=%#x,out=%s", h.plugin, lo, hi, h.program.mark, out)
	args := append([]string{"-cpu", cpu, "-plugin", plugin, h.program.path}, cases...)
	used := command(t, []string{"PFFEDGE_CPU=" + isa}, emulator, args...)
	require.Equal(t, isa, strings.TrimSpace(used), "%s runs another implementation than it was told to", cpu)

	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	records, err := readRecords(f)
	require.NoError(t, err)
	require.Len(t, records, 2*len(cases), "one mark before and one after each operation")
	tallies := make([]tally, len(cases))
	for i := range cases {
		var functions []tally
		tallies[i], functions, err = h.program.tallies(records[2*i+1])
		require.NoError(t, err)
		require.NotZero(t, tallies[i].Instructions, cases[i])
		if *byFunction {
			h.logFunctions(t, cpu+" "+isa+" "+cases[i], functions)
		}
	}
	return tallies
}

var byFunction = flag.Bool("functions", false, "log what each function has of each count")

func (h *harness) logFunctions(t *testing.T, what string, functions []tally) {
	t.Helper()
	t.Log(what)
	for i, sum := range functions {
		if sum.Instructions > 0 {
			t.Logf("%12d %s", sum.Instructions, h.program.functions[i].name)
		}
	}
}

// TestCountsRepeat asserts what the budgets stand on.
func TestCountsRepeat(t *testing.T) {
	h := newHarness(t)
	cases := []string{"GemmF32:m=7,k=300,n=40", "StepF32:m=1,k=500,n=1", "GemmF32:m=7,k=300,n=40", "GemmF32:m=64,k=2000,n=80"} // the last is long enough to be preempted
	first := h.count(t, "cortex-a72", "generic", cases)
	require.Equal(t, first[0], first[2], "a second time in one run")
	require.Equal(t, first, h.count(t, "cortex-a72", "generic", cases), "a second run")
	// The pure Go product performs at least a multiplication and an addition a value.
	require.Greater(t, first[0].Instructions, uint64(2*7*300*40))
}

package shared

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Python returns a Python 3 that has modules, the first such in any folder of
// the PATH. Without one the test is skipped; where PFFEDGE_REQUIRE is set it
// fails.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		python := filepath.Join(dir, "python3")
		if exec.Command(python, "-c", "import "+strings.Join(modules, ", ")).Run() == nil {
			return python
		}
	}
	const reason = "no python3 with %s (Debian: python3-numpy, python3-onnx)"
	if os.Getenv("PFFEDGE_REQUIRE") != "" {
		t.Fatalf("PFFEDGE_REQUIRE is set: "+reason, strings.Join(modules, ", "))
	}
	t.Skipf(reason, strings.Join(modules, ", "))
	return ""
}

// RunPython runs a script, which must succeed, and returns what it prints.
func RunPython(t testing.TB, python, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-c", script}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", python, err, out)
	}
	return string(out)
}

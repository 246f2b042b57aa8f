// Package imports holds one test: who may import whom.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/pffedge/pffedge/"

// order lists the top-level folders; each may import only those before it.
var order = []string{"simd", "simd/peak", "quant", "model/durable", "model", "model/sealed", "runtime/replay", "runtime/ridge", "runtime/novelty", "runtime", "runtime/store", "internal", "cmd", "firmware", "bench"}

// closure is all that packages runtime, runtime/replay, runtime/ridge, runtime/novelty and runtime/store and what they import may import from
// outside the standard library.
var closure = []string{"github.com/klauspost/cpuid/v2", "github.com/viterin/vek", "golang.org/x/sys"}

// internalOrder lists the internal packages in the same way. The float64
// oracle imports nothing of the project.
var internalOrder = []string{"imports", "shared", "oracle", "verify", "data", "evaluate", "training", "show", "lessons", "service", "servicetest", "mqtt", "plot", "machine", "sdnotify", "serve/page", "serve", "bench", "array", "safetensors", "npz", "onnx", "convert", "quantize", "continual", "program"}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// list runs go list for one platform and returns the module's packages.
func list(t *testing.T, goarch string, args ...string) []pkg {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...)
	cmd.Env = append(cmd.Environ(), "GOARCH="+goarch, "GOOS=linux", "CGO_ENABLED=0")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	require.NoError(t, err)
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		require.NoError(t, err)
		pkgs = append(pkgs, p)
	}
}

// place returns the position of a package of the module in a list of folders
// below prefix, the innermost of those that hold it, or -1.
func place(path, prefix string, folders []string) int {
	rest, found := strings.CutPrefix(path, prefix)
	for ; found; rest, found = parent(rest) {
		if at := slices.Index(folders, rest); at >= 0 {
			return at
		}
	}
	return -1
}

func parent(folder string) (string, bool) {
	end := strings.LastIndexByte(folder, '/')
	if end < 0 {
		return "", false
	}
	return folder[:end], true
}

func TestImportsGoOneWay(t *testing.T) {
	for _, goarch := range []string{"amd64", "arm64", "arm"} {
		pkgs := list(t, goarch, "./...")
		require.NotEmpty(t, pkgs)
		for _, p := range pkgs {
			at := place(p.ImportPath, module, order)
			require.GreaterOrEqual(t, at, 0, "%s lies in no known folder", p.ImportPath)
			inside := place(p.ImportPath, module+"internal/", internalOrder)
			if order[at] == "internal" {
				require.GreaterOrEqual(t, inside, 0, "%s is not in internalOrder", p.ImportPath)
			}
			for _, i := range p.Imports {
				if !strings.HasPrefix(i, module) {
					continue
				}
				require.LessOrEqual(t, place(i, module, order), at, "%s imports %s", p.ImportPath, i)
				if to := place(i, module+"internal/", internalOrder); inside >= 0 && to >= 0 {
					require.Less(t, to, inside, "%s imports %s", p.ImportPath, i)
				}
			}
		}
	}
}

func TestNothingImportsBench(t *testing.T) {
	for _, p := range list(t, "amd64", "./...") {
		for _, i := range p.Imports {
			require.False(t, strings.HasPrefix(i, module+"bench"), "%s imports %s", p.ImportPath, i)
		}
	}
}

// TestOnlyTestsCrash: the disk that crashes is for tests.
func TestOnlyTestsCrash(t *testing.T) {
	for _, p := range list(t, "amd64", "./...") {
		require.NotContains(t, p.Imports, module+"model/durable/crashfs", p.ImportPath)
	}
}

func TestRuntimeClosureIsSmall(t *testing.T) {
	for _, goarch := range []string{"amd64", "arm64", "arm"} {
		for _, p := range list(t, goarch, "-deps", "./runtime", "./runtime/replay", "./runtime/ridge", "./runtime/novelty", "./runtime/store") {
			if p.Standard || strings.HasPrefix(p.ImportPath, module) {
				continue
			}
			allowed := slices.ContainsFunc(closure, func(root string) bool { return strings.HasPrefix(p.ImportPath, root) })
			require.True(t, allowed, "%s: the runtime depends on %s", goarch, p.ImportPath)
		}
	}
}

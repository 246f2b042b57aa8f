// Package shared finds reference material for tests: recorded runs and public
// data sets that are too large, or not ours, to be part of the project.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the folder that holds the reference material: data/mnist with
// MNIST's IDX files, golden/*.json with recorded runs.
const Env = "PFFEDGE_SHARED"

// Dir returns a folder of the reference material: below $PFFEDGE_SHARED, else
// below "shared" beside the repository. Without it the test is skipped; where
// CI=true it fails, for there it must run.
func Dir(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv(Env)
	if root == "" {
		root = filepath.Join(filepath.Dir(repository(t)), "shared")
	}
	dir := filepath.Join(root, folder)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		const reason = "no reference material %s in %s; set " + Env
		if os.Getenv("CI") == "true" {
			t.Fatalf(reason, folder, root)
		}
		t.Skipf(reason, folder, root)
	}
	return dir
}

// repository returns the folder of go.mod.
func repository(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

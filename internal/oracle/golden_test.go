package oracle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenRecordings reads the reference implementation's recorded runs. They
// live outside the repository: in $PFFEDGE_SHARED/golden, else in shared/golden
// beside it. Without them the test is skipped, or fails where CI is true.
func goldenRecordings(t *testing.T) map[string]*Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sharedFolder(t), "golden", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		const reason = "no recorded runs: set PFFEDGE_SHARED to the folder that holds golden/*.json"
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	recordings := map[string]*Recording{}
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		rec, err := ReadRecording(f)
		require.NoError(t, f.Close())
		require.NoError(t, err, name)
		recordings[filepath.Base(name)] = rec
	}
	return recordings
}

func sharedFolder(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PFFEDGE_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, parent, dir, "no go.mod above the test's folder")
		dir = parent
	}
}

package oracle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pffedge/pffedge/internal/shared"
	"github.com/stretchr/testify/require"
)

// goldenRecordings reads the reference implementation's recorded runs, which
// live outside the repository; see package shared.
func goldenRecordings(t *testing.T) map[string]*Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "golden"), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
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

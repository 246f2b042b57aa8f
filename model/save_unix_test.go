//go:build unix

package model

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteFileAtomicKeepsPermissionsAndLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "m-2.pff"), filepath.Join(dir, "current.pff")
	require.NoError(t, os.WriteFile(target, nil, 0o600))
	require.NoError(t, os.Chmod(target, 0o662))
	require.NoError(t, os.Symlink("m-2.pff", link))
	require.NoError(t, Save(link, smallModel()))

	info, err := os.Lstat(target)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o662), info.Mode())
	info, err = os.Lstat(link)
	require.NoError(t, err)
	require.Equal(t, os.ModeSymlink, info.Mode().Type())
	_, err = Load(link)
	require.NoError(t, err)
}

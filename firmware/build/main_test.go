package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuildIsStaticAndReproducible(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("compiles everything for another platform; set CI=true to run it")
	}
	var binaries [2][]byte
	for i := range binaries {
		dir := t.TempDir()
		var stdout, stderr bytes.Buffer
		require.NoError(t, run(context.Background(), []string{"-out", dir, "linux-arm64"}, &stdout, &stderr), stderr.String())
		var err error
		binaries[i], err = os.ReadFile(filepath.Join(dir, "pffedge-linux-arm64"))
		require.NoError(t, err)
		sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%x  pffedge-linux-arm64\n", sha256.Sum256(binaries[i])), string(sums))
		require.Equal(t, string(sums), stdout.String())
	}
	require.True(t, bytes.Equal(binaries[0], binaries[1]), "two builds differ")
	f, err := elf.NewFile(bytes.NewReader(binaries[0]))
	require.NoError(t, err)
	require.Equal(t, elf.EM_AARCH64, f.Machine)
	libraries, err := f.ImportedLibraries()
	require.NoError(t, err)
	require.Empty(t, libraries)
}

func TestUnknownTarget(t *testing.T) {
	var stdout, stderr bytes.Buffer
	err := run(context.Background(), []string{"-out", t.TempDir(), "linux-vax"}, &stdout, &stderr)
	require.ErrorContains(t, err, `no target "linux-vax", there are linux-arm64`)
}

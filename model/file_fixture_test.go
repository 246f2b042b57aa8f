package model

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the fixtures of the current format version anew")

// fixture returns the file that the first release of version 1 wrote. It must
// never change: a change means that files out there are no longer read.
func fixture(t *testing.T, name string, current []byte) []byte {
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, current, 0o644))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	return file
}

func fixtureConfig() Config {
	c := testConfig(testVector(3), 5, 18)
	c.Latent.Driven = true
	return c
}

func TestFixtureV1(t *testing.T) {
	want := testModel(fixtureConfig(), true)
	file := fixture(t, "v1.pff", encodeModel(t, want))
	got, err := Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.True(t, bytes.Equal(file, encodeModel(t, got)))
}

func TestFixtureV1Checkpoint(t *testing.T) {
	want := testCheckpoint(fixtureConfig())
	file := fixture(t, "v1-checkpoint.pff", encodeCheckpoint(t, want))
	got, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.True(t, bytes.Equal(file, encodeCheckpoint(t, got)))
}

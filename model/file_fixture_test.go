package model

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the fixtures of the current format version anew")

// fixture returns the file that the first release of a version wrote. It must
// never change: a change means that files out there are no longer read.
func fixture(t *testing.T, version int, name string, current []byte) []byte {
	path := filepath.Join("testdata", fmt.Sprintf("v%d%s", version, name))
	if *update && version == FormatVersion {
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

// TestFixtures reads the files of every version and writes them again as that
// version did.
func TestFixtures(t *testing.T) {
	for version := 1; version <= FormatVersion; version++ {
		encode := func(m *Model, c *Checkpoint) []byte {
			var buf bytes.Buffer
			require.NoError(t, encodeVersion(version, &buf, m, c, nil))
			return buf.Bytes()
		}
		want := testModel(fixtureConfig(), true)
		file := fixture(t, version, ".pff", encode(want, nil))
		got, err := Decode(bytes.NewReader(file))
		require.NoError(t, err, version)
		require.Equal(t, want, got, version)
		require.True(t, bytes.Equal(file, encode(got, nil)), version)

		for _, bits := range append(leanBits, 32) {
			want, name := testCheckpoint(fixtureConfig()), "-checkpoint.pff"
			if bits < 32 {
				want, name = leanCheckpoint(want, bits), fmt.Sprintf("-checkpoint-%d.pff", bits)
			}
			file := fixture(t, version, name, encode(want.Model, want))
			got, err := DecodeCheckpoint(bytes.NewReader(file))
			require.NoError(t, err, "%d, %s", version, name)
			require.Equal(t, want, got, "%d, %s", version, name)
			require.True(t, bytes.Equal(file, encode(got.Model, got)), "%d, %s", version, name)
			m, err := Decode(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, want.Model, m)
		}
	}
}

func TestFixtureInt8(t *testing.T) {
	want, err := testModel(fixtureConfig(), true).Quantise()
	require.NoError(t, err)
	file := fixture(t, 2, "-int8.pff", encodeModel(t, want))
	got, err := Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.True(t, bytes.Equal(file, encodeModel(t, got)))
}

func TestFixtureInt8Checkpoint(t *testing.T) {
	want := int8Checkpoint(t, testModel(fixtureConfig(), true))
	file := fixture(t, 2, "-checkpoint-int8.pff", encodeCheckpoint(t, want))
	got, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.True(t, bytes.Equal(file, encodeCheckpoint(t, got)))
	m, err := Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want.Model, m)
}

func TestFixtureKept(t *testing.T) {
	want := keeping(leanCheckpoint(testCheckpoint(fixtureConfig()), 0), 100)
	file := fixture(t, 2, "-checkpoint-kept.pff", encodeCheckpoint(t, want))
	got, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.True(t, bytes.Equal(file, encodeCheckpoint(t, got)))
	m, err := Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want.Model, m)
}

func TestFixtureSigned(t *testing.T) {
	dir := t.TempDir()
	plain, path := filepath.Join(dir, "m.pff"), filepath.Join(dir, "signed.pff")
	require.NoError(t, Save(plain, testModel(fixtureConfig(), true)))
	require.NoError(t, Sign(plain, path, testKey()))
	current, err := os.ReadFile(path)
	require.NoError(t, err)
	file := fixture(t, 2, "-signed.pff", current)
	require.True(t, bytes.Equal(file, current), "Ed25519 signatures are deterministic")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	key, err := VerifySignature(path)
	require.NoError(t, err)
	require.True(t, testKey().Public().(ed25519.PublicKey).Equal(key))
}

// testKey returns a key that is no secret.
func testKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)) }

package model

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func publicKey(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func TestSign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	for name, file := range map[string][]byte{
		"model": encodeModel(t, smallModel()), "int8": encodeModel(t, smallInt8(t)), "checkpoint": encodeCheckpoint(t, smallCheckpoint()),
		"lean checkpoint": encodeCheckpoint(t, leanCheckpoint(smallCheckpoint(), 8)), "what a learner keeps": encodeCheckpoint(t, keeping(smallCheckpoint(), 70)),
	} {
		require.NoError(t, os.WriteFile(path, file, 0o600))
		_, err := VerifySignature(path)
		require.ErrorIs(t, err, ErrUnsigned, name)
		require.ErrorContains(t, err, path)

		require.NoError(t, Sign(path, path, testKey()))
		key, err := VerifySignature(path, publicKey(other), publicKey(testKey()))
		require.NoError(t, err, name)
		require.Equal(t, publicKey(testKey()), key)
		key, err = VerifySignature(path, publicKey(other))
		require.ErrorIs(t, err, ErrUntrusted, name)
		require.Equal(t, publicKey(testKey()), key)

		// The signature is the only difference.
		want, err := Decode(bytes.NewReader(file))
		require.NoError(t, err)
		got, err := Load(path)
		require.NoError(t, err)
		require.Equal(t, want, got)
		info, err := Describe(path)
		require.NoError(t, err)
		require.Equal(t, "signature", info.Sections[len(info.Sections)-1].Name)

		// Signing again replaces it.
		require.NoError(t, Sign(path, path, other))
		key, err = VerifySignature(path)
		require.NoError(t, err)
		require.Equal(t, publicKey(other), key)
	}
}

// TestForgeriesAreNoticed: other weights, another configuration, or another key
// under a signature, with all checksums right.
func TestForgeriesAreNoticed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.pff")
	require.NoError(t, Save(path, smallModel()))
	require.NoError(t, Sign(path, path, testKey()))
	signed, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, forge := range map[string]func(f []byte){
		"weight":        func(f []byte) { content(t, f, "W1")[0] ^= 1 },
		"mixture":       func(f []byte) { content(t, f, "mixture")[4] ^= 1 },
		"configuration": func(f []byte) { c := content(t, f, "config"); copy(c[bytes.Index(c, []byte(`"a"`)):], `"c"`) },
		"signature":     func(f []byte) { content(t, f, "signature")[40] ^= 1 },
		"key":           func(f []byte) { content(t, f, "signature")[0] ^= 1 },
		"key of another": func(f []byte) {
			copy(content(t, f, "signature"), publicKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))))
		},
	} {
		f := bytes.Clone(signed)
		forge(f)
		require.NoError(t, os.WriteFile(path, reseal(f), 0o600))
		_, err := Load(path)
		require.NoError(t, err, name)
		_, err = VerifySignature(path)
		require.ErrorIs(t, err, ErrSignature, name)
	}
	require.NoError(t, os.WriteFile(path, signed[:len(signed)-1], 0o600))
	_, err = VerifySignature(path)
	require.ErrorIs(t, err, ErrTruncated)
	require.ErrorIs(t, Sign(path, filepath.Join(dir, "out.pff"), testKey()), ErrTruncated)
	require.NoFileExists(t, filepath.Join(dir, "out.pff"))
}

func TestEveryBitFlipInASignedFileIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, Save(path, smallModel()))
	require.NoError(t, Sign(path, path, testKey()))
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range file {
		file[i] ^= 1 << (i % 8)
		_, err := Decode(bytes.NewReader(file))
		requireNamed(t, err)
		file[i] ^= 1 << (i % 8)
	}
	for n := range file {
		_, err := Decode(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated)
	}
}

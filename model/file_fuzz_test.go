package model

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// addFixtures adds a file of every kind and version to the corpus.
func addFixtures(f *testing.F) {
	for version := 1; version <= FormatVersion; version++ {
		for _, kind := range []string{"", "-checkpoint", "-checkpoint-16", "-checkpoint-8", "-checkpoint-0", "-int8", "-checkpoint-int8", "-checkpoint-kept", "-signed"} {
			file, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("v%d%s.pff", version, kind)))
			if version == 1 && errors.Is(err, fs.ErrNotExist) {
				continue // version 1 had neither
			}
			require.NoError(f, err)
			f.Add(file)
			f.Add(file[:len(file)/2])
		}
	}
	f.Add(encodeModel(f, smallModel()))
	f.Add(encodeCheckpoint(f, smallCheckpoint()))
	f.Add(encodeCheckpoint(f, keeping(smallCheckpoint(), 70)))
	f.Add(encodeModel(f, smallInt8(f)))
	f.Add([]byte{})
}

// FuzzDecode feeds files as they are and with all checksums made right, which
// lets changes reach the rules behind them. What is accepted must encode to
// the same bytes.
func FuzzDecode(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, file := range [][]byte{file, reseal(file)} {
			m, err := Decode(bytes.NewReader(file))
			if err != nil {
				requireNamed(t, err)
				require.Nil(t, m)
				continue
			}
			require.NoError(t, m.Validate())
			c, err := DecodeCheckpoint(bytes.NewReader(file))
			if err != nil && !errors.Is(err, ErrNotCheckpoint) {
				requireNamed(t, err) // in the moments, which a model ignores
				continue
			}
			if c != nil {
				require.NoError(t, c.Validate())
				require.Equal(t, m, c.Model)
			}
			require.True(t, bytes.Equal(file, encodeLike(t, file, m, c)))
		}
	})
}

// FuzzOpen opens, verifies and maps the same files, of which even small matrices
// stay in the mapping. Open and Verify must find what Decode finds.
func FuzzOpen(f *testing.F) {
	usual := largeSection
	largeSection = 8
	f.Cleanup(func() { largeSection = usual })
	addFixtures(f)
	path := filepath.Join(f.TempDir(), "m.pff")
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, file := range [][]byte{file, reseal(file)} {
			require.NoError(t, os.WriteFile(path, file, 0o600))
			want, wrong := Decode(bytes.NewReader(file))
			o, err := Open(path, 1)
			if err == nil {
				for p := Forward; p < numParts && err == nil; p++ {
					err = o.Model.Check(p)
				}
			}
			if wrong != nil {
				require.Error(t, err)
				requireNamed(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, want, o.Model.Clone())
			}
			if o != nil {
				require.NoError(t, o.Close())
			}
			if _, _, err := Verify(path); wrong != nil {
				require.Error(t, err)
			}
			if _, err := Layout(path); err != nil {
				requireNamed(t, err)
			}
		}
	})
}

// encodeLike returns m, or c unless it is nil, as a file of the version of
// file and with its signature.
func encodeLike(t *testing.T, file []byte, m *Model, c *Checkpoint) []byte {
	var signature []byte
	if file[12]&flagSigned != 0 {
		signature = content(t, file, "signature")
	}
	var buf bytes.Buffer
	require.NoError(t, encodeVersion(int(file[8]), &buf, m, c, signature))
	return buf.Bytes()
}

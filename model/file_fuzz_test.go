package model

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecode feeds files as they are and with all checksums made right, which
// lets changes reach the rules behind them. What is accepted must encode to
// the same bytes.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"v1.pff", "v1-checkpoint.pff", "v1-checkpoint-16.pff", "v1-checkpoint-8.pff", "v1-checkpoint-0.pff"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		f.Add(file)
		f.Add(file[:len(file)/2])
	}
	f.Add(encodeModel(f, smallModel()))
	f.Add(encodeCheckpoint(f, smallCheckpoint()))
	f.Add([]byte{})
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
			if errors.Is(err, ErrNotCheckpoint) {
				require.True(t, bytes.Equal(file, encodeModel(t, m)))
				continue
			}
			if err != nil {
				requireNamed(t, err) // in the moments, which a model ignores
				continue
			}
			require.NoError(t, c.Validate())
			require.True(t, bytes.Equal(file, encodeCheckpoint(t, c)))
			require.Equal(t, m, c.Model)
		}
	})
}

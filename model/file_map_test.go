package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layoutOf returns the fields of a file with that content, which they must
// cover from end to end.
func layoutOf(t *testing.T, content []byte) []Field {
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	fields, err := Layout(path)
	require.NoError(t, err)
	at := int64(0)
	for _, f := range fields {
		require.Equal(t, at, f.Offset)
		require.Equal(t, content[at:at+min(f.Length, 16)], f.Start)
		require.NotContains(t, f.Meaning, "\n")
		at += f.Length
	}
	require.EqualValues(t, len(content), at)
	return fields
}

func damagedFields(fields []Field) (list []string) {
	for _, f := range fields {
		if f.Damaged {
			list = append(list, f.Meaning)
		}
	}
	return list
}

func TestLayout(t *testing.T) {
	for _, name := range []string{"v1.pff", "v1-checkpoint-8.pff", "v2.pff", "v2-checkpoint.pff", "v2-int8.pff", "v2-checkpoint-kept.pff", "v2-signed.pff"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		fields := layoutOf(t, file)
		require.Empty(t, damagedFields(fields), name)
		var all strings.Builder
		for _, f := range fields {
			all.WriteString(f.Meaning + "\n")
		}
		for _, text := range []string{"magic number", "CRC-32C of the section table", "config, json: {\"input\"", "W1, packed", "mixture.2, mixture float32", "zeros up to a multiple of 64"} {
			require.Contains(t, all.String(), text, name)
		}
		if name == "v2-checkpoint-kept.pff" {
			require.Contains(t, all.String(), "l.memory0, bytes bytes, 1×100, which its learner keeps")
			require.Contains(t, all.String(), "flags: checkpoint, things that its learner keeps, moments of 0 bits")
		}
		if name == "v2-signed.pff" {
			require.Contains(t, all.String(), "signature, signature bytes, 1×96, Ed25519 key and signature")
			require.Contains(t, all.String(), "flags: signed")
		}
	}
}

// TestLayoutMarksDamage flips every byte behind the magic number.
func TestLayoutMarksDamage(t *testing.T) {
	file := encodeModel(t, smallModel())
	for at := 8; at < len(file); at++ {
		file[at] ^= 0x10
		require.NotEmpty(t, damagedFields(layoutOf(t, file)), "byte %d", at)
		file[at] ^= 0x10
	}
	for n := 64; n < len(file); n += 7 {
		require.NotEmpty(t, damagedFields(layoutOf(t, file[:n])), "%d bytes", n)
	}
	require.Equal(t, []string{"length of the file, 2048 bytes", "belongs to nothing"}, damagedFields(layoutOf(t, append(file, make([]byte, 100)...))))
}

func TestLayoutOfSomethingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	for content, want := range map[string]error{"hello": ErrMagic, "\x89PFF\r\n\x1a\nshort": ErrTruncated} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := Layout(path)
		require.ErrorIs(t, err, want)
		require.ErrorContains(t, err, path)
	}
	_, err := Layout(filepath.Join(t.TempDir(), "gone"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestVerify finds every damaged section, not the first alone.
func TestVerify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	file := encodeCheckpoint(t, smallCheckpoint())
	check := func(damaged ...string) error {
		require.NoError(t, os.WriteFile(path, file, 0o600))
		info, states, err := Verify(path)
		require.NotNil(t, info)
		var found []string
		for _, s := range states {
			if s.Err != nil {
				require.ErrorIs(t, s.Err, ErrChecksum)
				found = append(found, s.Name)
			}
		}
		require.Equal(t, damaged, found)
		return err
	}
	require.NoError(t, check())
	content(t, file, "v.G1")[3] ^= 1
	content(t, file, "V")[3] ^= 1
	content(t, file, "b1")[0] ^= 1
	err := check("V", "b1", "v.G1")
	require.ErrorIs(t, err, ErrChecksum)
	require.ErrorContains(t, err, path+": section V")

	file = encodeCheckpoint(t, smallCheckpoint())
	copy(content(t, file, "v.G1"), "\x00\x00\xc0\x7f")
	file = reseal(file)
	require.ErrorIs(t, check(), ErrValue, "a value that is no number, in bytes that are right")

	file[20] ^= 1
	require.NoError(t, os.WriteFile(path, file, 0o600))
	_, _, err = Verify(path)
	require.ErrorIs(t, err, ErrChecksum)
}

package model

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keepingCheckpoint returns a checkpoint with what a learner keeps.
func keepingCheckpoint() *Checkpoint {
	c := testCheckpoint(fixtureConfig())
	c.Keep = []Blob{{"held", []byte{}}, {"memory", []byte("some bytes\x00")}, {"memory2", bytes.Repeat([]byte{7}, 1000)}}
	return c
}

func TestFixtureKeeps(t *testing.T) {
	want := keepingCheckpoint()
	file := fixture(t, 2, "-checkpoint-keeps.pff", encodeCheckpoint(t, want))
	got, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Len(t, got.Keep, 3)
	for i, x := range want.Keep {
		require.Equal(t, x.Name, got.Keep[i].Name)
		require.True(t, bytes.Equal(x.Data, got.Keep[i].Data))
	}
	require.True(t, bytes.Equal(file, encodeCheckpoint(t, got)))
	m, err := Decode(bytes.NewReader(file))
	require.NoError(t, err, "a model's reader passes over it")
	require.Equal(t, want.Model, m)
	at := bytes.Index(file, []byte("some bytes"))
	file[at] ^= 1
	_, err = Decode(bytes.NewReader(file))
	require.ErrorIs(t, err, ErrChecksum, "but not over damage")
}

func TestKeepRefuses(t *testing.T) {
	for name, list := range map[string][]Blob{
		"no name": {{"", nil}}, "capitals": {{"Memory", nil}}, "long": {{strings.Repeat("a", 21), nil}}, "slash": {{"a/b", nil}},
		"twice": {{"a", nil}, {"a", nil}}, "disorder": {{"b", nil}, {"a", nil}},
	} {
		c := keepingCheckpoint()
		c.Keep = list
		require.ErrorIs(t, c.Validate(), ErrFormat, name)
		require.ErrorIs(t, EncodeCheckpoint(new(bytes.Buffer), c), ErrFormat, name)
	}
	c := keepingCheckpoint()
	c.Keep = nil
	for i := range MaxKept + 1 {
		c.Keep = append(c.Keep, Blob{Name: string(rune('a' + i))})
	}
	require.ErrorIs(t, c.Validate(), ErrTooLarge)
	c.Keep = c.Keep[:MaxKept]
	require.NoError(t, c.Validate())
}

// TestKeptFlag: the flag stands for sections, and only a checkpoint has them.
func TestKeptFlag(t *testing.T) {
	for name, file := range map[string][]byte{"a model": encodeModel(t, testModel(fixtureConfig(), false)), "a checkpoint": encodeCheckpoint(t, testCheckpoint(fixtureConfig()))} {
		file[12] |= flagKeeps
		_, err := Decode(bytes.NewReader(reseal(file)))
		require.ErrorIs(t, err, ErrFormat, name)
	}
	file := encodeCheckpoint(t, keepingCheckpoint())
	file[12] &^= flagKeeps
	_, err := DecodeCheckpoint(bytes.NewReader(reseal(file)))
	require.ErrorIs(t, err, ErrFormat)
}

// TestKeptClasses: changes of classes carry it over, for its owner to change.
func TestKeptClasses(t *testing.T) {
	c := keepingCheckpoint()
	grown, err := c.AddClass("one more")
	require.NoError(t, err)
	require.Equal(t, c.Keep, grown.Keep)
	less, err := grown.RemoveClass("one more")
	require.NoError(t, err)
	require.Equal(t, c.Keep, less.Keep)
}

func TestKeptSigned(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "c.pff")
	require.NoError(t, SaveCheckpoint(path, keepingCheckpoint()))
	require.NoError(t, Sign(path, path, key))
	_, err = VerifySignature(path)
	require.NoError(t, err)
	c, err := LoadCheckpoint(path)
	require.NoError(t, err)
	require.Len(t, c.Keep, 3)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotZero(t, file[12]&flagKeeps)
}

package model

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoundTripInt8Checkpoint(t *testing.T) {
	for name, m := range testModels {
		c := int8Checkpoint(t, m)
		require.NoError(t, c.Validate(), name)
		file := encodeCheckpoint(t, c)
		got, err := DecodeCheckpoint(bytes.NewReader(file))
		require.NoError(t, err, name)
		require.Equal(t, c, got, name)
		require.Equal(t, file, encodeCheckpoint(t, got), name)
		plain, err := Decode(bytes.NewReader(file))
		require.NoError(t, err, name)
		require.Equal(t, c.Model, plain, name)
	}
}

func TestEveryBitFlipInAnInt8CheckpointIsNoticed(t *testing.T) {
	file := encodeCheckpoint(t, int8Checkpoint(t, smallModel()))
	for i := range file {
		file[i] ^= 1 << (i % 8)
		_, err := DecodeCheckpoint(bytes.NewReader(file))
		requireNamed(t, err)
		_, err = Decode(bytes.NewReader(file))
		requireNamed(t, err)
		file[i] ^= 1 << (i % 8)
	}
	for n := range file {
		_, err := DecodeCheckpoint(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated)
	}
}

// TestMalformedInt8Checkpoints changes files whose checksums are then made right.
func TestMalformedInt8Checkpoints(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f []byte)
		want   error
	}{
		"moments of 16 bits":  {func(f []byte) { f[12] = 1 | 2 | 1<<4 }, ErrFormat},
		"float32 weights":     {func(f []byte) { f[12] = 1 | 2<<4 }, ErrFormat},
		"no checkpoint":       {func(f []byte) { f[12] = 2 }, ErrFormat},
		"codes as residuals":  {func(f []byte) { entry(t, f, "r.W1")[26] = byte(Int8) }, ErrFormat},
		"row of padding":      {func(f []byte) { content(t, f, "r.W1")[4*3] = 1 }, ErrValue},
		"infinite lateral":    {func(f []byte) { binary.LittleEndian.PutUint32(content(t, f, "r.L1"), 0x7f800000) }, ErrValue},
		"residuals of others": {func(f []byte) { copy(entry(t, f, "r.V"), "r.W") }, ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeCheckpoint(t, int8Checkpoint(t, smallModel()))
			test.change(f)
			_, err := DecodeCheckpoint(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, test.want)
			requireNamed(t, err)
		})
	}
}

func TestValidateInt8Checkpoint(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *Checkpoint)
		text   string
	}{
		"none":             {func(c *Checkpoint) { c.Residuals = nil }, "without residuals"},
		"of fewer layers":  {func(c *Checkpoint) { c.Residuals.Layers = nil }, "without residuals"},
		"short":            {func(c *Checkpoint) { c.Residuals.Readout = nil }, "r.W: malformed: 0 residuals"},
		"no lateral":       {func(c *Checkpoint) { c.Residuals.Layers[0].Lateral = nil }, "r.L1"},
		"in padding":       {func(c *Checkpoint) { c.Residuals.Layers[0].Up[15] = 1 }, "r.W1"},
		"other moments":    {func(c *Checkpoint) { c.Lean = NewMoments(&c.Model.Config, 16) }, "8 bits"},
		"float32 weights":  {func(c *Checkpoint) { c.Model = smallModel() }, "float32 weights with residuals"},
		"no trainer state": {func(c *Checkpoint) { c.Trainer = nil }, "trainer"},
	} {
		c := int8Checkpoint(t, smallModel())
		test.change(c)
		require.ErrorContains(t, c.Validate(), test.text, name)
	}
}

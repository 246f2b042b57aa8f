package model

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// leanBits are the widths that moments may have instead of 32 bits.
var leanBits = []int{16, 8, 0}

// leanCheckpoint returns c with moments of that many bits instead of its own;
// every code that is not padding is drawn.
func leanCheckpoint(c *Checkpoint, bits int) *Checkpoint {
	lean := *c
	lean.First, lean.Second, lean.Lean = nil, nil, NewMoments(&c.Model.Config, bits)
	for i, t := range c.Model.Params.Tensors() {
		drawCodes(t, lean.Lean.slots()[i], c.Model.Config.Group)
	}
	return &lean
}

func drawCodes(t Tensor, x *simd.Moments, group int) {
	r := lcg(t.Rows + 100*t.Cols)
	draw := func(most uint32) uint32 { return uint32((r.next() + 1) / 2 * float32(most+1)) }
	for i := range x.Len() {
		if i%simd.PanelWidth >= t.live(i/simd.PanelWidth, group) {
			continue
		}
		if x.Bits == 16 {
			x.First16[i] = uint16(draw(simd.MaxFirst16) | draw(1)<<15)
			x.Second16[i] = uint16(draw(simd.MaxSecond16))
			continue
		}
		x.First8[i], x.Second8[i] = uint8(draw(255)), uint8(draw(255))
	}
}

// TestLeanFilesAreSmaller by what the moments save, a section's padding aside.
func TestLeanFilesAreSmaller(t *testing.T) {
	c := testCheckpoint(testConfig(Image(8, 8), 20, 35))
	whole := len(encodeCheckpoint(t, c))
	for _, bits := range leanBits {
		var saved int64
		for _, t := range c.Model.Params.Tensors() {
			saved += 2 * t.Count(c.Model.Config.Group) * int64(32-bits) / 8
		}
		lean := leanCheckpoint(c, bits)
		require.InDelta(t, saved, whole-len(encodeCheckpoint(t, lean)), 2*64*15+30*64, "%d bits", bits)
		path := filepath.Join(t.TempDir(), "c.pff")
		require.NoError(t, SaveCheckpoint(path, lean))
		got, err := LoadCheckpoint(path)
		require.NoError(t, err)
		require.Equal(t, lean, got)
		info, err := Describe(path)
		require.NoError(t, err)
		require.True(t, info.Checkpoint)
	}
}

func TestMomentBytes(t *testing.T) {
	c := testConfig(Image(8, 8), 20, 35)
	for _, bits := range []int{32, 16, 8, 0} {
		var bytes int64
		for _, x := range NewMoments(&c, bits).slots() {
			bytes += simd.MomentBytes(x.Len(), bits)
			require.Equal(t, bits, x.Bits)
		}
		require.Equal(t, bytes, c.MomentBytes(bits), "%d bits", bits)
	}
	require.Equal(t, 2*c.ParamBytes(), c.MomentBytes(32))
	require.Zero(t, c.MomentBytes(0))
}

// TestMomentsOfShareMemory: what learns is what a checkpoint holds.
func TestMomentsOfShareMemory(t *testing.T) {
	c := testConfig(testVector(3), 5, 18)
	first, second := testParams(&c, 2), testParams(&c, 3)
	m := MomentsOf(first, second)
	require.Equal(t, 32, m.Bits)
	require.Equal(t, first.Layers[1].Lateral, m.Layers[1].Lateral.First)
	m.Gen[1].Second[0] = 7
	require.Equal(t, float32(7), second.Gen[1].Data[0])
	for i, x := range m.slots() {
		require.Equal(t, uint64(i), x.Stream)
	}
	require.Equal(t, len(first.Tensors()), len(m.slots()))
}

func TestBitFlipInEveryByteOfLeanMomentsIsNoticed(t *testing.T) {
	for _, bits := range leanBits {
		file := encodeCheckpoint(t, leanCheckpoint(smallCheckpoint(), bits))
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
			require.ErrorIs(t, err, ErrTruncated, "%d bits, after %d bytes", bits, n)
		}
	}
}

// TestMalformedLeanFiles changes files whose checksums are then made right.
func TestMalformedLeanFiles(t *testing.T) {
	le := binary.LittleEndian
	for name, test := range map[string]struct {
		bits   int
		change func(f []byte)
		want   error
	}{
		"infinite first moment":    {16, func(f []byte) { le.PutUint16(content(t, f, "m.W1"), 0xff80) }, ErrValue},
		"infinite second moment":   {16, func(f []byte) { le.PutUint16(content(t, f, "v.G1"), 0xff00) }, ErrValue},
		"8 bits said to be 16":     {8, func(f []byte) { f[12] = 1 | 1<<4 }, ErrFormat},
		"16 bits said to be 32":    {16, func(f []byte) { f[12] = 1 }, ErrFormat},
		"8 bits said to be none":   {8, func(f []byte) { f[12] = 1 | 3<<4 }, ErrFormat},
		"none said to be 8":        {0, func(f []byte) { f[12] = 1 | 2<<4 }, ErrFormat},
		"no checkpoint":            {8, func(f []byte) { f[12] = 2 << 4 }, ErrFormat},
		"first where second is":    {8, func(f []byte) { entry(t, f, "v.W1")[26] = byte(First8) }, ErrFormat},
		"float32 moments":          {16, func(f []byte) { entry(t, f, "m.W1")[26] = byte(Float32) }, ErrFormat},
		"moments of another width": {16, func(f []byte) { entry(t, f, "m.W1")[26] = byte(First8) }, ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeCheckpoint(t, leanCheckpoint(smallCheckpoint(), test.bits))
			test.change(f)
			_, err := DecodeCheckpoint(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, test.want)
			requireNamed(t, err)
		})
	}
}

// TestPaddingOfLeanMomentsInVersion1 changes padding, which later versions leave
// out.
func TestPaddingOfLeanMomentsInVersion1(t *testing.T) {
	for bits, change := range map[int]func(f []byte){
		16: func(f []byte) { content(t, f, "v.b1")[2*15] = 1 },
		8:  func(f []byte) { content(t, f, "v.L1")[3] = 1 },
	} {
		f := encodeV1(t, nil, leanCheckpoint(smallCheckpoint(), bits))
		_, err := DecodeCheckpoint(bytes.NewReader(f))
		require.NoError(t, err)
		change(f)
		_, err = DecodeCheckpoint(bytes.NewReader(reseal(f)))
		require.ErrorIs(t, err, ErrValue)
		requireNamed(t, err)
	}
}

func TestValidateLeanCheckpoint(t *testing.T) {
	other := testConfig(testVector(3), 9)
	for name, test := range map[string]struct {
		bits   int
		change func(c *Checkpoint)
		want   error
		text   string
	}{
		"valid, 16":            {16, func(*Checkpoint) {}, nil, ""},
		"valid, 8":             {8, func(*Checkpoint) {}, nil, ""},
		"valid, none":          {0, func(*Checkpoint) {}, nil, ""},
		"32 bits":              {8, func(c *Checkpoint) { c.Lean.Bits = 32 }, ErrFormat, "moments of 32 bits"},
		"two kinds":            {8, func(c *Checkpoint) { c.First = NewParams(&c.Model.Config) }, ErrFormat, "two kinds"},
		"another network's":    {8, func(c *Checkpoint) { c.Lean = NewMoments(&other, 8) }, ErrFormat, "moments of tensor W1"},
		"fewer layers":         {8, func(c *Checkpoint) { c.Lean.Layers = nil }, ErrFormat, "moments of 4 tensors"},
		"another width":        {8, func(c *Checkpoint) { c.Lean.GenTop.Bits = 16 }, ErrFormat, "moments of tensor Gy"},
		"short":                {16, func(c *Checkpoint) { c.Lean.Readout.Second16 = c.Lean.Readout.Second16[1:] }, ErrFormat, "moments of tensor W"},
		"missing":              {16, func(c *Checkpoint) { c.Lean.Readout = simd.Moments{} }, ErrFormat, "moments of tensor W"},
		"some where none":      {0, func(c *Checkpoint) { c.Lean.Readout = simd.NewMoments(16, 8) }, ErrFormat, "moments of tensor W"},
		"another stream":       {8, func(c *Checkpoint) { c.Lean.Readout.Stream++ }, ErrFormat, "stream"},
		"infinite":             {16, func(c *Checkpoint) { c.Lean.ReadoutBias.First16[0] = 0x7f80 }, ErrValue, "moments of tensor b: code 0"},
		"something in padding": {8, func(c *Checkpoint) { c.Lean.ReadoutBias.Second8[15] = 1 }, ErrValue, "moments of tensor b: code 15"},
		"no trainer state":     {8, func(c *Checkpoint) { c.Trainer = nil }, ErrFormat, "trainer"},
	} {
		t.Run(name, func(t *testing.T) {
			c := leanCheckpoint(smallCheckpoint(), test.bits)
			test.change(c)
			err := c.Validate()
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Equal(t, err, EncodeCheckpoint(failingWriter{t}, c))
		})
	}
}

// TestSwap is its own inverse where it does anything.
func TestSwap(t *testing.T) {
	for size, swapped := range map[int][]byte{1: {1, 2, 3, 4}, 2: {2, 1, 4, 3}, 4: {4, 3, 2, 1}} {
		b := []byte{1, 2, 3, 4}
		swap(b, size)
		if littleEndian {
			swapped = []byte{1, 2, 3, 4}
		}
		require.Equal(t, swapped, b)
	}
}

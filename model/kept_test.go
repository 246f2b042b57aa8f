package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// keeping returns c with two things that its learner keeps, the first of n bytes.
func keeping(c *Checkpoint, n int) *Checkpoint {
	r, data := lcg(5), make([]byte, n)
	for i := range data {
		data[i] = byte(int(r.next() * 128))
	}
	c.Kept = []Blob{{"memory0", data}, {"stats", []byte("\x00\xffseen 12")}}
	return c
}

func TestKeptRoundTrip(t *testing.T) {
	for name, c := range map[string]*Checkpoint{
		"float32": smallCheckpoint(), "8 bits": leanCheckpoint(smallCheckpoint(), 8), "no moments": leanCheckpoint(smallCheckpoint(), 0),
		"int8": int8Checkpoint(t, smallModel()),
	} {
		t.Run(name, func(t *testing.T) {
			plain := encodeCheckpoint(t, c)
			require.Zero(t, plain[12]&8)
			want := keeping(c, 3*readChunk+17)
			file := encodeCheckpoint(t, want)
			require.Equal(t, plain[12]|8, file[12])
			for _, read := range []func() (*Checkpoint, error){
				func() (*Checkpoint, error) { return DecodeCheckpoint(bytes.NewReader(file)) },
				func() (*Checkpoint, error) { return DecodeCheckpoint(iotest.HalfReader(bytes.NewReader(file))) },
				func() (*Checkpoint, error) { return decode(bytes.NewReader(file), int64(len(file)), true) },
			} {
				got, err := read()
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.True(t, bytes.Equal(file, encodeCheckpoint(t, got)))
			}
			m, err := Decode(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, want.Model, m)

			c.Kept = nil
			require.Equal(t, plain, encodeCheckpoint(t, c), "a file without them stays what it was")
		})
	}
}

// TestKeptLayoutByHand reads a file with nothing but FORMAT.md's offsets.
func TestKeptLayoutByHand(t *testing.T) {
	c := keeping(smallCheckpoint(), 70)
	file := encodeCheckpoint(t, c)
	le := binary.LittleEndian
	e, n := entry(t, file, "l.memory0"), le.Uint32(file[16:])
	require.Equal(t, "trainer\x00", string(file[64*(n-2):][:8]))
	require.Equal(t, string(e), string(file[64*(n-1):][:64]))
	require.Equal(t, "l.stats\x00", string(file[64*n:][:8]))
	require.EqualValues(t, []uint16{7, 8}, []uint16{le.Uint16(e[24:]), le.Uint16(e[26:])})
	require.EqualValues(t, []uint32{1, 70}, []uint32{le.Uint32(e[32:]), le.Uint32(e[36:])})
	require.EqualValues(t, 70, le.Uint64(e[48:]))
	require.Equal(t, c.Kept[0].Data, content(t, file, "l.memory0"))
	require.EqualValues(t, len(file), le.Uint64(file[24:]))
}

func TestKeptMostAndLeast(t *testing.T) {
	c := smallCheckpoint()
	for i := range MaxBlobs {
		c.Kept = append(c.Kept, Blob{fmt.Sprintf("%0*d", MaxBlobName, i), []byte{byte(i)}})
	}
	file := encodeCheckpoint(t, c)
	got, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, c, got)

	c.Kept = []Blob{{"a", nil}, {"a0", []byte{}}}
	file = encodeCheckpoint(t, c)
	got, err = DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	require.Len(t, got.Kept, 2)
	require.Empty(t, got.Kept[0].Data)
	require.Equal(t, file, encodeCheckpoint(t, got))
}

func TestValidateKept(t *testing.T) {
	for name, test := range map[string]struct {
		kept []Blob
		want error
		text string
	}{
		"no name":      {[]Blob{{Name: ""}}, ErrFormat, `""`},
		"long name":    {[]Blob{{Name: strings.Repeat("a", 21)}}, ErrFormat, "1…20"},
		"capital":      {[]Blob{{Name: "Memory"}}, ErrFormat, `"Memory"`},
		"dot":          {[]Blob{{Name: "a.b"}}, ErrFormat, `"a.b"`},
		"prefix":       {[]Blob{{Name: "l.a"}}, ErrFormat, `"l.a"`},
		"not ASCII":    {[]Blob{{Name: "é\n"}}, ErrFormat, `"é\n"`},
		"zero byte":    {[]Blob{{Name: "a\x00"}}, ErrFormat, `"a\x00"`},
		"twice":        {[]Blob{{Name: "a"}, {Name: "a"}}, ErrFormat, "l.a after l.a"},
		"out of order": {[]Blob{{Name: "b"}, {Name: "a"}}, ErrFormat, "l.a after l.b"},
		"many":         {make([]Blob, MaxBlobs+1), ErrTooLarge, "17 things"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []*Checkpoint{smallCheckpoint(), leanCheckpoint(smallCheckpoint(), 16)} {
				c.Kept = test.kept
				err := c.Validate()
				require.ErrorIs(t, err, test.want)
				require.ErrorContains(t, err, test.text)
				require.NotContains(t, err.Error(), "\n")
				require.Equal(t, err, EncodeCheckpoint(failingWriter{t}, c))
			}
		})
	}
	require.NoError(t, checkKept([]Section{keptSection("a", MaxBlobBytes)}))
	require.ErrorIs(t, checkKept([]Section{keptSection("a", MaxBlobBytes+1)}), ErrTooLarge)
}

func TestMalformedKept(t *testing.T) {
	le := binary.LittleEndian
	type file = []byte
	for name, test := range map[string]struct {
		change func(t *testing.T, f file)
		want   error
	}{
		"flag gone":          {func(t *testing.T, f file) { f[12] &^= 8 }, ErrFormat},
		"checkpoint gone":    {func(t *testing.T, f file) { f[12] &^= 1 }, ErrFormat},
		"signed, without it": {func(t *testing.T, f file) { f[12] |= 4 }, ErrFormat},
		"as version 1":       {func(t *testing.T, f file) { f[8] = 1 }, ErrVersion},
		"no section of it":   {func(t *testing.T, f file) { copy(entry(t, f, "l.stats"), "k") }, ErrFormat},
		"no name":            {func(t *testing.T, f file) { clear(entry(t, f, "l.memory0")[2:24]) }, ErrFormat},
		"long name":          {func(t *testing.T, f file) { copy(entry(t, f, "l.memory0"), "l."+strings.Repeat("a", 22)) }, ErrFormat},
		"capital":            {func(t *testing.T, f file) { entry(t, f, "l.memory0")[2] = 'M' }, ErrFormat},
		"out of order":       {func(t *testing.T, f file) { entry(t, f, "l.memory0")[2] = 't' }, ErrFormat},
		"twice":              {func(t *testing.T, f file) { copy(entry(t, f, "l.stats"), "l.memory0") }, ErrFormat},
		"junk after a name":  {func(t *testing.T, f file) { entry(t, f, "l.stats")[23] = 'x' }, ErrFormat},
		"trainer behind":     {func(t *testing.T, f file) { copy(entry(t, f, "trainer"), "l.a\x00\x00\x00\x00") }, ErrFormat},
		"another kind":       {func(t *testing.T, f file) { entry(t, f, "l.stats")[24] = 5 }, ErrFormat},
		"another type":       {func(t *testing.T, f file) { entry(t, f, "l.stats")[26] = 1 }, ErrFormat},
		"two rows":           {func(t *testing.T, f file) { entry(t, f, "l.stats")[32] = 2 }, ErrFormat},
		"fewer columns":      {func(t *testing.T, f file) { entry(t, f, "l.stats")[36]-- }, ErrFormat},
		"moved":              {func(t *testing.T, f file) { entry(t, f, "l.stats")[40] += 64 }, ErrFormat},
		"longer":             {func(t *testing.T, f file) { entry(t, f, "l.stats")[48]++ }, ErrFormat},
		"too long":           {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "l.memory0")[48:], MaxBlobBytes+1) }, ErrTooLarge},
		"absurdly long":      {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "l.memory0")[48:], math.MaxUint64) }, ErrTooLarge},
		"padding": {func(t *testing.T, f file) {
			b := content(t, f, "l.stats")
			b[:len(b)+1][len(b)] = 1
		}, ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeCheckpoint(t, keeping(smallCheckpoint(), 70))
			test.change(t, f)
			for _, read := range []func() error{
				func() error { _, err := DecodeCheckpoint(bytes.NewReader(reseal(f))); return err },
				func() error { _, err := Decode(bytes.NewReader(reseal(f))); return err },
			} {
				err := read()
				require.ErrorIs(t, err, test.want)
				requireNamed(t, err)
			}
		})
	}
	t.Run("flag alone", func(t *testing.T) {
		for _, f := range [][]byte{encodeCheckpoint(t, smallCheckpoint()), encodeModel(t, smallModel())} {
			f[12] |= 8
			_, err := Decode(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, ErrFormat)
			requireNamed(t, err)
		}
	})
	t.Run("one too many", func(t *testing.T) {
		c := smallCheckpoint()
		k := contents{version: FormatVersion, config: &c.Model.Config, tensors: shapes(&c.Model.Config).Tensors()}
		for i := range MaxBlobs + 1 {
			k.kept = append(k.kept, keptSection(fmt.Sprintf("%02d", i), 1))
		}
		require.ErrorIs(t, k.check(), ErrTooLarge)
	})
}

func TestDamageInKeptIsNoticed(t *testing.T) {
	file := encodeCheckpoint(t, keeping(smallCheckpoint(), 70))
	path := filepath.Join(t.TempDir(), "c.pff")
	from := int(binary.LittleEndian.Uint64(entry(t, file, "l.memory0")[40:]))
	look := func(i int) {
		_, err := DecodeCheckpoint(bytes.NewReader(file))
		requireNamed(t, err)
		_, err = Decode(bytes.NewReader(file))
		requireNamed(t, err)
		if i%8 == 0 {
			require.NoError(t, os.WriteFile(path, file, 0o600))
			_, err = Open(path, 1)
			requireNamed(t, err)
		}
	}
	for i := range file {
		if i >= 64 && i < 64*30 || i > 2048 && i < from { // what other tests damage
			continue
		}
		file[i] ^= 1 << (i % 8)
		look(i)
		file[i] ^= 1 << (i % 8)
	}
	for n := from - 64; n < len(file); n++ {
		_, err := DecodeCheckpoint(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated)
		_, err = Decode(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated)
	}
}

// TestClaimsOfKeptAllocateNothing cuts a file off before what it claims to keep.
func TestClaimsOfKeptAllocateNothing(t *testing.T) {
	c := smallCheckpoint()
	c.Kept = []Blob{{"memory", make([]byte, 100)}}
	file := encodeCheckpoint(t, c)
	le, e := binary.LittleEndian, entry(t, file, "l.memory")
	le.PutUint32(e[36:], MaxBlobBytes)
	le.PutUint64(e[48:], MaxBlobBytes)
	le.PutUint64(file[24:], uint64(align(int64(le.Uint64(e[40:]))+MaxBlobBytes)))
	file = reseal(file)
	for _, delivered := range []int{0, 3 << 20} {
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := DecodeCheckpoint(io.MultiReader(bytes.NewReader(file), bytes.NewReader(make([]byte, delivered))))
		goruntime.ReadMemStats(&after)
		require.ErrorIs(t, err, ErrTruncated)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20+4*delivered))
	}
}

// TestWritingKeptCopiesNothing writes 32 MB that are kept with the memory of a few
// buffers.
func TestWritingKeptCopiesNothing(t *testing.T) {
	c := smallCheckpoint()
	c.Kept = []Blob{{"memory", make([]byte, 32<<20)}}
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	require.NoError(t, EncodeCheckpoint(io.Discard, c))
	goruntime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

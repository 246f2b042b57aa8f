package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	goruntime "runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/shared"
)

func floats(v ...float32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func sample() []array.Array {
	return []array.Array{
		{Name: "pffedge.config", Type: array.Text, Data: []byte(`{"é":"😀"}`)},
		{Name: "W1", Type: array.F32, Shape: []int{2, 3}, Data: floats(0, 1, 2, 3, 4, 5)},
		{Name: "mixture.0.weight", Type: array.F32, Shape: []int{0}, Data: []byte{}},
		{Name: "ü", Type: array.I8, Shape: []int{}, Data: []byte{7}},
		{Name: "nothing", Type: array.Text, Data: []byte{}},
	}
}

func encode(t testing.TB, arrays []array.Array) []byte {
	t.Helper()
	var sources []array.Source
	for _, a := range arrays {
		sources = append(sources, a.Source())
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, sources))
	return b.Bytes()
}

func decode(b []byte) ([]array.Array, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func requireEqual(t *testing.T, want, got []array.Array) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, a := range got {
		w := want[i]
		require.Equal(t, w.Name, a.Name)
		require.Equal(t, w.Type, a.Type, a.Name)
		require.Equal(t, append([]int{}, w.Shape...), append([]int{}, a.Shape...), a.Name)
		require.True(t, bytes.Equal(w.Data, a.Data), "%s: %q, want %q", a.Name, a.Data, w.Data)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, arrays := range [][]array.Array{sample(), nil} {
		b := encode(t, arrays)
		got, err := decode(b)
		require.NoError(t, err)
		requireEqual(t, arrays, got)
		require.Equal(t, b, encode(t, got))
	}
}

func TestNumPyWrites(t *testing.T) {
	v := floats(0, 0.5, 1, 1.5, 2, 2.5)
	for _, name := range []string{"savez.npz", "savez_compressed.npz"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		arrays, err := decode(b)
		require.NoError(t, err)
		got := map[string]array.Array{}
		for _, a := range arrays {
			got[a.Name] = a
		}
		require.Len(t, got, 16)
		for _, name := range []string{"f2", "f4", "f8", "big", "big8", "fortran"} {
			require.Equal(t, []int{2, 3}, got[name].Shape, name)
			x, err := got[name].Float32s()
			require.NoError(t, err, name)
			require.Equal(t, v, floats(x...), name)
		}
		cube, err := got["cube"].Float32s()
		require.NoError(t, err)
		for i, x := range cube {
			require.EqualValues(t, i, x)
		}
		require.Equal(t, floats(1.5), got["scalar"].Data)
		require.Empty(t, got["scalar"].Shape)
		require.Equal(t, []int{0, 3}, got["empty"].Shape)
		require.Equal(t, []int{3}, got["row"].Shape)
		require.Equal(t, []byte{0xFE, 0xFF, 0, 1}, got["i1"].Data)
		require.Equal(t, []byte{0, 1, 2, 3}, got["u1"].Data)
		require.Equal(t, array.Type("I64"), got["i8"].Type)
		require.Equal(t, array.Bool, got["flag"].Type)
		require.Equal(t, `é€😀 {"a": 1}`, string(got["text"].Data))
		require.Equal(t, "abc", string(got["bytes"].Data))
	}
}

// TestNumPyReads needs NumPy.
func TestNumPyReads(t *testing.T) {
	python := shared.Python(t, "numpy")
	path := filepath.Join(t.TempDir(), "a.npz")
	require.NoError(t, os.WriteFile(path, encode(t, sample()), 0o600))
	out := shared.RunPython(t, python, `
import sys, numpy as np
m = np.load(sys.argv[1])
for k in m.files: print(k, m[k].dtype, m[k].shape, m[k].tolist())
`, path)
	require.Equal(t, `pffedge.config <U9 () {"é":"😀"}
W1 float32 (2, 3) [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
mixture.0.weight float32 (0,) []
ü int8 () 7
nothing <U1 () 
`, out)
}

type entry struct {
	name    string
	content []byte
}

func archive(t testing.TB, method uint16, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		require.NoError(t, err)
		_, err = w.Write(e.content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

var one = npy(1, "{'descr': '<u1', 'fortran_order': False, 'shape': (1,)}", 7)

func TestMalformedArchives(t *testing.T) {
	raw := func(h zip.FileHeader) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		h.Name, h.CompressedSize64 = "W.npy", uint64(len(one))
		w, err := z.CreateRaw(&h)
		require.NoError(t, err)
		_, err = w.Write(one)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.Bytes()
	}
	size, sum := uint64(len(one)), crc32.ChecksumIEEE(one)
	_, err := decode(raw(zip.FileHeader{UncompressedSize64: size, CRC32: sum}))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file []byte
		want error
		part string
	}{
		"empty":          {nil, array.ErrFormat, "zip"},
		"no archive":     {[]byte("PK\x03\x04"), array.ErrFormat, "zip"},
		"another entry":  {archive(t, zip.Store, entry{"a.txt", one}), array.ErrFormat, "no .npy file"},
		"folder":         {archive(t, zip.Store, entry{"a/", nil}), array.ErrFormat, "no .npy file"},
		"twice":          {archive(t, zip.Store, entry{"a.npy", one}, entry{"a.npy", one}), array.ErrFormat, "array a: malformed: it is there twice"},
		"checksum":       {raw(zip.FileHeader{UncompressedSize64: size, CRC32: sum + 1}), array.ErrFormat, "checksum"},
		"no checksum":    {raw(zip.FileHeader{UncompressedSize64: size}), array.ErrFormat, "checksum"},
		"encrypted":      {raw(zip.FileHeader{UncompressedSize64: size, CRC32: sum, Flags: 1}), array.ErrFormat, "encrypted"},
		"unknown method": {raw(zip.FileHeader{UncompressedSize64: size, CRC32: sum, Method: 12}), array.ErrFormat, "compression"},
		"claims more":    {raw(zip.FileHeader{UncompressedSize64: size + 1, CRC32: sum}), array.ErrFormat, "array W"},
		"claims less":    {raw(zip.FileHeader{UncompressedSize64: size - 1, CRC32: sum}), array.ErrFormat, "array W"},
		"claims a lot":   {raw(zip.FileHeader{UncompressedSize64: 1 << 40, CRC32: sum}), array.ErrTooLarge, "1099511627776 bytes"},
		"not deflated":   {raw(zip.FileHeader{UncompressedSize64: size, CRC32: sum, Method: zip.Deflate}), array.ErrTruncated, "array W"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(c.file)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.part)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestOverlap: entries that share their data, as in a bomb, claim more than an
// archive can unpack to.
func TestOverlap(t *testing.T) {
	const size = 1 << 22
	header := fmt.Sprintf("{'descr': '<u1', 'fortran_order': False, 'shape': (%d,)}", size)
	b := archive(t, zip.Deflate, entry{"a.npy", npy(1, header, make([]byte, size)...)})
	_, err := decode(b)
	require.NoError(t, err)
	directory := bytes.Index(b, []byte("PK\x01\x02"))
	end := bytes.Index(b, []byte("PK\x05\x06"))
	record := b[directory:end]
	var bomb []byte
	bomb = append(bomb, b[:directory]...)
	const copies = 50
	for i := range copies {
		r := bytes.Clone(record)
		r[46] = byte('A' + i) // the name's first letter
		bomb = append(bomb, r...)
	}
	tail := bytes.Clone(b[end:])
	binary.LittleEndian.PutUint16(tail[8:], copies)
	binary.LittleEndian.PutUint16(tail[10:], copies)
	binary.LittleEndian.PutUint32(tail[12:], uint32(copies*len(record)))
	_, err = decode(append(bomb, tail...))
	require.ErrorIs(t, err, array.ErrTooLarge)
}

func TestClaimsAllocateNothing(t *testing.T) {
	claim := npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (20000, 20000)}", 1, 2)
	for _, read := range []func() error{
		func() error { _, err := ReadArray(bytes.NewReader(claim)); return err },
		func() error { _, err := decode(archive(t, zip.Deflate, entry{"W.npy", claim})); return err },
	} {
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		err := read()
		goruntime.ReadMemStats(&after)
		require.ErrorIs(t, err, array.ErrTruncated)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
	}
}

func TestUnwritable(t *testing.T) {
	for _, a := range []array.Array{{Type: array.BF16, Data: []byte{1, 2}}, {Type: "F8_E5M2", Data: []byte{1}}, {Type: "?"}} {
		require.ErrorIs(t, Write(io.Discard, []array.Source{a.Source()}), array.ErrType)
	}
	require.ErrorIs(t, Write(io.Discard, []array.Source{array.String("t", "\xff")}), array.ErrValue)
}

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
	"strings"
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

// TestHeader pins down what is written.
func TestHeader(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  string
	}{{nil, "()"}, {[]int{3}, "(3,)"}, {[]int{2, 3}, "(2, 3)"}, {[]int{1, 0, 4}, "(1, 0, 4)"}} {
		var b bytes.Buffer
		n, err := array.Bytes(c.shape, 4)
		require.NoError(t, err)
		require.NoError(t, WriteArray(&b, array.Array{Type: array.F32, Shape: c.shape, Data: make([]byte, n)}.Source()))
		text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", c.want)
		want := "\x93NUMPY\x01\x00v\x00" + text + strings.Repeat(" ", 117-len(text)) + "\n" + string(make([]byte, n))
		require.Equal(t, want, b.String())
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

// npy puts a .npy file together.
func npy(version byte, header string, data ...byte) []byte {
	b := append([]byte(magic), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), data...)
}

func TestHeaders(t *testing.T) {
	for _, header := range []string{
		`{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }` + "   \n",
		`{"shape":(2L,),"fortran_order":True,"descr":"<u2"}`,
		" { 'descr' : '=u2' , 'fortran_order' : False,\t'shape' : ( 2 , ) } \n",
	} {
		for version := byte(1); version <= 3; version++ {
			a, err := ReadArray(bytes.NewReader(npy(version, header, 1, 2, 3, 4)))
			require.NoError(t, err)
			require.Equal(t, array.Array{Type: "U16", Shape: []int{2}, Data: []byte{1, 2, 3, 4}}, a)
		}
	}
}

func TestMalformedArrays(t *testing.T) {
	of := func(descr, shape string) []byte {
		return npy(1, fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }\n", descr, shape), 1, 2, 3, 4)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
		part string
	}{
		"empty":           {nil, array.ErrTruncated, "0 bytes of 8"},
		"not npy":         {[]byte("not an array"), array.ErrFormat, "signature"},
		"version 4":       {npy(4, ""), array.ErrFormat, "version 4.0"},
		"version 0":       {npy(0, ""), array.ErrFormat, "version 0.0"},
		"cut length":      {npy(2, "")[:10], array.ErrTruncated, "2 bytes of 4"},
		"huge header":     {[]byte(magic + "\x02\x00\xff\xff\xff\xff"), array.ErrTooLarge, "a header of 4294967295 bytes"},
		"cut header":      {of("'<f4'", "(1,)")[:30], array.ErrTruncated, "bytes of"},
		"no dict":         {npy(1, "x"), array.ErrFormat, "x where { belongs"},
		"open dict":       {npy(1, "{'descr': '<f4'"), array.ErrFormat, "where } belongs"},
		"open string":     {npy(1, "{'descr"), array.ErrFormat, "does not end"},
		"escape":          {npy(1, `{'des\x63r': '<f4'}`), array.ErrFormat, "does not end"},
		"after the dict":  {npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"), array.ErrFormat, "more after the dict"},
		"unknown key":     {npy(1, "{'x': 1}"), array.ErrFormat, "unknown key x"},
		"key twice":       {npy(1, "{'descr': '<f4', 'descr': '<f4'}"), array.ErrFormat, "twice"},
		"key missing":     {npy(1, "{'descr': '<f4', 'shape': ()}"), array.ErrFormat, "want the keys"},
		"no bool":         {npy(1, "{'fortran_order': 1}"), array.ErrFormat, "where False belongs"},
		"records":         {of("[('x', '<f4')]", "(1,)"), array.ErrType, "records"},
		"object":          {of("'|O'", "(1,)"), array.ErrType, "NumPy type |O"},
		"complex":         {of("'<c8'", "(1,)"), array.ErrType, "<c8"},
		"no order":        {of("'f4'", "(1,)"), array.ErrType, "f4"},
		"order of none":   {of("'|f4'", "(1,)"), array.ErrType, "|f4"},
		"no type":         {of("''", "(1,)"), array.ErrType, `type ""`},
		"empty string":    {of("'<U0'", "()"), array.ErrType, "<U0"},
		"huge string":     {of("'<U999999999'", "()"), array.ErrTooLarge, "999999999 characters"},
		"strings":         {of("'<U1'", "(2,)"), array.ErrType, "a single one"},
		"no character":    {of("'<U1'", "()"), array.ErrValue, "0x4030201 is no character"},
		"no UTF-8":        {npy(1, "{'descr': '|S1', 'fortran_order': False, 'shape': ()}", 0xFF), array.ErrValue, "UTF-8"},
		"negative":        {of("'<f4'", "(-1,)"), array.ErrFormat, "- in the shape"},
		"no number":       {of("'<f4'", "(,)"), array.ErrFormat, "in the shape"},
		"huge number":     {of("'<f4'", "(99999999999999999999,)"), array.ErrFormat, "in the shape"},
		"huge shape":      {of("'<f4'", "(2147483647, 2147483647)"), array.ErrTooLarge, "shape"},
		"many dimensions": {of("'<f4'", "("+strings.Repeat("1,", 40)+")"), array.ErrFormat, "dimensions"},
		"cut data":        {of("'<f4'", "(1000000000,)"), array.ErrTruncated, "4 bytes of 4000000000"},
		"more data":       {of("'<u1'", "(3,)"), array.ErrFormat, "after the end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadArray(bytes.NewReader(c.file))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.part)
			require.NotContains(t, err.Error(), "\n")
			_, err = decode(archive(t, zip.Deflate, entry{"W1.npy", c.file}))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, "array W1: ")
		})
	}
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
	claim := npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (30000, 30000)}", 1, 2)
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

// TestEveryTruncationIsNoticed: the directory is at an archive's end.
func TestEveryTruncationIsNoticed(t *testing.T) {
	for _, b := range small(t) {
		for n := range b {
			_, err := decode(b[:n])
			require.ErrorIs(t, err, array.ErrFormat, "after %d bytes", n)
			require.NotContains(t, err.Error(), "\n")
		}
	}
}

// small returns archives of a few arrays: ours, and a compressed one.
func small(t *testing.T) [][]byte {
	return [][]byte{encode(t, sample()[:2]), archive(t, zip.Deflate, entry{"a.npy", one}, entry{"b.npy", one})}
}

// TestEveryFlip: a bit that flips is an error, or lies where it means nothing:
// in a time, say; or it changes a name, which has no checksum.
func TestEveryFlip(t *testing.T) {
	for _, b := range small(t) {
		want, err := decode(b)
		require.NoError(t, err)
		for i := range b {
			for bit := range 8 {
				b[i] ^= 1 << bit
				got, err := decode(b)
				b[i] ^= 1 << bit
				if err != nil {
					require.NotContains(t, err.Error(), "\n")
					continue
				}
				for j := range got {
					if j < len(want) && got[j].Name != want[j].Name {
						require.Contains(t, b[max(0, i-30):], want[j].Name[0])
						got[j].Name = want[j].Name
					}
				}
				requireEqual(t, want, got)
			}
		}
	}
}

func seeds(f *testing.F) [][]byte {
	list := [][]byte{encode(f, sample()), encode(f, nil), archive(f, zip.Deflate, entry{"a.npy", one})}
	for _, name := range []string{"savez.npz", "savez_compressed.npz"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		list = append(list, b)
	}
	return list
}

// FuzzNPZ feeds archives. What is accepted is written and read again as the
// same.
func FuzzNPZ(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		again, err := decode(encode(t, got))
		require.NoError(t, err)
		requireEqual(t, got, again)
	})
}

// FuzzNPY feeds .npy files, and ones of a header and data.
func FuzzNPY(f *testing.F) {
	f.Add(one, "{'descr': '>f4', 'fortran_order': True, 'shape': (1, 2), }\n", make([]byte, 8))
	f.Add(one[:9], "{'descr': '<U2', 'fortran_order': False, 'shape': ()}", []byte("a\x00\x00\x00b\x00\x00\x00"))
	f.Add([]byte{}, "{'descr': '|S3', 'fortran_order': False, 'shape': (1,)}", []byte("abc"))
	f.Add(npy(3, "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 3)}"), `{"descr":[("x","<f4")]}`, []byte{})
	f.Fuzz(func(t *testing.T, whole []byte, header string, data []byte) {
		files := [][]byte{whole, npy(2, header, data...)}
		for _, b := range files {
			got, err := ReadArray(bytes.NewReader(b))
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			var out bytes.Buffer
			require.NoError(t, WriteArray(&out, got.Source()))
			again, err := ReadArray(&out)
			require.NoError(t, err)
			requireEqual(t, []array.Array{got}, []array.Array{again})
		}
	})
}

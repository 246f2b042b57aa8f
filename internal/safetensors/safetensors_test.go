package safetensors

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
)

// file puts a file together from its header and data.
func file(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var sources []array.Source
	for _, a := range f.Arrays {
		sources = append(sources, a.Source())
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, f.Metadata, sources))
	return b.Bytes()
}

func sample() *File {
	return &File{
		Metadata: map[string]string{"b": "{\"x\":\"<ü>\"}", "a": ""},
		Arrays: []array.Array{
			{Name: "W1", Type: array.F32, Shape: []int{2, 3}, Data: []byte("abcdefghijklmnopqrstuvwx")},
			{Name: "empty", Type: array.F32, Shape: []int{0, 3}, Data: []byte{}},
			{Name: "scalar", Type: array.F16, Data: []byte{0, 0x3C}},
			{Name: "ün \"q\"", Type: array.U8, Shape: []int{1}, Data: []byte{7}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, f := range []*File{sample(), {Arrays: sample().Arrays[:1]}, {}} {
		b := encode(t, f)
		header := binary.LittleEndian.Uint64(b)
		require.Zero(t, (header+8)%64, "data begin at a multiple of 64")
		got, err := Read(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, f, got)
		require.Equal(t, b, encode(t, got))
	}
}

// TestBytes pins down what is written.
func TestBytes(t *testing.T) {
	f := &File{Metadata: map[string]string{"k": "v"}, Arrays: []array.Array{{Name: "W", Type: array.U8, Shape: []int{2}, Data: []byte{1, 2}}}}
	header := `{"__metadata__":{"k":"v"},"W":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`
	require.Equal(t, file(header+strings.Repeat(" ", 120-len(header)), 1, 2), encode(t, f))
}

func TestOtherWriters(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "python.safetensors"))
	require.NoError(t, err)
	f, err := Read(bytes.NewReader(b))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"made by": "python"}, f.Metadata)
	types := map[string]array.Type{}
	for _, a := range f.Arrays {
		types[a.Name] = a.Type
		if a.Type == array.U8 {
			continue
		}
		v, err := a.Float32s()
		require.NoError(t, err, a.Name)
		require.Equal(t, []int{2, 3}, a.Shape)
		require.Equal(t, []float32{0, 0.5, 1, 1.5, 2, 2.5}, v, a.Name)
	}
	require.Equal(t, map[string]array.Type{"f64": array.F64, "f32": array.F32, "f16": array.F16, "bf16": array.BF16, "bytes": array.U8}, types)
}

func TestData(t *testing.T) {
	// The order of the header is free, that of the data counts.
	f, err := Read(bytes.NewReader(file(`{"b":{"shape":[1],"data_offsets":[2,3],"dtype":"U8"}, "a" : {"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   `, 1, 2, 3)))
	require.NoError(t, err)
	require.Equal(t, []array.Array{{Name: "a", Type: array.U8, Shape: []int{2}, Data: []byte{1, 2}}, {Name: "b", Type: array.U8, Shape: []int{1}, Data: []byte{3}}}, f.Arrays)
}

func TestMalformed(t *testing.T) {
	one := func(fields string) []byte { return file(`{"W":{`+fields+`}}`, 1, 2, 3, 4) }
	for name, c := range map[string]struct {
		file []byte
		want error
		part string
	}{
		"empty":             {nil, array.ErrTruncated, "0 bytes of 8"},
		"cut length":        {[]byte{1, 0, 0}, array.ErrTruncated, "3 bytes of 8"},
		"cut header":        {file(`{"W":1}`)[:12], array.ErrTruncated, "header: "},
		"another format":    {[]byte("PK\x03\x04 whatever this is"), array.ErrTooLarge, "is this a safetensors file?"},
		"huge header":       {binary.LittleEndian.AppendUint64(nil, MaxHeaderBytes+1), array.ErrTooLarge, "header: "},
		"claimed header":    {binary.LittleEndian.AppendUint64(nil, MaxHeaderBytes), array.ErrTruncated, "header: "},
		"no header":         {file(""), array.ErrFormat, "begin with {"},
		"space before":      {file(" {}"), array.ErrFormat, "begin with {"},
		"more after":        {file("{} x"), array.ErrFormat, "after the object"},
		"newline after":     {file("{}\n"), array.ErrFormat, "after the object"},
		"second object":     {file("{}{}"), array.ErrFormat, "after the object"},
		"open object":       {file(`{"W":{`), array.ErrFormat, "does not end"},
		"no JSON":           {file(`{W}`), array.ErrFormat, "header: "},
		"no UTF-8":          {file("{\"\xff\":1}"), array.ErrFormat, "UTF-8"},
		"deep":              {file(strings.Repeat(`{"a":`, 20000)), array.ErrFormat, "unknown field"},
		"array a number":    {file(`{"W":1}`), array.ErrFormat, "array W: malformed: 1 where an object belongs"},
		"array a list":      {file(`{"W":[]}`), array.ErrFormat, "array W"},
		"empty entry":       {file(`{"W":{}}`), array.ErrFormat, "array W"},
		"key twice":         {file(`{"W":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"W":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 1, 2), array.ErrFormat, "key W comes twice"},
		"field twice":       {one(`"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]`), array.ErrFormat, "twice"},
		"metadata twice":    {file(`{"__metadata__":{"a":"1","a":"2"}}`), array.ErrFormat, "twice"},
		"metadata a number": {file(`{"__metadata__":{"a":1}}`), array.ErrFormat, "want a string"},
		"metadata a list":   {file(`{"__metadata__":[]}`), array.ErrFormat, "where an object belongs"},
		"unknown field":     {one(`"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1`), array.ErrFormat, "unknown field x"},
		"no type":           {one(`"shape":[4],"data_offsets":[0,4]`), array.ErrFormat, "want a dtype"},
		"no shape":          {one(`"dtype":"U8","data_offsets":[0,4]`), array.ErrFormat, "want a dtype"},
		"null shape":        {one(`"dtype":"U8","shape":null,"data_offsets":[0,4]`), array.ErrFormat, "want a list"},
		"null dimension":    {one(`"dtype":"U8","shape":[null],"data_offsets":[0,0]`), array.ErrFormat, "whole number"},
		"fraction":          {one(`"dtype":"U8","shape":[4.0],"data_offsets":[0,4]`), array.ErrFormat, "whole number"},
		"negative":          {one(`"dtype":"U8","shape":[-4],"data_offsets":[0,4]`), array.ErrFormat, "whole number"},
		"three offsets":     {one(`"dtype":"U8","shape":[4],"data_offsets":[0,4,4]`), array.ErrFormat, "two data_offsets"},
		"unknown type":      {one(`"dtype":"F31","shape":[4],"data_offsets":[0,4]`), array.ErrType, "array W: unsupported type F31"},
		"text":              {one(`"dtype":"text","shape":[4],"data_offsets":[0,4]`), array.ErrType, "text"},
		"size":              {one(`"dtype":"F32","shape":[4],"data_offsets":[0,4]`), array.ErrFormat, "want 16 bytes for F32"},
		"backwards":         {one(`"dtype":"U8","shape":[4],"data_offsets":[4,0]`), array.ErrFormat, "from 4 to 0"},
		"huge dimension":    {one(`"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,4]`), array.ErrTooLarge, "dimension"},
		"overflow":          {one(`"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]`), array.ErrTooLarge, "array W"},
		"hole at the start": {one(`"dtype":"U8","shape":[3],"data_offsets":[1,4]`), array.ErrFormat, "begins at byte 1 of the data, want 0"},
		"hole":              {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 1, 2, 3), array.ErrFormat, "array b begins at byte 2"},
		"overlap":           {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 1, 2, 3), array.ErrFormat, "array b begins at byte 1"},
		"same place":        {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1, 2), array.ErrFormat, "array b begins at byte 0"},
		"cut data":          {one(`"dtype":"U8","shape":[9],"data_offsets":[0,9]`), array.ErrTruncated, "array W"},
		"more data":         {one(`"dtype":"U8","shape":[3],"data_offsets":[0,3]`), array.ErrFormat, "after the end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.file))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.part)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestClaimsAllocateNothing(t *testing.T) {
	for _, b := range [][]byte{
		file(`{"W":{"dtype":"F32","shape":[400000000],"data_offsets":[0,1600000000]}}`, 1, 2),
		binary.LittleEndian.AppendUint64(nil, MaxHeaderBytes),
	} {
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := Read(bytes.NewReader(b))
		goruntime.ReadMemStats(&after)
		require.Error(t, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20))
	}
}

func TestUnwritable(t *testing.T) {
	var b bytes.Buffer
	require.ErrorIs(t, Write(&b, nil, []array.Source{array.String("t", "x")}), array.ErrType)
	large := array.Rows("large", []int{1 << 30}, nil)
	require.ErrorIs(t, Write(&b, nil, []array.Source{large, large}), array.ErrTooLarge)
	require.ErrorIs(t, Write(&b, map[string]string{"x": strings.Repeat("x", MaxHeaderBytes)}, nil), array.ErrTooLarge)
	require.Zero(t, b.Len(), "nothing was written")
}

func TestEveryTruncationIsNoticed(t *testing.T) {
	b := encode(t, sample())
	for n := range b {
		_, err := Read(bytes.NewReader(b[:n]))
		require.ErrorIs(t, err, array.ErrTruncated, "after %d bytes", n)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := Read(bytes.NewReader(append(b, 0)))
	require.ErrorIs(t, err, array.ErrFormat)
}

// TestEveryFlip: the format has no checksum. A bit that flips in the data
// changes that value and nothing else; one in the header is an error, or
// changes the name, the type or, where it is empty, the shape of one array, or
// one text of the metadata, never data.
func TestEveryFlip(t *testing.T) {
	want := sample()
	b := encode(t, want)
	data := int(8 + binary.LittleEndian.Uint64(b))
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			got, err := Read(bytes.NewReader(b))
			b[i] ^= 1 << bit
			if err != nil {
				require.Less(t, i, data)
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			requireOneChange(t, want, got, i >= data)
		}
	}
}

func requireOneChange(t *testing.T, want, got *File, inData bool) {
	t.Helper()
	changes := 0
	require.Len(t, got.Arrays, len(want.Arrays))
	for i, a := range got.Arrays {
		w := want.Arrays[i]
		require.Len(t, a.Data, len(w.Data))
		different := 0
		for j := range a.Data {
			if a.Data[j] != w.Data[j] {
				different++
			}
		}
		if a.Name != w.Name || a.Type != w.Type || !slices.Equal(a.Shape, w.Shape) {
			require.False(t, inData)
			changes++
		}
		if different > 0 {
			require.True(t, inData)
		}
		changes += different
	}
	if !maps.Equal(want.Metadata, got.Metadata) {
		require.False(t, inData)
		changes++
	}
	if inData {
		require.Equal(t, 1, changes)
	}
	require.LessOrEqual(t, changes, 1) // \u003c is \u003C
}

// FuzzSafetensors feeds a file as it is, and one of a header and data. What is
// accepted is written and read again as the same.
func FuzzSafetensors(f *testing.F) {
	b := encode(f, sample())
	f.Add(b, `{"W":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, []byte{1, 2})
	f.Add(b[:40], `{"__metadata__":{"a":"b"},"W":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  `, []byte{1, 2, 3, 4})
	f.Add([]byte{}, `{"a":{"dtype":"I8","shape":[1],"data_offsets":[1,2]},"b":{"dtype":"BOOL","shape":[1,1],"data_offsets":[0,1]}}`, []byte{1, 2})
	fixture, err := os.ReadFile(filepath.Join("testdata", "python.safetensors"))
	require.NoError(f, err)
	f.Add(fixture, `{}`, []byte{})
	f.Fuzz(func(t *testing.T, whole []byte, header string, data []byte) {
		for _, b := range [][]byte{whole, file(header, data...)} {
			got, err := Read(bytes.NewReader(b))
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			again, err := Read(bytes.NewReader(encode(t, got)))
			require.NoError(t, err)
			require.Equal(t, got.Arrays, again.Arrays)
			require.True(t, maps.Equal(got.Metadata, again.Metadata))
		}
	})
}

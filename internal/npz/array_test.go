package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
)

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
		"cut data":        {of("'<f4'", "(400000000,)"), array.ErrTruncated, "4 bytes of 1600000000"},
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

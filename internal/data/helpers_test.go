package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireFault asserts a one-line error that mentions parts.
func requireFault(t *testing.T, err error, parts ...string) {
	t.Helper()
	require.Error(t, err)
	require.NotContains(t, err.Error(), "\n")
	for _, part := range parts {
		require.Contains(t, err.Error(), part)
	}
}

func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}

func open(t *testing.T, path string, opt Options) *Set {
	t.Helper()
	s, err := Open(context.Background(), path, opt)
	require.NoError(t, err)
	require.NoError(t, s.Input.Validate())
	return s
}

func openError(path string, opt Options) error {
	_, err := Open(context.Background(), path, opt)
	return err
}

// inputs returns the scaled inputs of sample i.
func inputs(s *Set, i int) []float32 {
	x := make([]float32, s.Input.Size())
	s.Sample(x, i)
	return x
}

// classesOf returns the class names of all samples.
func classesOf(s *Set) []string {
	var names []string
	for _, l := range s.Labels {
		names = append(names, s.Classes[l])
	}
	return names
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, err := z.Write(b)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return buf.Bytes()
}

// idx builds an IDX file.
func idx(magic uint32, dims []uint32, items ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, items...)
}

// flat returns an image of one colour.
func flat(w, h int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Set(i%w, i/w, c)
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, img))
	return buf.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, img, nil))
	return buf.Bytes()
}

package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

var (
	white = color.NRGBA{255, 255, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
)

// writeFolders makes class folders with n images each, the i-th of grey 10·i.
func writeFolders(t *testing.T, dir string, n int, classes ...string) string {
	t.Helper()
	for _, class := range classes {
		for i := range n {
			write(t, filepath.Join(dir, class, fmt.Sprintf("img%d.png", i)), pngOf(t, flat(4, 4, color.Gray{byte(10 * i)})))
		}
	}
	return dir
}

func TestFolders(t *testing.T) {
	dir := writeFolders(t, t.TempDir(), 12, "10", "9", "cat")
	write(t, dir+"/readme.txt", []byte("beside the folders"))
	write(t, dir+"/9/.hidden", []byte("x"))
	write(t, dir+"/.git/config", []byte("x"))

	train := open(t, dir, Options{})
	require.Equal(t, model.Image(28, 28), train.Input)
	require.Equal(t, []string{"9", "10", "cat"}, train.Classes)
	require.Equal(t, 30, train.Len())
	require.InDelta(t, 20./255, inputs(train, 2)[100], 1e-6, "images are in natural order")
	require.InDelta(t, 100./255, inputs(train, 9)[100], 1e-6, "img10 stands behind img9")

	test := open(t, dir, Options{Split: Test, Width: 3, Height: 2})
	require.Equal(t, model.Image(3, 2), test.Input)
	require.Equal(t, []string{"9", "9", "10", "10", "cat", "cat"}, classesOf(test))
	require.InDelta(t, 50./255, inputs(test, 0)[0], 1e-6, "every sixth is a test image")
	require.InDelta(t, 110./255, inputs(test, 1)[5], 1e-6)
}

func TestFoldersWithSplits(t *testing.T) {
	dir := t.TempDir()
	writeFolders(t, dir+"/Training", 2, "a", "b", "c")
	writeFolders(t, dir+"/test", 1, "c", "b")
	require.Equal(t, 6, open(t, dir, Options{}).Len())
	test := open(t, dir, Options{Split: Test})
	require.Equal(t, []string{"a", "b", "c"}, test.Classes)
	require.Equal(t, []int32{1, 2}, test.Labels)

	writeFolders(t, dir+"/test", 1, "d")
	err := openError(dir, Options{Split: Test})
	require.ErrorIs(t, err, ErrUnknownClass)
	requireFault(t, err, filepath.Join("test", "d")+": unknown class")

	require.NoError(t, os.RemoveAll(dir+"/test"))
	require.ErrorIs(t, openError(dir, Options{Split: Test}), ErrNoSplit)
}

// A class may be called "test" as long as it holds images, not folders.
func TestFolderNamedLikeASplit(t *testing.T) {
	s := open(t, writeFolders(t, t.TempDir(), 1, "test", "train"), Options{})
	require.Equal(t, []string{"test", "train"}, s.Classes)
}

func TestFoldersForExistingModel(t *testing.T) {
	dir := writeFolders(t, t.TempDir(), 2, "b")
	in := model.Image(5, 6)
	s := open(t, dir, Options{Input: &in, Classes: []string{"a", "b"}, Width: 9})
	require.Equal(t, in, s.Input, "the model's size beats the wished one")
	require.Equal(t, []int32{1, 1}, s.Labels, "one known class is enough to go on learning")

	require.ErrorIs(t, openError(dir, Options{Classes: []string{"a", "c"}}), ErrUnknownClass)
	vector := model.Input{Features: 1, Offset: make([]float32, 1), Scale: make([]float32, 1)}
	require.ErrorIs(t, openError(dir, Options{Input: &vector}), ErrMismatch)
}

func TestFoldersFollowLinks(t *testing.T) {
	real, dir := writeFolders(t, t.TempDir(), 2, "a", "b"), t.TempDir()
	require.NoError(t, os.Symlink(real+"/a", dir+"/a"))
	require.NoError(t, os.Mkdir(dir+"/b", 0o755))
	require.NoError(t, os.Symlink(real+"/b/img0.png", dir+"/b/x.PNG"))
	require.Equal(t, []string{"a", "a", "b"}, classesOf(open(t, dir, Options{})))
}

func TestFolderFaults(t *testing.T) {
	good := pngOf(t, flat(2, 2, white))
	for name, c := range map[string]struct {
		files map[string][]byte
		is    error
		want  []string
	}{
		"not an image":   {map[string][]byte{"a/1.png": good, "b/1.png": []byte("hello")}, errNotPicture, []string{"b/1.png: not a PNG or JPEG"}},
		"empty file":     {map[string][]byte{"a/1.png": {}, "b/1.png": good}, errNotPicture, []string{"a/1.png"}},
		"other file":     {map[string][]byte{"a/1.png": good, "b/1.gif": []byte("GIF89a")}, errNotPicture, []string{"b/1.gif"}},
		"folder inside":  {map[string][]byte{"a/1.png": good, "b/c/1.png": good}, errNotPicture, []string{"b/c: not a PNG"}},
		"cut png":        {map[string][]byte{"a/1.png": good, "b/1.png": good[:len(good)-14]}, nil, []string{"b/1.png: damaged image"}},
		"cut jpeg":       {map[string][]byte{"a/1.jpg": jpegOf(t, flat(2, 2, white))[:200], "b/1.png": good}, nil, []string{"a/1.jpg: damaged image"}},
		"png bomb":       {map[string][]byte{"a/1.png": pngHeader(12000, 12000), "b/1.png": good}, ErrTooLarge, []string{"a/1.png: too large: image of 12000×12000"}},
		"one class":      {map[string][]byte{"a/1.png": good, "a/2.png": good}, ErrOneClass, []string{"only one class"}},
		"empty folder":   {map[string][]byte{"a/1.png": good, "b/.keep": {}}, ErrEmpty, []string{"b: no samples: the class folder is empty"}},
		"loose images":   {map[string][]byte{"1.png": good}, ErrUnknownFormat, []string{"no class folders"}},
		"directory .png": {map[string][]byte{"a/1.png/x": good, "b/1.png": good}, nil, []string{"a/1.png: ", "is a directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for path, content := range c.files {
				write(t, filepath.Join(dir, path), content)
			}
			err := openError(dir, Options{})
			requireFault(t, err, c.want...)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
	err := openError(writeFolders(t, t.TempDir(), 5, "a", "b"), Options{Split: Test})
	require.ErrorIs(t, err, ErrEmpty)
	requireFault(t, err, "no samples in the test split")
}

// pngHeader returns the beginning of a PNG file that claims a size.
func pngHeader(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 0, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
}

func grey(t *testing.T, b []byte, to model.Input) []byte {
	t.Helper()
	dst := make([]byte, to.Size())
	require.NoError(t, decodePicture(dst, "x", bytes.NewReader(b), to))
	return dst
}

func TestGreyConversion(t *testing.T) {
	one := model.Image(1, 1)
	for _, c := range []struct {
		colour color.NRGBA
		want   byte
	}{
		{white, 255},
		{black, 0},
		{color.NRGBA{255, 0, 0, 255}, 76},
		{color.NRGBA{0, 255, 0, 255}, 150},
		{color.NRGBA{0, 0, 255, 255}, 29},
		{color.NRGBA{0, 0, 0, 0}, 255},
		{color.NRGBA{0, 0, 0, 128}, 127},
		{color.NRGBA{255, 255, 255, 60}, 255},
	} {
		require.Equal(t, []byte{c.want}, grey(t, pngOf(t, flat(1, 1, c.colour)), one), c.colour)
		require.InDelta(t, c.want, grey(t, pngOf(t, flat(40, 30, c.colour)), one)[0], 1, c.colour)
	}
	require.InDelta(t, 76, grey(t, jpegOf(t, flat(16, 16, color.NRGBA{255, 0, 0, 255})), one)[0], 2)
}

func TestGreyKeepsPixelsOfTheRightSize(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	require.Equal(t, img.Pix, grey(t, pngOf(t, img), model.Image(16, 16)))

	coloured := image.NewNRGBA(img.Rect)
	draw.Draw(coloured, img.Rect, img, image.Point{}, draw.Src)
	require.Equal(t, img.Pix, grey(t, pngOf(t, coloured), model.Image(16, 16)))
}

func TestScaling(t *testing.T) {
	img := flat(40, 20, black)
	draw.Draw(img, image.Rect(20, 0, 40, 20), image.White, image.Point{}, draw.Src)
	got := grey(t, pngOf(t, img), model.Image(4, 2))
	for y := range 2 {
		row := got[4*y : 4*y+4]
		require.Less(t, row[0], byte(20))
		require.Greater(t, row[3], byte(235))
		require.Less(t, row[1], row[2])
	}
}

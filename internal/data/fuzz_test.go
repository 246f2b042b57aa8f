package data

import (
	"bytes"
	"context"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// requireSound asserts what every caller relies on: each sample can be read,
// lies in 0…1 and has a known class.
func requireSound(t *testing.T, s *Set) {
	t.Helper()
	require.NoError(t, s.Input.Validate())
	require.GreaterOrEqual(t, len(s.Classes), 2)
	x := make([]float32, s.Input.Size())
	for i := range s.Len() {
		label := s.Sample(x, i)
		require.Less(t, label, len(s.Classes))
		for _, v := range x {
			require.True(t, v >= 0 && v <= 1, v)
		}
	}
}

func requireOneLine(t *testing.T, err error, path string) {
	t.Helper()
	require.NotContains(t, err.Error(), "\n")
	require.Contains(t, err.Error(), path)
}

func FuzzIDX(f *testing.F) {
	f.Add(soundImages, soundLabels)
	f.Add(soundImages[:20], soundLabels)
	f.Add(testImages, soundLabels)
	f.Add(idx(idxImages, []uint32{1<<32 - 1, 28, 28}), idx(idxLabels, []uint32{1 << 31}))
	f.Add([]byte{0x1f, 0x8b, 8}, soundLabels)
	f.Add(zippedEmpty, zippedEmpty)
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "train-images-idx3-ubyte"), images)
		write(t, filepath.Join(dir, "train-labels-idx1-ubyte"), labels)
		s, err := Open(context.Background(), dir, Options{})
		onDisk, same := Open(context.Background(), dir, Options{OnDisk: true})
		if err != nil {
			requireOneLine(t, err, dir)
			require.EqualError(t, same, err.Error())
			return
		}
		requireSound(t, s)
		require.NoError(t, same)
		requireSameSamples(t, s, onDisk)
		require.NoError(t, onDisk.Close())
		if bytes.HasPrefix(images, gzipMagic) || bytes.HasPrefix(labels, gzipMagic) {
			return
		}
		head := []uint32{uint32(s.Len()), uint32(s.Input.Height), uint32(s.Input.Width)}
		require.Equal(t, images, idx(idxImages, head, s.pixels...), "writing it again gives the same file")
	})
}

func FuzzCSV(f *testing.F) {
	f.Add(iris, "", "")
	f.Add("1,2,a\n3,4,b\n", "3", ",")
	f.Add("a;b;c\n1,5;2;x\n", "c", ";")
	f.Add("\ufeff\"a\nb\" 1e38\n nan\t", "", " ")
	f.Add("1,\"2\n3\",4\n,,\n?,-,na", "1", "")
	f.Add("\x1f\x8b\x08\x00", "y", "|")
	f.Fuzz(func(t *testing.T, text, label, delimiter string) {
		opt := Options{LabelColumn: label}
		if runes := []rune(delimiter); len(runes) > 0 {
			opt.Delimiter = runes[0]
		}
		path := write(t, t.TempDir()+"/a.csv", []byte(text))
		for _, opt.Split = range []Split{Train, Test} {
			s, err := Open(context.Background(), path, opt)
			if err != nil {
				requireOneLine(t, err, path)
				continue
			}
			requireSound(t, s)
		}
	})
}

func FuzzPicture(f *testing.F) {
	white := pngOf(f, flat(3, 2, color.White))
	f.Add(white)
	f.Add(white[:30])
	f.Add(pngOf(f, flat(2, 2, color.NRGBA{1, 2, 3, 4})))
	f.Add(jpegOf(f, flat(9, 9, color.Gray{100})))
	f.Add(pngHeader(1<<31-1, 1<<31-1))
	f.Add([]byte("\xff\xd8\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		to := model.Image(5, 4)
		if err := decodePicture(make([]byte, to.Size()), "x.png", bytes.NewReader(b), to); err != nil {
			requireOneLine(t, err, "x.png: ")
		}
	})
}

func FuzzSamples(f *testing.F) {
	f.Add([]byte("1,2\n3,4\n"), true)
	f.Add(soundImages, true)
	f.Add(soundImages[:17], false)
	f.Add(pngHeader(1, 1), true)
	f.Add([]byte("a b c\n1 2 x\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, image bool) {
		opt := vector2
		if image {
			opt = pixels2
		}
		samples, err := collect(readSamples(context.Background(), bytes.NewReader(b), "in", opt))
		if err != nil {
			requireOneLine(t, err, "in")
			return
		}
		require.NotEmpty(t, samples)
		for _, s := range samples {
			require.True(t, strings.HasPrefix(s.Name, "in"))
			require.Len(t, s.X, 2)
		}
	})
}

func FuzzCompareNatural(f *testing.F) {
	f.Add("a1", "a01", "a10")
	f.Add("1e3", "1000", "x")
	f.Add("-0", "0", "+0")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := compareNatural(a, b), compareNatural(b, c), compareNatural(a, c)
		require.Equal(t, ab, -compareNatural(b, a))
		require.Equal(t, a == b, ab == 0)
		if ab <= 0 && bc <= 0 {
			require.LessOrEqual(t, ac, 0)
		}
	})
}

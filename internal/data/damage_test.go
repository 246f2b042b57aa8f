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

// damaged yields every proper prefix of file, and file with each of its bytes
// changed: in one bit, in all, and to zero.
func damaged(file []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for n := range file {
			if !yield(file[:n:n]) {
				return
			}
		}
		for i, old := range file {
			for _, b := range []byte{old ^ 1<<(i%8), ^old, 0} {
				changed := bytes.Clone(file)
				changed[i] = b
				if !yield(changed) {
					return
				}
			}
		}
	}
}

// TestDamagedSets damages one file of a small set in every place. What comes
// of it is a set as sound as any, or an error of one line that names the file.
func TestDamagedSets(t *testing.T) {
	picture := pngOf(t, flat(2, 1, color.Gray{Y: 200}))
	photo := jpegOf(t, flat(2, 1, color.Gray{Y: 90}))
	folder := map[string][]byte{"a/1.png": picture, "a/2.jpg": photo, "b/1.png": picture}
	idxSet := map[string][]byte{"train-images-idx3-ubyte": soundImages, "train-labels-idx1-ubyte": soundLabels}
	packed := map[string][]byte{"train-images-idx3-ubyte": zipped(t, soundImages), "train-labels-idx1-ubyte": zipped(t, soundLabels)}
	table := map[string][]byte{"train.csv": []byte("a;b;label\n1,5;-2;\"x \"\"y\"\nnan;3;é\n2;4e1;z\n")}
	for name, set := range map[string]map[string][]byte{"folder": folder, "IDX": idxSet, "gzipped IDX": packed, "CSV": table} {
		for victim, file := range set {
			t.Run(name+", "+victim, func(t *testing.T) {
				dir := t.TempDir()
				for path, content := range set {
					write(t, filepath.Join(dir, path), content)
				}
				refused := 0
				for content := range damaged(file) {
					write(t, filepath.Join(dir, victim), content)
					s, err := Open(context.Background(), dir, Options{Width: 2, Height: 1})
					if err != nil {
						refused++
						requireOneLine(t, err, dir)
						continue
					}
					requireSound(t, s)
				}
				require.Positive(t, refused)
			})
		}
	}
}

// TestDamagedSamples does the same with what predict reads: files by name and
// on a stream.
func TestDamagedSamples(t *testing.T) {
	picture := pngOf(t, flat(2, 1, color.Gray{Y: 200}))
	photo := jpegOf(t, flat(2, 1, color.Gray{Y: 90}))
	for name, c := range map[string]struct {
		file []byte
		opt  SampleOptions
	}{
		"1.png": {picture, pixels2}, "1.jpg": {photo, pixels2},
		"images": {soundImages, pixels2}, "images.gz": {zipped(t, soundImages), pixels2},
		"rows.csv": {[]byte("a,b\n1,2\n\"3\",4e1\n"), vector2}, "rows.csv.gz": {zipped(t, []byte("1 2\n3 4\n")), vector2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			refused := 0
			for content := range damaged(c.file) {
				write(t, path, content)
				fromFile, err := collect(OpenSamples(context.Background(), []string{path}, c.opt))
				requireSamples(t, fromFile, err, path)
				if err != nil {
					refused++
				}
				fromStream, err := collect(readSamples(context.Background(), bytes.NewReader(content), "in", c.opt))
				requireSamples(t, fromStream, err, "in")
			}
			require.Positive(t, refused)
		})
	}
}

// requireSamples asserts that samples of two inputs were read, or that err is
// one line which names path.
func requireSamples(t *testing.T, samples []Sample, err error, path string) {
	t.Helper()
	if err != nil {
		requireOneLine(t, err, path)
	} else {
		require.NotEmpty(t, samples)
	}
	for _, s := range samples {
		require.Contains(t, s.Name, path)
		require.Len(t, s.X, 2)
		for _, v := range s.X {
			require.True(t, v >= 0 && v <= 1, v)
		}
	}
}

// FuzzFolder puts two files of any content, and names that a folder and a file
// can have, among sound images, as a set and as samples to predict.
func FuzzFolder(f *testing.F) {
	white, grey := pngOf(f, flat(3, 2, color.White)), jpegOf(f, flat(2, 2, color.Gray{Y: 100}))
	f.Add("a", "1.png", white, grey)
	f.Add("b", "2.JPG", grey, white)
	f.Add("test", "x.jpeg", grey[:40], white)
	f.Add("Training", "notes.txt", []byte("hello"), white[:20])
	f.Add("\xff\t", "\u202e.png", []byte{}, []byte("\x89PNG"))
	f.Add(".hidden", "1e3.png", pngHeader(1<<20, 1<<20), white)
	f.Fuzz(func(t *testing.T, class, name string, first, second []byte) {
		if strings.Trim(class, ".") == "" || strings.Trim(name, ".") == "" || len(class) > 99 || len(name) > 99 ||
			strings.ContainsAny(class+name, "/\x00\n") {
			t.Skip("no name of a file, or none that stays on a line")
		}
		dir := t.TempDir()
		for path, content := range map[string][]byte{"a/0.png": white, "b/0.png": white, "b/1.jpg": second} {
			write(t, filepath.Join(dir, path), content)
		}
		write(t, filepath.Join(dir, class, name), first)
		for _, split := range []Split{Train, Test} {
			s, err := Open(context.Background(), dir, Options{Width: 2, Height: 1, Split: split})
			if err != nil {
				requireOneLine(t, err, dir)
				continue
			}
			require.Equal(t, model.Image(2, 1), s.Input)
			requireSound(t, s)
		}
		samples, err := collect(OpenSamples(context.Background(), []string{filepath.Join(dir, class)}, pixels2))
		requireSamples(t, samples, err, dir)
	})
}

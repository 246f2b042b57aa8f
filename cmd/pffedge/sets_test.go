package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Three kinds of flowers that are easy to tell apart.
var flowers = []string{"aster", "bellis", "crocus"}

const flowerHeader = "length,width,height,kind\n"

// flowerRows returns n rows, the kinds in turn, each with its kind behind
// three measures.
func flowerRows(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	near := func(v float64) float64 { return v + r.Float64() - 0.5 }
	rows := make([]string, n)
	for i := range rows {
		k := float64(i % 3)
		rows[i] = fmt.Sprintf("%.2f,%.2f,%.2f,%s", near(10+4*k), near(30-5*k*k), near(-2+3*k*(2-k)), flowers[i%3])
	}
	return rows
}

// flowerCSV writes a CSV file of n flowers. The label column needs no name to
// be found: it is the last.
func flowerCSV(t *testing.T, path string, n int) string {
	t.Helper()
	return write(t, path, flowerHeader+strings.Join(flowerRows(n), "\n")+"\n")
}

// bars returns a picture of 8×8 pixels: a bright bar on the left for class 0,
// on top for class 1, in noise of its own.
func bars(class, i int) *image.Gray {
	r := rand.New(rand.NewPCG(uint64(class), uint64(i)))
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	for p := range 64 {
		x, y := p%8, p/8
		v := r.IntN(60)
		if class == 0 && x < 3 || class == 1 && y < 3 {
			v += 180
		}
		m.SetGray(x, y, color.Gray{Y: uint8(v)})
	}
	return m
}

var barNames = []string{"left", "top"}

// barFolder writes n pictures of each class to folders of their names.
func barFolder(t *testing.T, dir string, n int) string {
	t.Helper()
	for class, name := range barNames {
		for i := range n {
			write(t, filepath.Join(dir, name, fmt.Sprintf("%d.png", i)), pngOf(t, bars(class, i)))
		}
	}
	return dir
}

func pngOf(t *testing.T, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.String()
}

func jpegOf(t *testing.T, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	return b.String()
}

// barIDX returns n pictures, the classes in turn, as the content of IDX
// files.
func barIDX(n int) (images, labels string) {
	var pixels, classes []byte
	for i := range n {
		pixels = append(pixels, bars(i%2, i).Pix...)
		classes = append(classes, byte(i%2))
	}
	return idx(0x803, pixels, n, 8, 8), idx(0x801, classes, n)
}

// idx builds an IDX file, whether or not its header is true.
func idx(magic uint32, items []byte, dims ...int) string {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return string(append(b, items...))
}

// barIDXFolder writes a set under MNIST's names.
func barIDXFolder(t *testing.T, dir string, train, test int, zipped bool) string {
	t.Helper()
	put := func(name, content string) {
		if zipped {
			name, content = name+".gz", gzipped(t, content)
		}
		write(t, filepath.Join(dir, name), content)
	}
	for prefix, n := range map[string]int{"train": train, "t10k": test} {
		images, labels := barIDX(n)
		put(prefix+"-images-idx3-ubyte", images)
		put(prefix+"-labels-idx1-ubyte", labels)
	}
	return dir
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// A set and a model that learned it, for tests that change neither.
type learned struct {
	once        sync.Once
	data, model string
}

var vectors, images learned

// flowerModel returns flowers and a model of them.
func flowerModel(t *testing.T) (data, model string) {
	t.Helper()
	vectors.once.Do(func() {
		vectors.data = flowerCSV(t, filepath.Join(room, "flowers.csv"), 240)
		vectors.model = filepath.Join(room, "flowers.pff")
		done(t, words("train --hidden 32,24 --epochs 12 --batch 10 --data", vectors.data, "--out", vectors.model)...)
	})
	require.FileExists(t, vectors.model)
	return vectors.data, vectors.model
}

// barModel returns a folder of pictures and a model of them, at 8×8 pixels.
func barModel(t *testing.T) (data, model string) {
	t.Helper()
	images.once.Do(func() {
		images.data = barFolder(t, filepath.Join(room, "bars"), 60)
		images.model = filepath.Join(room, "bars.pff")
		done(t, words("train --size 8x8 --hidden 32,24 --epochs 12 --batch 10 --data", images.data, "--out", images.model)...)
	})
	require.FileExists(t, images.model)
	return images.data, images.model
}

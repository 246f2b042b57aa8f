package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/pffedge/pffedge/internal/shared"
	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// idxFiles are the files of a small set: nil for a sound one, empty for none.
type idxFiles struct{ trainImages, trainLabels, testImages, testLabels []byte }

var (
	soundImages = idx(idxImages, []uint32{3, 1, 2}, 0, 51, 102, 153, 204, 255)
	soundLabels = idx(idxLabels, []uint32{3}, 0, 2, 1)
	testImages  = idx(idxImages, []uint32{1, 1, 2}, 255, 0)
	testLabels  = idx(idxLabels, []uint32{1}, 2)
)

func writeIDX(t *testing.T, f idxFiles) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range map[string]struct{ own, sound []byte }{
		"train-images-idx3-ubyte":    {f.trainImages, soundImages},
		"train-labels.idx1-ubyte":    {f.trainLabels, soundLabels},
		"t10k-images-idx3-ubyte.gz":  {f.testImages, zipped(t, testImages)},
		"t10k-labels.idx1-ubyte.gz":  {f.testLabels, zipped(t, testLabels)},
		"unrelated-images-idx3.text": {nil, []byte("x")},
	} {
		if b.own == nil {
			b.own = b.sound
		}
		if len(b.own) > 0 {
			write(t, filepath.Join(dir, name), b.own)
		}
	}
	return dir
}

func TestIDX(t *testing.T) {
	dir := writeIDX(t, idxFiles{})
	s := open(t, dir, Options{})
	require.Equal(t, model.Image(2, 1), s.Input)
	require.Equal(t, []string{"0", "1", "2"}, s.Classes)
	require.Equal(t, []int32{0, 2, 1}, s.Labels)
	require.Equal(t, []float32{102. / 255, 153. / 255}, inputs(s, 1))
	require.Equal(t, filepath.Base(dir)+" (IDX files), train split", s.Source)

	test := open(t, dir, Options{Split: Test})
	require.Equal(t, []string{"0", "1", "2"}, test.Classes, "the classes are those of the training split")
	require.Equal(t, []int32{2}, test.Labels)
	require.Equal(t, []float32{1, 0}, inputs(test, 0))
}

func TestIDXTestSplitAlone(t *testing.T) {
	s := open(t, writeIDX(t, idxFiles{trainImages: []byte{}, trainLabels: []byte{}}), Options{Split: Test})
	require.Equal(t, []string{"0", "1", "2"}, s.Classes)
}

func TestIDXForExistingModel(t *testing.T) {
	dir := writeIDX(t, idxFiles{})
	in := model.Image(4, 2)
	s := open(t, dir, Options{Input: &in, Classes: []string{"2", "1", "0", "7"}})
	require.Equal(t, in, s.Input)
	require.Equal(t, []int32{2, 0, 1}, s.Labels, "numbers are matched by name")
	require.Len(t, inputs(s, 0), 8)

	s = open(t, dir, Options{Classes: []string{"shirt", "shoe", "bag"}})
	require.Equal(t, []int32{0, 2, 1}, s.Labels, "words are matched by position")
	require.Equal(t, []string{"shirt", "shoe", "bag"}, s.Classes)

	err := openError(dir, Options{Classes: []string{"shirt", "shoe"}})
	require.ErrorIs(t, err, ErrUnknownClass)
	requireFault(t, err, "train-labels.idx1-ubyte: offset 9: label 2 of sample 1")
	err = openError(dir, Options{Classes: []string{"0", "1"}})
	requireFault(t, err, "label 2 of sample 1", `unknown class "2"`, `"0", "1"`)
}

func TestIDXFaults(t *testing.T) {
	bomb := idx(idxImages, []uint32{3, 1, 2}, make([]byte, 1<<20)...)
	for name, c := range map[string]struct {
		files idxFiles
		opt   Options
		is    error
		want  []string
	}{
		"no images":        {files: idxFiles{trainImages: []byte{}}, is: ErrNoSplit, want: []string{"no train-images-idx3-ubyte"}},
		"no labels":        {files: idxFiles{testLabels: []byte{}}, opt: Options{Split: Test}, is: ErrNoSplit, want: []string{"no t10k-labels-idx1-ubyte"}},
		"empty file":       {files: idxFiles{trainImages: zippedEmpty}, want: []string{"train-images-idx3-ubyte: offset 0: file ends early, in the header"}},
		"cut magic":        {files: idxFiles{trainImages: soundImages[:3]}, want: []string{"offset 3", "in the header"}},
		"bad magic":        {files: idxFiles{trainImages: soundLabels}, want: []string{"train-images-idx3-ubyte: offset 0: magic number 0x00000801, want 0x00000803"}},
		"bad label magic":  {files: idxFiles{trainLabels: soundImages}, want: []string{"train-labels.idx1-ubyte: offset 0: magic number 0x00000803"}},
		"cut header":       {files: idxFiles{trainImages: soundImages[:14]}, want: []string{"offset 14", "in the header"}},
		"cut items":        {files: idxFiles{trainImages: soundImages[:20]}, want: []string{"offset 20: file ends early, of the 6 bytes of 3 items"}},
		"cut labels":       {files: idxFiles{trainLabels: soundLabels[:10]}, want: []string{"train-labels.idx1-ubyte: offset 10: file ends early"}},
		"trailing byte":    {files: idxFiles{trainImages: append(soundImages[:22:22], 1)}, want: []string{"offset 22: more bytes than the 3 items"}},
		"no width":         {files: idxFiles{trainImages: idx(idxImages, []uint32{3, 1, 0})}, want: []string{"offset 12: items of [1 0] bytes"}},
		"huge height":      {files: idxFiles{trainImages: idx(idxImages, []uint32{3, 1 << 21, 1})}, want: []string{"offset 8: items of [2097152 1]"}},
		"huge area":        {files: idxFiles{trainImages: idx(idxImages, []uint32{3, 1 << 15, 1 << 15})}, want: []string{"offset 12", "want 1…1048576"}},
		"absurd dimension": {files: idxFiles{trainImages: idx(idxImages, []uint32{3, 1, 1<<32 - 1})}, is: ErrTooLarge, want: []string{"offset 12", "4294967295"}},
		"huge count":       {files: idxFiles{trainImages: idx(idxImages, []uint32{1 << 30, 1000, 1000})}, is: ErrTooLarge, want: []string{"offset 4: too large: 1073741824 items"}},
		"lying labels":     {files: idxFiles{trainLabels: idx(idxLabels, []uint32{1 << 30}, 0, 1)}, want: []string{"offset 10: file ends early, of the 1073741824 bytes"}},
		"counts disagree":  {files: idxFiles{trainLabels: idx(idxLabels, []uint32{2}, 0, 1)}, want: []string{"train-images-idx3-ubyte: offset 4: 3 images, but 2 labels"}},
		"no samples":       {files: idxFiles{trainImages: idx(idxImages, []uint32{0, 1, 2}), trainLabels: idx(idxLabels, []uint32{0})}, is: ErrEmpty, want: []string{"no samples in the train split"}},
		"one class":        {files: idxFiles{trainLabels: idx(idxLabels, []uint32{3}, 0, 0, 0)}, is: ErrOneClass, want: []string{"only one class"}},
		"one used class":   {files: idxFiles{trainLabels: idx(idxLabels, []uint32{3}, 5, 5, 5)}, is: ErrOneClass, want: []string{"only one class"}},
		"new test class":   {files: idxFiles{testLabels: idx(idxLabels, []uint32{1}, 3)}, opt: Options{Split: Test}, is: ErrUnknownClass, want: []string{"t10k-labels.idx1-ubyte.gz: offset 8: label 3 of sample 0"}},
		"gzip header":      {files: idxFiles{trainImages: []byte{0x1f, 0x8b, 9, 9}}, want: []string{"train-images-idx3-ubyte: offset 0: damaged gzip"}},
		"cut gzip":         {files: idxFiles{trainImages: zipped(t, soundImages)[:25]}, want: []string{"train-images-idx3-ubyte: offset", "file ends early"}},
		"gzip checksum":    {files: idxFiles{trainImages: broken(zipped(t, soundImages))}, want: []string{"offset 22: gzip: invalid checksum"}},
		"gzip bomb":        {files: idxFiles{trainImages: zipped(t, bomb)}, want: []string{"offset 22: more bytes than the 3 items"}},
		"vector model":     {opt: Options{Input: &model.Input{Features: 2, Offset: make([]float32, 2), Scale: make([]float32, 2)}}, is: ErrMismatch, want: []string{"train-images-idx3-ubyte", "2 features"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeIDX(t, c.files)
			for _, c.opt.OnDisk = range []bool{false, true} {
				err := openError(dir, c.opt)
				requireFault(t, err, c.want...)
				require.Contains(t, err.Error(), dir)
				if c.is != nil {
					require.ErrorIs(t, err, c.is)
				}
			}
		})
	}
}

var zippedEmpty = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0}

// broken flips a bit of a gzip file's checksum.
func broken(z []byte) []byte {
	z[len(z)-8] ^= 1
	return z
}

// A header may promise a gigabyte; memory follows the bytes that come.
func TestReadSizedGrowsWithTheData(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readSized(context.Background(), bytes.NewReader(make([]byte, 3<<20)), maxSetBytes)
	runtime.ReadMemStats(&after)
	require.Error(t, err)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
}

func TestIDXFollowsLinks(t *testing.T) {
	dir, real := t.TempDir(), writeIDX(t, idxFiles{})
	for _, name := range []string{"train-images-idx3-ubyte", "train-labels.idx1-ubyte"} {
		require.NoError(t, os.Symlink(filepath.Join(real, name), filepath.Join(dir, name)))
	}
	require.Equal(t, 3, open(t, dir, Options{}).Len())
}

// The sums of MNIST's uncompressed pixels and labels, without headers.
func TestRealMNIST(t *testing.T) {
	dir := shared.Dir(t, "data/mnist")
	for split, want := range map[Split]struct {
		n         int
		sum       string
		firstFive []int32
	}{
		Train: {60000, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", []int32{5, 0, 4, 1, 9}},
		Test:  {10000, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", []int32{7, 2, 1, 0, 4}},
	} {
		s := open(t, dir, Options{Split: split})
		require.Equal(t, want.n, s.Len())
		requireSameSamples(t, s, open(t, dir, Options{Split: split, OnDisk: true}))
		require.Equal(t, model.Image(28, 28), s.Input)
		require.Equal(t, numberNames(10), s.Classes)
		require.Equal(t, want.firstFive, s.Head(5).Labels)
		file := append(idx(idxImages, []uint32{uint32(want.n), 28, 28}), s.pixels...)
		require.Equal(t, want.sum, fmt.Sprintf("%x", sha256.Sum256(file)))
	}
}

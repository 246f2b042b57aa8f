package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// badSet is a data set with something wrong, and what its error must say.
type badSet struct {
	name  string
	files map[string]string // by path; the first part of each is the set
	parts []string
}

func badCSV(name, content string, parts ...string) badSet {
	return badSet{name, map[string]string{"set.csv": content}, append([]string{"set.csv"}, parts...)}
}

func badSets(t *testing.T) []badSet {
	good := pngOf(t, bars(0, 0))
	list := []badSet{
		badCSV("empty CSV", "", "empty"),
		badCSV("header alone", "a,b,label\n", "no rows"),
		badCSV("short row", "a,b,label\n1,2,x\n1,y\n", ":3:", "2 columns, want 3"),
		badCSV("long row", "a,b,label\n1,2,x\n1,2,3,y\n", ":3:", "4 columns, want 3"),
		badCSV("text", "a,b,label\n1,2,x\n1,two,y\n", ":3:", "column 2", `"b"`, `"two"`),
		badCSV("NaN", "a,b,label\n1,2,x\nNaN,2,y\n", ":3:", "column 1", "not finite"),
		badCSV("infinite", "1,2,x\n1,-inf,y\n", ":2:", "column 2", "not finite"),
		badCSV("missing value", "1,2,x\n1,,y\n", ":2:", "column 2", "missing"),
		badCSV("missing label", "1,2,x\n1,3,\n", ":2:", "column 3", "label is missing"),
		badCSV("too large", "1,2,x\n1,1e50,y\n", ":2:", "column 2", "too large"),
		badCSV("open quote", "1,2,x\n1,\"2,y\n", ":2:"),
		badCSV("one column", "x\ny\n", ":1:", "only one column"),
		badCSV("one class", "1,2,x\n2,3,x\n", "only one class"),
		badCSV("UTF-16", "\xff\xfe1\x00", "UTF-16"),
		{"no CSV", map[string]string{"set.txt": "1,2,x\n"}, []string{"set.txt", "unknown format"}},
		{"empty folder", map[string]string{"set/.hidden": ""}, []string{"set", "no class folders"}},
		{"empty class", map[string]string{"set/a/1.png": good, "set/b/.hidden": ""}, []string{filepath.Join("set", "b"), "empty"}},
		{"one class of images", map[string]string{"set/a/1.png": good, "set/a/2.png": good}, []string{"set", "only one class"}},
		{"no image", map[string]string{"set/a/1.png": good, "set/b/2.png": "hello"}, []string{filepath.Join("set", "b", "2.png"), "not a PNG or JPEG"}},
		{"half an image", map[string]string{"set/a/1.png": good, "set/b/2.png": good[:60]}, []string{filepath.Join("set", "b", "2.png"), "damaged"}},
		{"a text among images", map[string]string{"set/a/1.png": good, "set/b/notes.txt": "hello"}, []string{"notes.txt", "not a PNG or JPEG"}},
	}
	return append(list, badIDXSets(t)...)
}

func badIDXSets(t *testing.T) []badSet {
	images, labels := barIDX(12)
	const imageFile, labelFile = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
	with := func(images, labels string) map[string]string {
		return map[string]string{
			"set/" + imageFile: images, "set/" + labelFile: labels,
			"set/t10k-images-idx3-ubyte": images, "set/t10k-labels-idx1-ubyte": labels,
		}
	}
	pixels := []byte(images[16:])
	without := func(name string) map[string]string {
		files := with(images, labels)
		delete(files, "set/"+name)
		return files
	}
	zipped := with(images, labels)
	delete(zipped, "set/"+imageFile)
	zipped["set/"+imageFile+".gz"] = gzipped(t, images)[:200]
	return []badSet{
		{"no images", without(imageFile), []string{"set", imageFile}},
		{"no labels", without(labelFile), []string{"set", labelFile}},
		{"cut header", with(images[:10], labels), []string{imageFile, "offset 10", "ends early"}},
		{"cut images", with(images[:400], labels), []string{imageFile, "offset 400", "ends early"}},
		{"cut labels", with(images, labels[:15]), []string{labelFile, "offset 15", "ends early"}},
		{"longer than told", with(images+"x", labels), []string{imageFile, fmt.Sprint("offset ", len(images)), "more bytes"}},
		{"more told than there", with(idx(0x803, pixels, 12, 8, 9), labels), []string{imageFile, "ends early"}},
		{"enormous", with(idx(0x803, pixels, 1<<31-1, 8, 8), labels), []string{imageFile, "offset 4", "too large"}},
		{"enormous images", with(idx(0x803, pixels, 12, 1<<20, 1<<20), labels), []string{imageFile, "offset 12"}},
		{"images of nothing", with(idx(0x803, pixels, 12, 0, 8), labels), []string{imageFile, "offset 8"}},
		{"other magic", with("\x00\x00\x0d"+images[3:], labels), []string{imageFile, "offset 0", "magic"}},
		{"more images", with(images, idx(0x801, []byte(labels[8:18]), 10)), []string{imageFile, "12 images, but 10 labels"}},
		{"no items", with(idx(0x803, nil, 0, 8, 8), idx(0x801, nil, 0)), []string{"set", "no samples"}},
		{"one class", with(images, idx(0x801, make([]byte, 12), 12)), []string{"set", "only one class"}},
		{"cut gzip", zipped, []string{imageFile + ".gz", "ends early"}},
	}
}

func TestBadSets(t *testing.T) {
	for _, bad := range badSets(t) {
		t.Run(bad.name, func(t *testing.T) {
			dir := t.TempDir()
			var data string
			for path, content := range bad.files {
				write(t, filepath.Join(dir, path), content)
				data = filepath.Join(dir, strings.Split(path, "/")[0])
			}
			o := pffedge(t, words(small+"--data", data, "--out", filepath.Join(dir, "m.pff"))...)
			requireFailure(t, o, bad.parts...)
			require.Equal(t, []string{filepath.Base(data)}, names(t, dir), "nothing is left")
		})
	}
	requireFailure(t, pffedge(t, words(small+"--data gone --out", filepath.Join(t.TempDir(), "m.pff"))...), "gone", "no such file")
}

// TestSmallSetNeedsATestSplit: too few samples a class leave nothing to test
// with.
func TestSmallSetNeedsATestSplit(t *testing.T) {
	dir := t.TempDir()
	few := barFolder(t, filepath.Join(dir, "few"), 5)
	out := filepath.Join(dir, "m.pff")
	requireFailure(t, pffedge(t, words(small+"--data", few, "--out", out)...), "few", "test split")
	barFolder(t, filepath.Join(dir, "half/train"), 5)
	requireFailure(t, pffedge(t, words(small+"--data", filepath.Join(dir, "half"), "--out", out)...), "half", "no test folder")
	require.NoFileExists(t, out)
}

func TestSetsForAnotherModel(t *testing.T) {
	flowerData, flowerPath := flowerModel(t)
	barData, barPath := barModel(t)
	requireFailure(t, pffedge(t, "eval", "--model", flowerPath, "--data", barData), "bars", "3 features", "does not fit")
	requireFailure(t, pffedge(t, "eval", "--model", barPath, "--data", flowerData), "flowers.csv", "8×8", "does not fit")
	requireFailure(t, pffedge(t, "eval", "--model", flowerPath, "--data", "synthetic"), "synthetic", "does not fit")

	dir := t.TempDir()
	wide := write(t, filepath.Join(dir, "wide.csv"), "1,2,3,4,aster\n")
	stranger := write(t, filepath.Join(dir, "stranger.csv"), "1,2,3,dahlia\n")
	requireFailure(t, pffedge(t, "eval", "--model", flowerPath, "--data", wide), "wide.csv", "does not fit")
	requireFailure(t, pffedge(t, "eval", "--model", flowerPath, "--data", stranger), "stranger.csv:1", "dahlia", "aster")
	folder := barFolder(t, filepath.Join(dir, "more"), 6)
	write(t, filepath.Join(folder, "zebra", "1.png"), pngOf(t, bars(0, 0)))
	requireFailure(t, pffedge(t, "eval", "--model", barPath, "--data", folder), "zebra", "unknown class")
	for _, cmd := range []string{"predict", "reconstruct"} {
		requireFailure(t, pffedge(t, cmd, "--model", flowerPath, filepath.Join(barData, "left", "0.png")), "0.png", "does not fit")
		requireFailure(t, pffedge(t, cmd, "--model", flowerPath, wide), "wide.csv", "does not fit")
		requireFailure(t, pffedge(t, cmd, "--model", barPath, wide), "wide.csv", "does not fit")
	}
}

func TestBadSamples(t *testing.T) {
	_, model := barModel(t)
	dir := t.TempDir()
	good := pngOf(t, bars(0, 0))
	packed, labels := barIDX(3)
	for name, c := range map[string]struct{ content, reason string }{
		"empty.png":   {"", "not a PNG or JPEG"},
		"text.png":    {"hello", "not a PNG or JPEG"},
		"half.png":    {good[:60], "damaged"},
		"empty.csv":   {"", "empty"},
		"header.csv":  {strings.Repeat("a,", 63) + "a\n", "no rows"},
		"pixel.csv":   {strings.Repeat("0,", 63) + "256\n", ":1: column 64: pixel of 256"},
		"cut.idx":     {packed[:40], "offset 40"},
		"labels.idx":  {labels, "offset 0: magic"},
		"damaged.gz":  {"\x1f\x8bhello", "gzip"},
		"nothing.idx": {idx(0x803, nil, 0, 8, 8), "no samples"},
	} {
		file := write(t, filepath.Join(dir, name), c.content)
		for _, cmd := range []string{"predict", "reconstruct"} {
			requireFailure(t, pffedge(t, cmd, "--model", model, file), file, c.reason)
		}
		o := exec1(t.Context(), strings.NewReader(c.content), "predict", "--model", model)
		requireFailure(t, o, "stdin")
	}
	requireFailure(t, pffedge(t, "predict", "--model", model, filepath.Join(dir, "gone")), "gone", "no such file")
	requireFailure(t, pffedge(t, "predict", "--model", model, t.TempDir()), "no PNG or JPEG")
}

// TestBadSampleLeavesNoPicture, though samples before it were good.
func TestBadSampleLeavesNoPicture(t *testing.T) {
	data, model := barModel(t)
	dir := t.TempDir()
	bad := write(t, filepath.Join(dir, "bad.png"), "hello")
	o := pffedge(t, "reconstruct", "--json", "--model", model, "--out", filepath.Join(dir, "grid.png"), filepath.Join(data, "left", "0.png"), bad)
	require.Equal(t, exitFailed, o.code)
	require.Len(t, objects(t, o.stdout), 1)
	requireError(t, o, 0, bad)
	require.Equal(t, []string{"bad.png"}, names(t, dir))
}

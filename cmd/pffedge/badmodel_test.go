package main

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// flipped changes one bit of a file's content.
func flipped(content string, at int) string {
	b := []byte(content)
	b[at] ^= 4
	return string(b)
}

// ofVersion changes the format version and keeps the header's checksum right.
func ofVersion(content string, version uint32) string {
	b := []byte(content)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], crc32.MakeTable(crc32.Castagnoli)))
	return string(b)
}

func TestBadModels(t *testing.T) {
	data, model := flowerModel(t)
	good := read(t, model)
	path := filepath.Join(t.TempDir(), "bad.pff")
	for name, c := range map[string]struct {
		content string
		parts   []string
	}{
		"empty":           {"", []string{"byte 0", "ends too early"}},
		"not a model":     {read(t, data), []string{"not a .pff file"}},
		"cut header":      {good[:40], []string{"byte 40", "ends too early"}},
		"cut":             {good[:len(good)-100], []string{"ends too early"}},
		"longer":          {good + "x", []string{"after its end"}},
		"damaged header":  {flipped(good, 20), []string{"header", "checksum"}},
		"damaged table":   {flipped(good, 100), []string{"section table", "checksum"}},
		"damaged weights": {flipped(good, len(good)/2), []string{"section ", "checksum"}},
		"damaged mixture": {flipped(good, len(good)-1000), []string{"section mixture", "checksum"}},
		"future version":  {ofVersion(good, 3), []string{"newer version", "version 3"}},
		"no version":      {ofVersion(good, 0), []string{"version 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, c.content)
			for _, args := range [][]string{
				words("inspect"), words("eval --data", data, "--model"), words("predict", data, "--model"),
				words("reconstruct", data, "--model"), words("generate --model"),
			} {
				requireFailure(t, pffedge(t, append(args, path)...), append(c.parts, path+": ")...)
			}
		})
	}
	gone := filepath.Join(t.TempDir(), "gone.pff")
	requireFailure(t, pffedge(t, "inspect", gone), gone, "no such file")
	requireFailure(t, pffedge(t, "predict", "--model", t.TempDir(), data), "directory")
}

func TestUnwritableOutputs(t *testing.T) {
	data, model := flowerModel(t)
	_, pictureModel := barModel(t)
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "file"), "precious")
	folder := filepath.Join(dir, "folder")
	require.NoError(t, os.Mkdir(folder, 0o755))
	for where, path := range map[string]string{
		"below a file": filepath.Join(file, "out"), "a folder": folder, "in no folder": filepath.Join(dir, "gone", "out"),
	} {
		t.Run(where, func(t *testing.T) {
			requireFailure(t, pffedge(t, words(small+"--data", data, "--out", path)...), path)
			requireFailure(t, pffedge(t, "generate", "--model", pictureModel, "--out", path), path)
			requireFailure(t, pffedge(t, "train", "--resume="+model+".ckpt", "--data", data, "--out", path), path)
			require.Equal(t, []string{"file", "folder"}, names(t, dir))
			require.Equal(t, "precious", read(t, file))
			require.Empty(t, names(t, folder))
		})
	}
	requireFailure(t, pffedge(t, "demo", "--out", filepath.Join(file, "out")), file)
}

// TestUnwritablePicture: what was printed before stays printed.
func TestUnwritablePicture(t *testing.T) {
	data, model := barModel(t)
	out := filepath.Join(write(t, filepath.Join(t.TempDir(), "file"), ""), "grid.png")
	o := pffedge(t, "reconstruct", "--model", model, "--out", out, filepath.Join(data, "left", "0.png"))
	require.Equal(t, exitFailed, o.code)
	requireError(t, o, 0, out)
}

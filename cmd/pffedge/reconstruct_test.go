package main

import (
	"encoding/csv"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func reconstructions(t *testing.T, stdin string, args ...string) []reconstruction {
	t.Helper()
	var list []reconstruction
	for line := range strings.Lines(doneWith(t, stdin, append(words("reconstruct --json"), args...)...)) {
		var r reconstruction
		only(t, line, &r)
		list = append(list, r)
	}
	return list
}

// TestReconstructAgreesWithEval averages the errors of a whole folder, weighed
// as eval sees its splits.
func TestReconstructAgreesWithEval(t *testing.T) {
	data, model := barModel(t)
	want := 0.0
	for split, share := range map[string]float64{"train": 5. / 6, "test": 1. / 6} {
		o := objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--split", split))[0]
		want += share * o.at(t, "reconstruction_error").(float64)
	}
	list := reconstructions(t, "", "--model", model, filepath.Join(data, "left"), filepath.Join(data, "top"))
	require.Len(t, list, 120)
	mean := 0.0
	for _, r := range list {
		mean += r.Error / 120
		require.Len(t, r.Reconstruction, 64)
	}
	require.InEpsilon(t, want, mean, 1e-6)
}

func TestReconstructImages(t *testing.T) {
	data, model := barModel(t)
	file := filepath.Join(data, "top", "3.png")
	r := reconstructions(t, read(t, file), "--model", model)[0]
	sum := 0.0
	for i, v := range bars(1, 3).Pix {
		d := float64(v)/255 - float64(r.Reconstruction[i])
		require.True(t, r.Reconstruction[i] >= 0 && r.Reconstruction[i] <= 1)
		sum += d * d
	}
	require.InEpsilon(t, sum, r.Error, 1e-4)

	text := done(t, "reconstruct", "--model", model, file)
	require.True(t, strings.HasPrefix(text, file+": error "), text)
	require.Regexp(t, `(?m)^ *input +reconstruction$`, text)
	require.NotContains(t, text, "\x1b", "no colours where there is no terminal")
}

// TestReconstructVectors compares them with what went in, in raw units.
func TestReconstructVectors(t *testing.T) {
	_, model := flowerModel(t)
	text := doneWith(t, "10,30,-2\n18,10,-2\n", "reconstruct", "--model", model)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	for i, in := range [][]float64{{10, 30, -2}, {18, 10, -2}} {
		require.Len(t, rows[i], 4)
		require.Equal(t, "stdin:"+strconv.Itoa(i+1), rows[i][3])
		for j, span := range []float64{9, 21, 4} {
			v, err := strconv.ParseFloat(rows[i][j], 32)
			require.NoError(t, err)
			require.InDelta(t, in[j], v, span/2, "nearer than chance")
		}
	}
	list := reconstructions(t, "10,30,-2\n", "--model", model)
	require.Equal(t, "stdin:1", list[0].Name)
	require.Len(t, list[0].Reconstruction, 3, "as many values as the sample has")
}

// picture decodes a PNG file.
func picture(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err)
	return m
}

func TestReconstructPicture(t *testing.T) {
	data, model := barModel(t)
	out := filepath.Join(t.TempDir(), "grid.png")
	folder := filepath.Join(data, "left")
	text := done(t, "reconstruct", "--model", model, "--out", out, "--json", folder)
	require.Len(t, objects(t, text), 60)
	many := picture(t, out).Bounds()
	done(t, "reconstruct", "--model", model, "--out", out, filepath.Join(folder, "0.png"))
	one := picture(t, out).Bounds()
	require.Greater(t, many.Dx(), one.Dx())
	require.Greater(t, many.Dy(), 3*one.Dy(), "four rows of inputs and their reconstructions")
	require.Equal(t, []string{"grid.png"}, names(t, filepath.Dir(out)))
}

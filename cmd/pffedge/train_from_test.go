package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func accuracyOf(t *testing.T, model, data, method string) float64 {
	return objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--method", method))[0].at(t, "accuracy").(float64)
}

// TestTrainInt8: from random weights, then on from what came out.
func TestTrainInt8(t *testing.T) {
	for name, get := range map[string]func(*testing.T) (string, string){"vectors": flowerModel, "images": barModel} {
		t.Run(name, func(t *testing.T) {
			data, full := get(t)
			out, next := filepath.Join(t.TempDir(), "q.pff"), filepath.Join(t.TempDir(), "next.pff")
			size := ""
			if name == "images" {
				size = " --size 8x8"
			}
			done(t, words("train --int8 --hidden 32,24 --epochs 12 --batch 10"+size+" --data", data, "--out", out)...)
			m, err := model.Load(out)
			require.NoError(t, err)
			require.NotNil(t, m.Int8)
			for _, method := range []string{"goodness", "readout", "auto"} {
				require.GreaterOrEqual(t, accuracyOf(t, out, data, method), accuracyOf(t, full, data, method)-0.05, method)
			}
			done(t, words("train --int8 --epochs 2 --batch 10 --from", out, "--data", data, "--out", next)...)
			further, err := model.Load(next)
			require.NoError(t, err)
			require.Equal(t, m.Config.Hidden, further.Config.Hidden)
			require.NotEqual(t, m.Int8.Layers[0].Up.Data, further.Int8.Layers[0].Up.Data)
			require.GreaterOrEqual(t, accuracyOf(t, next, data, "goodness"), 0.9)
			require.Equal(t, 2, further.Provenance.Epochs)
			require.Contains(t, string(further.Provenance.Training), `"int8":true`)
		})
	}
}

// TestTrainFromFloat32 goes on with float32 weights, as they are or in int8.
func TestTrainFromFloat32(t *testing.T) {
	data, from := flowerModel(t)
	for _, int8 := range []string{"", " --int8"} {
		out := filepath.Join(t.TempDir(), "m.pff")
		done(t, words("train --epochs 1 --batch 10 --lr 1e-5"+int8+" --from", from, "--data", data, "--out", out)...)
		require.GreaterOrEqual(t, accuracyOf(t, out, data, "goodness"), accuracyOf(t, from, data, "goodness")-0.05)
		m, err := model.Load(out)
		require.NoError(t, err)
		require.Equal(t, int8 != "", m.Int8 != nil)
	}
}

// TestTrainInt8Resumes to the same bytes.
func TestTrainInt8Resumes(t *testing.T) {
	data, _ := flowerModel(t)
	whole, parts := filepath.Join(t.TempDir(), "m.pff"), filepath.Join(t.TempDir(), "m.pff")
	train := func(out, more string) { done(t, words("train "+more+" --data", data, "--out", out)...) }
	train(whole, "--int8 --no-generative --hidden 32,24 --batch 10 --schedule constant --epochs 4")
	train(parts, "--int8 --no-generative --hidden 32,24 --batch 10 --schedule constant --epochs 2")
	train(parts, "--resume --epochs 4")
	a, err := os.ReadFile(whole + ".ckpt")
	require.NoError(t, err)
	b, err := os.ReadFile(parts + ".ckpt")
	require.NoError(t, err)
	require.True(t, string(a) == string(b))
	require.Equal(t, exitUsage, pffedge(t, words("train --resume --int8 --data", data, "--out", parts)...).code)
}

func TestTrainFromRefuses(t *testing.T) {
	data, from := flowerModel(t)
	bars, _ := barModel(t)
	out := filepath.Join(t.TempDir(), "m.pff")
	for _, line := range []string{
		"--hidden 5,5 --from " + from, "--latents 4 --from " + from, "--int8 --optimizer sgd", "--int8 --moments 16", "--int8 --generator driven",
		"--int8 --preset reference --hidden 20",
	} {
		o := pffedge(t, words("train --data "+data+" --out "+out+" "+line)...)
		require.Equal(t, exitUsage, o.code, "%s: %s", line, o.stderr)
	}
	requireFailure(t, pffedge(t, words("train --from gone.pff --data", data, "--out", out)...), "gone.pff")
	require.NotZero(t, pffedge(t, words("train --from", from, "--data", bars, "--out", out)...).code)
	require.NoFileExists(t, out)
}

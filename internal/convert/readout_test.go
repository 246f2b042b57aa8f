package convert

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/shared"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// samples returns rows of values 0…1, many of them 0, the first row all 0.
func samples(rows, cols int) simd.Matrix {
	x, r := simd.NewMatrix(rows, cols), rand.New(rand.NewPCG(3, 4))
	for i := 1; i < rows; i++ {
		for j := range x.Row(i) {
			x.Row(i)[j] = max(8*r.Float32()-7, 0)
		}
	}
	return x
}

// sharpen makes the opinions of a random model strong and different, as
// learning does: its biases are small, and its read-out sees what tells states
// apart, ten times as large.
func sharpen(m *model.Model) {
	for _, l := range m.Params.Layers {
		simd.ScaleF32(l.Bias, l.Bias, 0.1)
	}
	w := m.Params.Readout
	clear(m.Params.ReadoutBias)
	for c := range w.N {
		sum := float32(0)
		for r := range w.K {
			sum += w.At(r, c)
		}
		for r := range w.K {
			w.Set(r, c, 10*(w.At(r, c)-sum/float32(w.K)))
		}
	}
}

// readoutOf predicts as the engine does.
func readoutOf(t *testing.T, m *model.Model, x simd.Matrix) simd.Matrix {
	t.Helper()
	engine, err := runtime.New(m)
	require.NoError(t, err)
	session := runtime.NewSession(engine, 1)
	t.Cleanup(func() { session.Close() })
	p, err := session.Predict(t.Context(), x, runtime.Readout)
	require.NoError(t, err)
	return p
}

func float64s(x simd.Matrix) tensor2 {
	m := tensor2{rows: x.Rows, cols: x.Cols}
	for i := range x.Rows {
		for _, v := range x.Row(i) {
			m.v = append(m.v, float64(v))
		}
	}
	return m
}

func TestONNXPredictsAsTheEngineDoes(t *testing.T) {
	for name, m := range map[string]*model.Model{
		"vector": small(t), "one layer": testModel(t, vector(9), 20),
		"image, three layers": testModel(t, model.Image(7, 9), 33, 16, 50),
	} {
		t.Run(name, func(t *testing.T) {
			sharpen(m)
			n := parseNetwork(t, encode(t, m, ONNX))
			require.Equal(t, "x", n.input)
			require.Equal(t, "probabilities", n.output)
			require.Equal(t, [2]uint64{uint64(m.Config.Input.Size()), 3}, n.cols)
			x := samples(64, m.Config.Input.Size())
			want, got := readoutOf(t, m, x), n.run(t, float64s(x))
			require.Equal(t, want.Rows, got.rows)
			winners := map[int]bool{}
			for i := range x.Rows {
				var row []float32
				for j, p := range want.Row(i) {
					require.InDelta(t, p, got.at(i, j), 1e-5)
					row = append(row, float32(got.at(i, j)))
				}
				ours, _ := runtime.Best(want.Row(i))
				theirs, _ := runtime.Best(row)
				require.Equal(t, ours, theirs)
				winners[ours] = true
			}
			require.Greater(t, len(winners), 1, "the samples tell nothing apart")
		})
	}
}

func TestONNXMetadata(t *testing.T) {
	m := small(t)
	file := encode(t, m, ONNX)
	require.Equal(t, file, encode(t, m, ONNX))
	n := parseNetwork(t, file)
	var classes []string
	require.NoError(t, json.Unmarshal([]byte(n.metadata["classes"]), &classes))
	require.Equal(t, m.Config.Classes, classes)
	var input model.Input
	require.NoError(t, json.Unmarshal([]byte(n.metadata["input"]), &input))
	require.Equal(t, m.Config.Input, input)
	require.Contains(t, n.metadata[configName], `"hidden":[4,3]`)
	require.Contains(t, n.metadata[provenanceName], `"tool":"test"`)
	top := fields(t, file)
	require.Equal(t, "pffedge", text(t, top, 2))
	require.Equal(t, "v0", text(t, top, 3))
	require.Contains(t, text(t, top, 6), "2 features, 3 classes")
	for _, in := range []model.Input{vector(2), {Features: 3}, model.Image(4, 5)} {
		require.NotEmpty(t, inputDoc(in))
	}
	require.NotContains(t, n.values, "Gy", "what the read-out does not need is left out")
}

// TestONNXChecker needs Python with ONNX, which judges the file.
func TestONNXChecker(t *testing.T) {
	python := shared.Python(t, "onnx")
	path := filepath.Join(t.TempDir(), "m.onnx")
	require.NoError(t, os.WriteFile(path, encode(t, testModel(t, model.Image(7, 9), 33, 16), ONNX), 0o600))
	out := shared.RunPython(t, python, `
import sys, onnx
m = onnx.load(sys.argv[1])
onnx.checker.check_model(m, full_check=True)
g = onnx.shape_inference.infer_shapes(m, strict_mode=True).graph
print([d.dim_param or d.dim_value for d in g.output[0].type.tensor_type.shape.dim])
print(len(m.SerializeToString()) == len(open(sys.argv[1], "rb").read()))
`, path)
	require.Equal(t, "['N', 3]\nTrue\n", out)
}

// TestNumPyPredictsAsTheEngineDoes computes the read-out from the arrays.
func TestNumPyPredictsAsTheEngineDoes(t *testing.T) {
	python := shared.Python(t, "numpy")
	m := testModel(t, model.Image(7, 9), 33, 16)
	sharpen(m)
	path := filepath.Join(t.TempDir(), "m.npz")
	require.NoError(t, os.WriteFile(path, encode(t, m, NPZ), 0o600))
	x := samples(9, 63)
	want := readoutOf(t, m, x)
	rows := make([][]float32, x.Rows)
	for i := range rows {
		rows[i] = x.Row(i)
	}
	in, err := json.Marshal(rows)
	require.NoError(t, err)
	out := shared.RunPython(t, python, `
import sys, json, numpy as np
m = np.load(sys.argv[1])
x = np.array(json.loads(sys.argv[2]), dtype=np.float32)
n = lambda z: z / (np.linalg.norm(z, axis=1, keepdims=True) + 1e-8)
z = np.maximum(n(x) @ m["W1"] + m["b1"], 0)
z = np.maximum(n(z) @ m["W2"] + m["b2"], 0)
p = np.exp(n(z) @ m["W"] + m["b"])
p /= p.sum(axis=1, keepdims=True)
assert json.loads(m["pffedge.config"].item())["hidden"] == [33, 16]
print(json.dumps(p.tolist()))
`, path, string(in))
	var got [][]float64
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	for i := range x.Rows {
		for j, p := range want.Row(i) {
			require.InDelta(t, p, got[i][j], 1e-5)
		}
	}
}

package convert

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/npz"
	"github.com/pffedge/pffedge/internal/safetensors"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

func TestRoundTrip(t *testing.T) {
	bare := testModel(t, model.Image(5, 3), 17)
	bare.Overall, bare.PerClass = nil, nil
	wide, err := testModel(t, vector(9), 33, 16).Quantise()
	require.NoError(t, err)
	for name, m := range map[string]*model.Model{
		"int8": smallInt8(t), "int8, wide": wide,
		"vector": small(t), "image, three layers": testModel(t, model.Image(4, 9), 33, 16, 20), "no mixtures": bare,
	} {
		for _, f := range []Format{Safetensors, NPZ} {
			t.Run(fmt.Sprintf("%s, %s", name, f), func(t *testing.T) {
				file := encode(t, m, f)
				got, notes, err := decode(file, f, Options{Provenance: model.Provenance{Tool: "another", Settings: "another"}})
				require.NoError(t, err)
				require.Equal(t, m, got)
				require.Equal(t, pffOf(t, m), pffOf(t, got))
				require.Equal(t, file, encode(t, got, f))
				if m.Overall == nil {
					require.Equal(t, []string{"there are no mixtures of latents: the model cannot imagine until they are fitted"}, notes)
				} else {
					require.Empty(t, notes)
				}
			})
		}
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, bare, PFF, ""))
	require.Equal(t, pffOf(t, bare), b.Bytes())
}

// TestNamesAndShapes pins down what other programs rely on.
func TestNamesAndShapes(t *testing.T) {
	m := small(t)
	f, err := safetensors.Read(bytes.NewReader(encode(t, m, Safetensors)))
	require.NoError(t, err)
	var list []string
	for _, a := range f.Arrays {
		require.Equal(t, array.F32, a.Type)
		list = append(list, a.Name+" "+shown(a.Shape))
	}
	require.Equal(t, strings.Split("W1 4×4,V2 3×4,b1 1×4,L1 4×4,W2 4×3,V 3×3,b2 1×3,L2 3×3,W 3×3,b 1×3,Gy 2×3,G2 3×4,G1 4×4,"+
		"mixture.weight 3,mixture.mean 3×2,mixture.chol 3×2×2,mixture.0.weight 1,mixture.0.mean 1×2,mixture.0.chol 1×2×2,"+
		"mixture.1.weight 0,mixture.1.mean 0×2,mixture.1.chol 0×2×2,mixture.2.weight 2,mixture.2.mean 2×2,mixture.2.chol 2×2×2", ","), list)
	require.Contains(t, f.Metadata[configName], `"hidden":[4,3]`)
	require.Contains(t, f.Metadata[provenanceName], `"tool":"test"`)

	arrays, err := npz.Read(bytes.NewReader(encode(t, m, NPZ)), int64(len(encode(t, m, NPZ))))
	require.NoError(t, err)
	require.Equal(t, f.Metadata[configName], string(arrays[0].Data))
	require.Equal(t, f.Metadata[provenanceName], string(arrays[1].Data))
	requireValues(t, m, f.Arrays)
	requireValues(t, m, arrays[2:])
}

// requireValues compares arrays with what the layouts of a model say.
func requireValues(t *testing.T, m *model.Model, arrays []array.Array) {
	t.Helper()
	for i, tensor := range m.Params.Tensors() {
		require.Equal(t, tensor.Name, arrays[i].Name)
		v, err := arrays[i].Float32s()
		require.NoError(t, err)
		require.Len(t, v, tensor.Rows*tensor.Cols)
		for at, x := range v {
			r, c := at/tensor.Cols, at%tensor.Cols
			want := float32(0)
			switch {
			case tensor.Kind == model.PackedTensor:
				want = simd.Packed{K: tensor.Rows, N: tensor.Cols, Data: tensor.Data}.At(r, c)
			case tensor.Kind == model.VectorTensor:
				want = tensor.Data[c]
			case r/3 == c/3:
				want = tensor.Data[r*16+c%3]
			}
			require.Equal(t, want, x, "%s[%d][%d]", tensor.Name, r, c)
		}
	}
}

func TestForeignArrays(t *testing.T) {
	m := small(t)
	m.Config.Group = 10
	m.Overall, m.PerClass = nil, nil

	// As they are: sizes from the shapes, the rest from preset reference.
	c := contentsOf(t, m)
	b1 := c.arrays["b1"]
	b1.Shape = []int{4} // as NumPy has a vector
	c.arrays["b1"] = b1
	got, notes, err := c.Model(Options{Provenance: model.Provenance{Tool: "x"}})
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Contains(t, notes[0], "no pffedge.config: assumed inputs 4 features, 3 classes")
	require.Equal(t, []string{"0", "1", "2"}, got.Config.Classes)
	require.Equal(t, []int{4, 3}, got.Config.Hidden)
	require.Equal(t, 2, got.Config.Latents)
	require.Equal(t, 12, got.Config.Rounds)
	require.Equal(t, []float32{1, 1, 1, 1}, got.Config.Input.Scale)
	require.Equal(t, "x", got.Provenance.Tool)
	require.NotEqual(t, m.Params.Layers[0].Lateral, got.Params.Layers[0].Lateral)
	require.Equal(t, m.Params.Layers[0].Up, got.Params.Layers[0].Up)

	// As an image, with names.
	got, _, err = contentsOf(t, m).Model(Options{Width: 2, Height: 2, Classes: []string{"a", "b", "c"}})
	require.NoError(t, err)
	require.Equal(t, model.Image(2, 2), got.Config.Input)
	require.Equal(t, []string{"a", "b", "c"}, got.Config.Classes)

	// Like another model.
	like := small(t)
	got, notes, err = contentsOf(t, like).Model(Options{Like: &like.Config, Provenance: like.Provenance})
	require.NoError(t, err)
	require.Len(t, notes, 1)
	like.Overall, like.PerClass = nil, nil
	require.Equal(t, like, got)
}

func TestWhatDoesNotCount(t *testing.T) {
	m := small(t)
	c := contentsOf(t, m)
	for i := range 2 {
		binary.LittleEndian.PutUint32(c.arrays["L1"].Data[4*(4*3+i):], math.Float32bits(5)) // unit 3 is in the second group
	}
	for _, name := range []string{"Gy", "G2", "G1"} {
		delete(c.arrays, name)
	}
	c.arrays["step"] = array.Array{Name: "step", Type: "I64", Data: make([]byte, 8)}
	got, notes, err := c.Model(Options{Like: &m.Config, IgnoreUnknown: true})
	require.NoError(t, err)
	require.Equal(t, []string{
		"there is no generative circuit: its weights are zero, and the model reconstructs nothing",
		"array L1: dropped 2 values outside the blocks of 3 units, which never count",
		"there are no mixtures of latents: the model cannot imagine until they are fitted",
		"passed over 1 unknown arrays: step",
	}, notes)
	require.Equal(t, m.Params.Layers, got.Params.Layers)
	require.Equal(t, make([]float32, 32), got.Params.GenTop.Data)
}

func TestFormats(t *testing.T) {
	for path, want := range map[string]Format{"a.pff": PFF, "a.b.NPZ": NPZ, "/x/y.safetensors": Safetensors, "m.onnx": ONNX, "m.pff.ckpt": PFF} {
		got, err := FormatOf(path)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, path := range []string{"a", "npz", "a.txt", "x.pff/y"} {
		_, err := FormatOf(path)
		require.ErrorIs(t, err, ErrFormatUnknown)
		require.ErrorContains(t, err, path)
	}
	_, err := ParseFormat("h5")
	require.ErrorIs(t, err, ErrFormatUnknown)
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, NPZ)
	require.ErrorContains(t, err, dir+" is not a file")
	_, err = Open(filepath.Join(dir, "gone"), NPZ)
	require.ErrorIs(t, err, os.ErrNotExist)
	path := filepath.Join(dir, "m")
	for _, f := range []Format{Safetensors, NPZ} {
		file := encode(t, small(t), f)
		require.NoError(t, os.WriteFile(path, file, 0o600))
		c, err := Open(path, f)
		require.NoError(t, err)
		_, _, err = c.Model(Options{})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, file[:len(file)/2], 0o600))
		_, err = Open(path, f)
		require.ErrorContains(t, err, path+": ")
	}
	for _, f := range []Format{ONNX, "h5"} {
		_, err = Open(path, f)
		require.ErrorContains(t, err, path+": ")
	}
}

// TestBytesArePythons reads the configuration from bytes, as a Python program
// may have stored it.
func TestBytesArePythons(t *testing.T) {
	m := small(t)
	config, provenance, err := texts(m)
	require.NoError(t, err)
	var b bytes.Buffer
	bytesOf := func(name, text string) array.Source {
		return array.Array{Name: name, Type: array.U8, Shape: []int{len(text)}, Data: []byte(text)}.Source()
	}
	spaced := strings.ReplaceAll(config, `,"`, `, "`)
	require.NoError(t, npz.Write(&b, append(Arrays(m), bytesOf(configName, spaced), bytesOf(provenanceName, provenance))))
	got, _, err := decode(b.Bytes(), NPZ, Options{})
	require.NoError(t, err)
	require.Equal(t, pffOf(t, m), pffOf(t, got))
}

func TestInvalidModelsAreNotWritten(t *testing.T) {
	m := small(t)
	m.Params.ReadoutBias[0] = float32(math.NaN())
	for _, f := range Formats() {
		var b bytes.Buffer
		require.ErrorIs(t, Write(&b, m, f, ""), model.ErrValue)
		require.Zero(t, b.Len())
	}
	require.ErrorIs(t, Write(&bytes.Buffer{}, small(t), "h5", ""), ErrFormatUnknown)
}

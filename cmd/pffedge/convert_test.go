package main

import (
	"crypto/ed25519"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/convert"
	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/shared"
	"github.com/pffedge/pffedge/model"
)

func TestConvertThereAndBack(t *testing.T) {
	_, flowers := flowerModel(t)
	_, bars := barModel(t)
	for _, path := range []string{flowers, bars} {
		for _, format := range []convert.Format{convert.Safetensors, convert.NPZ, convert.PFF} {
			dir := t.TempDir()
			there, back := filepath.Join(dir, "m."+string(format)), filepath.Join(dir, "back.pff")
			var c conversion
			only(t, done(t, "convert", "--json", path, there), &c)
			require.Equal(t, []string{}, c.Notes)
			require.Equal(t, []string{path, there}, []string{c.From, c.To})
			require.Equal(t, []convert.Format{convert.PFF, format}, []convert.Format{c.FromFormat, c.ToFormat})
			require.EqualValues(t, len(read(t, there)), c.Bytes)
			var i inspection
			only(t, done(t, "inspect", "--json", path), &i)
			require.Equal(t, i.Parameters, c.Parameters)

			text := done(t, "convert", there, back)
			require.Regexp(t, `m\.[a-z]+ → .*back\.pff \(pff, \d+ parameters, [\d.]+ [KM]iB\)\n$`, text)
			require.Equal(t, read(t, path), read(t, back))
			require.Len(t, names(t, dir), 2)
		}
	}
}

func TestConvertInt8(t *testing.T) {
	_, path := flowerModel(t)
	m, err := model.Load(path)
	require.NoError(t, err)
	m, err = m.Quantise()
	require.NoError(t, err)
	dir := t.TempDir()
	small, there, back := filepath.Join(dir, "8.pff"), filepath.Join(dir, "8.npz"), filepath.Join(dir, "back.pff")
	require.NoError(t, model.Save(small, m))
	var c, full conversion
	only(t, done(t, "convert", "--json", small, there), &c)
	only(t, done(t, "convert", "--json", path, filepath.Join(dir, "32.npz")), &full)
	require.Equal(t, full.Parameters, c.Parameters)
	require.Less(t, c.Bytes, full.Bytes)
	done(t, "convert", there, back)
	require.Equal(t, read(t, small), read(t, back))
	o := pffedge(t, "convert", small, filepath.Join(dir, "8.onnx"))
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, "pffedge: note: "+small+": the int8 weights are restored to float32\n", o.stderr)
}

func TestConvertSigned(t *testing.T) {
	_, path := flowerModel(t)
	signed := filepath.Join(t.TempDir(), "signed.pff")
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	require.NoError(t, model.Sign(path, signed, key))
	o := pffedge(t, "convert", signed, signed+".npz")
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, "pffedge: note: "+signed+": the signature stays behind: what is written is not signed\n", o.stderr)
	done(t, "convert", signed+".npz", signed+".pff")
	require.Equal(t, read(t, path), read(t, signed+".pff"))
}

func TestConvertByFlags(t *testing.T) {
	_, path := flowerModel(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b.txt")
	done(t, "convert", "--to", "npz", path, a)
	done(t, "convert", "--from", "npz", "--to", "safetensors", a, b)
	done(t, "convert", "--from", "safetensors", b, filepath.Join(dir, "c.pff"))
	require.Equal(t, read(t, path), read(t, filepath.Join(dir, "c.pff")))
	done(t, "convert", path, filepath.Join(dir, "c.onnx"))
	require.Contains(t, read(t, filepath.Join(dir, "c.onnx")), "ReduceL2")
	done(t, "convert", "--to", "onnx", path, b)
	require.Equal(t, read(t, filepath.Join(dir, "c.onnx")), read(t, b), "outputs are overwritten, as by every command")
}

func TestConvertCheckpoint(t *testing.T) {
	_, path := flowerModel(t)
	out := filepath.Join(t.TempDir(), "m.pff")
	o := pffedge(t, "convert", path+".ckpt", out)
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, "pffedge: note: "+path+".ckpt: the state of the training run stays behind: what is written is the model alone\n", o.stderr)
	want, err := model.Load(path + ".ckpt")
	require.NoError(t, err)
	got, err := model.Load(out)
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = model.LoadCheckpoint(out)
	require.ErrorIs(t, err, model.ErrNotCheckpoint)
}

// TestConvertForeign takes arrays that bring neither configuration nor
// mixtures, as a Python program has them.
func TestConvertForeign(t *testing.T) {
	pictures, bars := barModel(t)
	dir := t.TempDir()
	arrays, out := bare(t, bars, filepath.Join(dir, "w.safetensors")), filepath.Join(dir, "m.pff")

	o := pffedge(t, "convert", "--json", "--image", "8x8", "--classes", "left,right", arrays, out)
	require.Zero(t, o.code, o.stderr)
	var c conversion
	only(t, o.stdout, &c)
	require.Len(t, c.Notes, 2)
	require.Equal(t, 2, strings.Count(o.stderr, "pffedge: note: "+arrays+": "), o.stderr)
	require.Contains(t, o.stderr, "assumed inputs 8×8 grey image, 2 classes")
	var i inspection
	only(t, done(t, "inspect", "--json", out), &i)
	require.Equal(t, model.Image(8, 8), i.Config.Input)
	require.Equal(t, []string{"left", "right"}, i.Config.Classes)
	require.Contains(t, i.Provenance.Tool, "convert")
	require.Equal(t, "w.safetensors", i.Provenance.Data)
	require.False(t, i.Imagines)
	requireSameReadout(t, bars, out, pictures)

	o = pffedge(t, "convert", "--like", bars, arrays, out)
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, 1, strings.Count(o.stderr, "pffedge: "), o.stderr)
	want, err := model.Load(bars)
	require.NoError(t, err)
	got, err := model.Load(out)
	require.NoError(t, err)
	require.Equal(t, want.Config, got.Config)
	require.Equal(t, want.Params, got.Params)

	o = pffedge(t, "convert", arrays, out)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stderr, "assumed inputs 64 features")
}

// requireSameReadout demands equal read-outs of two models of pictures.
func requireSameReadout(t *testing.T, a, b, pictures string) {
	t.Helper()
	var lines [2][]object
	for i, path := range []string{a, b} {
		lines[i] = objects(t, done(t, "predict", "--json", "--method", "readout", "--model", path, filepath.Join(pictures, "left")))
	}
	require.NotEmpty(t, lines[0])
	for i := range lines[0] {
		require.Equal(t, lines[0][i]["probabilities"], lines[1][i]["probabilities"])
	}
}

// bare writes a model's parameters as safetensors without metadata.
func bare(t *testing.T, from, to string) string {
	t.Helper()
	done(t, "convert", from, to)
	file := read(t, to)
	n := int(file[0]) | int(file[1])<<8
	var header map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(file[8:8+n]), &header))
	delete(header, "__metadata__")
	end := 0
	for name, raw := range header {
		if strings.HasPrefix(name, "mixture") {
			delete(header, name)
			continue
		}
		var place struct {
			Offsets [2]int `json:"data_offsets"`
		}
		require.NoError(t, json.Unmarshal(raw, &place))
		end = max(end, place.Offsets[1])
	}
	text, err := json.Marshal(header)
	require.NoError(t, err)
	prefix := string([]byte{byte(len(text)), byte(len(text) >> 8), 0, 0, 0, 0, 0, 0})
	return write(t, to, prefix+string(text)+file[8+n:8+n+end])
}

func TestConvertRefuses(t *testing.T) {
	_, path := flowerModel(t)
	dir := t.TempDir()
	npz, out := filepath.Join(dir, "m.npz"), filepath.Join(dir, "out.pff")
	done(t, "convert", path, npz)
	arrays := bare(t, path, filepath.Join(dir, "w.safetensors"))
	whole := read(t, npz)
	cut := write(t, filepath.Join(dir, "cut.npz"), whole[:len(whole)/2])
	flip := write(t, filepath.Join(dir, "flip.npz"), flipped(whole, len(whole)/2))
	garbage := write(t, filepath.Join(dir, "x.safetensors"), "this is no such file, though long enough")
	_, bars := barModel(t)
	before := names(t, dir)
	for line, parts := range map[string][]string{
		cut + " " + out:                                {cut, "zip"},
		flip + " " + out:                               {flip, "array ", "checksum"},
		garbage + " " + out:                            {garbage, "is this a safetensors file?"},
		"--from npz " + path + " " + out:               {path, "zip"},
		"--from pff " + npz + " " + out:                {npz, "not a .pff file"},
		dir + " --from npz " + out:                     {dir, "is not a file"},
		filepath.Join(dir, "gone.npz") + " " + out:     {"gone.npz", "no such file"},
		filepath.Join(dir, "gone.pff") + " " + npz:     {"gone.pff", "no such file"},
		path + " " + filepath.Join(dir, "no/m.npz"):    {filepath.Join(dir, "no/m.npz")},
		"--to npz " + path + " " + dir:                 {dir, "not a regular file"},
		"--image 8x8 " + npz + " " + out:               {npz, "brings its own configuration"},
		"--image 8x8 " + arrays + " " + out:            {arrays, "8×8 pixels, and array W1 has"},
		"--classes a,b " + arrays + " " + out:          {arrays, "2 classes are named, and array W has 3"},
		"--classes a,b,a " + arrays + " " + out:        {arrays, `"a" is empty or used twice`},
		"--like " + bars + " " + npz + " " + out:       {npz, "array W1: shape", "want 64×"},
		"--like " + garbage + " " + arrays + " " + out: {garbage, "not a .pff file"},
	} {
		requireFailure(t, pffedge(t, words("convert "+line)...), parts...)
		require.Equal(t, before, names(t, dir), "%s: nothing is left", line)
	}
	for line, part := range map[string]string{
		path:                                     "2 arg(s)",
		path + " " + filepath.Join(dir, "m.h5"):  "--to names it",
		"m.txt " + out:                           "--from names it",
		"--to h5 " + path + " " + out:            `--to: unknown format "h5"`,
		"m.onnx " + out:                          "ONNX is only written",
		path + " " + path:                        "are the same file",
		"--image 8x8 " + path + " " + npz:        "brings its own",
		"--image 8 " + arrays + " " + out:        `--image "8", want WIDTHxHEIGHT`,
		"--like x --image 8x8 " + npz + " x.pff": "leave out --image",
	} {
		requireUsage(t, pffedge(t, words("convert "+line)...), part)
	}
	require.Equal(t, before, names(t, dir))
}

func TestConvertUnknownArrays(t *testing.T) {
	_, path := flowerModel(t)
	dir := t.TempDir()
	arrays, out := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "out.pff")
	done(t, "convert", path, arrays)
	write(t, arrays, strings.Replace(read(t, arrays), `"mixture.weight":`, `"moxture.weight":`, 1))
	requireFailure(t, pffedge(t, "convert", arrays, out), arrays, "unknown arrays: mixture.chol, mixture.mean, moxture.weight")
	o := pffedge(t, "convert", "--ignore-unknown", arrays, out)
	require.Zero(t, o.code, o.stderr)
	require.Contains(t, o.stderr, "passed over 3 unknown arrays: mixture.chol, mixture.mean, moxture.weight")
	require.FileExists(t, out)
}

// inputOf returns the inputs that a picture becomes, as JSON.
func inputOf(t *testing.T, path, picture string) string {
	t.Helper()
	m, err := model.Load(path)
	require.NoError(t, err)
	var rows [][]float32
	for s, err := range data.OpenSamples(t.Context(), []string{picture}, data.SampleOptions{Input: m.Config.Input}) {
		require.NoError(t, err)
		rows = append(rows, s.X)
	}
	text, err := json.Marshal(rows)
	require.NoError(t, err)
	return string(text)
}

// TestConvertExample runs the Python of the help, which needs NumPy.
func TestConvertExample(t *testing.T) {
	python := shared.Python(t, "numpy")
	pictures, bars := barModel(t)
	dir := t.TempDir()
	done(t, "convert", bars, filepath.Join(dir, "m.npz"))
	var example []string
	for line := range strings.Lines(convertHelp) {
		if code, indented := strings.CutPrefix(line, "  "); indented {
			example = append(example, code)
		}
	}
	require.Len(t, example, 6)
	picture := filepath.Join(pictures, "left", "0.png")
	var p prediction
	only(t, done(t, "predict", "--json", "--method", "readout", "--model", bars, picture), &p)
	out := shared.RunPython(t, python, "import os, sys, json\nimport numpy as np\nos.chdir(sys.argv[1])\nx = np.array(json.loads(sys.argv[2]))\n"+
		strings.Join(example, "")+"print(json.dumps(p[0].tolist()))", dir, inputOf(t, bars, picture))
	var got []float32
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.InDeltaSlice(t, p.Probabilities, got, 1e-5)
}

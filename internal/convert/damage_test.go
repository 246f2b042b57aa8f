package convert

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/npz"
	"github.com/pffedge/pffedge/internal/safetensors"
	"github.com/pffedge/pffedge/model"
)

// TestEveryTruncationIsNoticed and the tests of flips below demand one line of
// error of a damaged file, or say what may come of it.
func TestEveryTruncationIsNoticed(t *testing.T) {
	for _, m := range []*model.Model{small(t), smallInt8(t)} {
		for _, f := range []Format{Safetensors, NPZ} {
			file := encode(t, m, f)
			for n := range file {
				_, _, err := decode(file[:n], f, Options{})
				require.Error(t, err, "%s after %d bytes", f, n)
				require.NotContains(t, err.Error(), "\n")
			}
		}
	}
}

// TestEveryFlipInNPZ: an error, or the same model.
func TestEveryFlipInNPZ(t *testing.T) {
	m := small(t)
	file, want := encode(t, m, NPZ), pffOf(t, m)
	for i := range file {
		file[i] ^= 1 << (i % 8)
		got, _, err := decode(file, NPZ, Options{})
		file[i] ^= 1 << (i % 8)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			continue
		}
		if bytes.Equal(want, pffOf(t, got)) {
			continue
		}
		require.Fail(t, "another model", "byte %d", i)
	}
}

// TestEveryFlipInSafetensors: the format has no checksum. A flip in the data is
// an error or changes that very value; one in the header is an error or
// changes the configuration or the provenance, never a value, though it may
// change what of L counts, by the size of a group.
func TestEveryFlipInSafetensors(t *testing.T) {
	m := small(t)
	file := encode(t, m, Safetensors)
	data := int(8 + binary.LittleEndian.Uint64(file))
	for i := range file {
		file[i] ^= 1 << (i % 8)
		got, _, err := decode(file, Safetensors, Options{})
		file[i] ^= 1 << (i % 8)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			continue
		}
		require.NoError(t, got.Validate())
		inData := i >= data
		changed := different(bitsOf(m, inData), bitsOf(got, inData))
		if !inData {
			require.Zero(t, changed, "byte %d", i)
			continue
		}
		require.Equal(t, m.Config, got.Config)
		require.Equal(t, m.Provenance, got.Provenance)
		require.LessOrEqual(t, changed, 1, "byte %d", i) // 0 outside the blocks of L
	}
}

// bitsOf returns all values of a model, those of L on demand.
func bitsOf(m *model.Model, lateral bool) []uint32 {
	var list []uint32
	add := func(v ...float32) {
		for _, x := range v {
			list = append(list, math.Float32bits(x))
		}
	}
	for _, t := range m.Params.Tensors() {
		if lateral || t.Kind != model.LateralTensor {
			add(t.Data...)
		}
	}
	for _, x := range append([]model.Mixture{m.Overall}, m.PerClass...) {
		for _, g := range x {
			add(g.Weight)
			add(g.Mean...)
			add(g.Chol...)
		}
	}
	return list
}

func different(a, b []uint32) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// FuzzConvert makes models of arrays: of a safetensors file of a header and
// data, or of an .npz file with the data as the values of a small network. A
// model that comes of it is valid, and is the same again after a trip through
// each format.
func FuzzConvert(f *testing.F) {
	m := testModel(f, vector(1), 2)
	int8s, err := m.Quantise()
	require.NoError(f, err)
	for _, m := range []*model.Model{m, int8s} {
		file := encode(f, m, Safetensors)
		n := 8 + binary.LittleEndian.Uint64(file)
		f.Add(string(file[8:n]), file[n:], uint8(0), uint8(0), false, false)
		f.Add("", file[n:], uint8(0), uint8(0), false, false)
		header, data := foreignFile(f, contentsOf(f, m))
		f.Add(header, data, uint8(0), uint8(0), false, false)
		f.Add(header, data, uint8(2), uint8(1), true, true)
	}
	f.Add(`{"W1":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}`, []byte{0, 0, 128, 63}, uint8(1), uint8(1), false, true)
	f.Fuzz(func(t *testing.T, header string, data []byte, width, height uint8, like, ignore bool) {
		opt := Options{Width: int(width), Height: int(height), IgnoreUnknown: ignore}
		if like {
			opt.Like = &m.Config
		}
		if header == "" {
			requireSound(t, npzOf(t, m, data), NPZ, opt)
			return
		}
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		requireSound(t, append(append(b, header...), data...), Safetensors, opt)
	})
}

// foreignFile returns the header and the data of a file of arrays alone.
func foreignFile(t testing.TB, c *Contents) (header string, data []byte) {
	t.Helper()
	var sources []array.Source
	for _, name := range c.rest() {
		sources = append(sources, c.arrays[name].Source())
	}
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, nil, sources))
	n := 8 + binary.LittleEndian.Uint64(b.Bytes())
	return string(b.Bytes()[8:n]), b.Bytes()[n:]
}

// npzOf returns an archive of m's arrays whose bytes are data, as far as it
// goes.
func npzOf(t testing.TB, m *model.Model, data []byte) []byte {
	t.Helper()
	config, _, err := texts(m)
	require.NoError(t, err)
	sources := []array.Source{array.String(configName, config)}
	for _, s := range Arrays(m) {
		var b bytes.Buffer
		require.NoError(t, s.Data(&b))
		n := copy(b.Bytes(), data)
		data = data[n:]
		sources = append(sources, array.Array{Name: s.Name, Type: s.Type, Shape: s.Shape, Data: b.Bytes()}.Source())
	}
	var b bytes.Buffer
	require.NoError(t, npz.Write(&b, sources))
	return b.Bytes()
}

// requireSound demands one line of error of a file, or a valid model that
// stays the same.
func requireSound(t *testing.T, file []byte, f Format, opt Options) {
	t.Helper()
	m, notes, err := decode(file, f, opt)
	if err != nil {
		require.NotContains(t, err.Error(), "\n")
		return
	}
	for _, note := range notes {
		require.NotContains(t, note, "\n")
	}
	require.NoError(t, m.Validate())
	want := pffOf(t, m)
	for _, f := range []Format{Safetensors, NPZ} {
		again, _, err := decode(encode(t, m, f), f, Options{})
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, pffOf(t, again)))
	}
}

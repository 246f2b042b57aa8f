package model

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// openBytes opens a file of that content.
func openBytes(t testing.TB, content []byte) (*File, error) {
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return Open(path, 2)
}

// largeModel has sections with and without padding that are large enough to
// stay in the mapping.
func largeModel() *Model { return testModel(testConfig(Image(16, 16), 300, 160), true) }

func TestOpenEqualsLoad(t *testing.T) {
	models := map[string]*Model{"large": largeModel()}
	for name, m := range testModels {
		models[name] = m
	}
	for name, m := range models {
		q, err := m.Quantise()
		require.NoError(t, err)
		c := testCheckpoint(m.Config)
		for kind, file := range map[string][]byte{
			"model": encodeModel(t, m), "int8": encodeModel(t, q), "checkpoint": encodeCheckpoint(t, c),
			"version 1": encodeV1(t, m, nil), "checkpoint of version 1": encodeV1(t, nil, c),
		} {
			want, err := Decode(bytes.NewReader(file))
			require.NoError(t, err)
			o, err := openBytes(t, file)
			require.NoError(t, err, "%s, %s", name, kind)
			require.NoError(t, o.Model.Validate())
			require.Equal(t, canMap && littleEndian, o.Model.ReadOnly())
			require.Equal(t, file, encodeLike(t, file, o.Model, checkpointOf(t, file)), "%s, %s", name, kind)

			own := o.Model.Clone()
			require.NoError(t, o.Close())
			require.False(t, own.ReadOnly())
			require.NoError(t, own.Validate())
			require.Equal(t, want, own, "%s, %s", name, kind)
		}
	}
}

// checkpointOf returns the checkpoint in file, or nil.
func checkpointOf(t *testing.T, file []byte) *Checkpoint {
	if file[12]&flagCheckpoint == 0 {
		return nil
	}
	c, err := DecodeCheckpoint(bytes.NewReader(file))
	require.NoError(t, err)
	return c
}

// TestOpenCopiesNoLargeWeights: they lie in the file's mapping, or in a second
// one with memory behind it for padding.
func TestOpenCopiesNoLargeWeights(t *testing.T) {
	if !canMap {
		t.Skip("this system does not map files")
	}
	o, err := openBytes(t, encodeModel(t, largeModel()))
	require.NoError(t, err)
	defer o.Close()
	inside := func(v []float32, memory []byte) bool {
		at := uintptr(unsafe.Pointer(&v[0])) - uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
		return at < uintptr(len(memory))
	}
	require.True(t, inside(o.Model.Params.Layers[1].Up.Data, o.data), "W2, 160 columns, needs no padding")
	w1 := o.Model.Params.Layers[0].Up.Data
	require.False(t, inside(w1, o.data), "W1, 300 columns, does")
	found := false
	for _, r := range o.regions {
		found = found || inside(w1, r)
	}
	require.True(t, found)
	for _, tensor := range o.Model.Params.Tensors() {
		require.Zero(t, uintptr(unsafe.Pointer(&tensor.Data[0]))%64, "%s is not aligned", tensor.Name)
	}
}

// TestOpenFindsWhatDecodeFinds damages a byte in each stretch of the file, with
// and without checksums made right.
func TestOpenFindsWhatDecodeFinds(t *testing.T) {
	for kind, file := range map[string][]byte{"model": encodeModel(t, largeModel()), "checkpoint": encodeCheckpoint(t, smallCheckpoint()),
		"what a learner keeps": encodeCheckpoint(t, keeping(smallCheckpoint(), 70001))} {
		for at := 0; at < len(file); at += 1 + len(file)/200 {
			file[at] ^= 0x80
			for _, damaged := range [][]byte{file, reseal(file)} {
				_, want := Decode(bytes.NewReader(damaged))
				o, err := openBytes(t, damaged)
				if err == nil {
					for p := Forward; p < numParts && err == nil; p++ {
						err = o.Model.Check(p)
					}
					require.NoError(t, o.Close())
				}
				if want == nil { // a sign, say
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, want.Error(), "%s, byte %d", kind, at)
				requireNamed(t, err)
			}
			file[at] ^= 0x80
		}
	}
}

// TestOpenChecksPartsWhenAsked: nothing damaged is used, nothing is checked that
// is not used.
func TestOpenChecksPartsWhenAsked(t *testing.T) {
	if !canMap {
		t.Skip("this system does not map files")
	}
	for name, p := range map[string]Part{"W2": Forward, "V2": Settling, "G1": Generative} {
		file := encodeModel(t, largeModel())
		content(t, file, name)[70000] ^= 1
		o, err := openBytes(t, file)
		if p == Forward {
			require.ErrorIs(t, err, ErrChecksum)
			continue
		}
		require.NoError(t, err, name)
		for part := Forward; part < numParts; part++ {
			for range 2 {
				err := o.Model.Check(part)
				if part != p {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, ErrChecksum)
				require.ErrorContains(t, err, "m.pff: section "+name+" at byte")
			}
		}
		require.ErrorIs(t, o.Model.Validate(), ErrChecksum)
		require.NoError(t, o.Close())
	}
	require.NoError(t, largeModel().Check(Generative))
}

func TestOpenRefusesValues(t *testing.T) {
	file := encodeModel(t, largeModel())
	copy(content(t, file, "W2")[4000:], "\x00\x00\xc0\x7f")
	_, err := openBytes(t, reseal(file))
	require.ErrorIs(t, err, ErrValue)
	require.ErrorContains(t, err, "section W2")
	for n := range 3 {
		_, err = openBytes(t, file[:n*len(file)/3])
		require.ErrorIs(t, err, ErrTruncated)
	}
	_, err = Open(t.TempDir(), 1)
	require.Error(t, err)
	_, err = Open(filepath.Join(t.TempDir(), "gone.pff"), 1)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestSaveOverAnOpenFile: what is open stays what it was.
func TestSaveOverAnOpenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.pff")
	before := largeModel()
	require.NoError(t, Save(path, before))
	o, err := Open(path, 1)
	require.NoError(t, err)
	defer o.Close()
	after := largeModel()
	after.Params = testParams(&after.Config, 99)
	require.NoError(t, Save(path, after))
	require.Equal(t, before.Params, o.Model.Params)
}

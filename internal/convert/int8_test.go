package convert

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// TestInt8Arrays: codes times scales are the weights.
func TestInt8Arrays(t *testing.T) {
	m := smallInt8(t)
	c := contentsOf(t, m)
	require.Equal(t, strings.Fields("G1 G1.scale G2 G2.scale Gy Gy.scale L1 L1.scale L2 L2.scale V V.scale V2 V2.scale W W.scale W1 W1.scale W2 W2.scale b b1 b2 clip"), c.rest())
	full := m.Float32()
	for _, tensor := range full.Params.Tensors() {
		a := c.arrays[tensor.Name]
		require.Equal(t, []int{tensor.Rows, tensor.Cols}, a.Shape, tensor.Name)
		if tensor.Kind == model.VectorTensor {
			require.Equal(t, array.F32, a.Type)
			continue
		}
		codes, err := a.Int8s()
		require.NoError(t, err)
		require.Equal(t, []int{1, tensor.Cols}, c.arrays[tensor.Name+".scale"].Shape)
		scale, err := c.arrays[tensor.Name+".scale"].Float32s()
		require.NoError(t, err)
		for at, code := range codes {
			i, j := at/tensor.Cols, at%tensor.Cols
			want := float32(0)
			switch {
			case tensor.Kind == model.PackedTensor:
				want = simd.Packed{K: tensor.Rows, N: tensor.Cols, Data: tensor.Data}.At(i, j)
			case i/3 == j/3:
				want = tensor.Data[i*16+j%3]
			}
			require.Equal(t, want, scale[j]*float32(code), "%s[%d][%d]", tensor.Name, i, j)
		}
	}
	require.Equal(t, []int{1, 6}, c.arrays["clip"].Shape)
}

// TestForeignInt8: limits and the generative circuit may be missing, scales may
// have one dimension, codes outside the blocks of L do not count.
func TestForeignInt8(t *testing.T) {
	m := smallInt8(t)
	c := contentsOf(t, m)
	for _, name := range []string{"clip", "Gy", "Gy.scale", "G2", "G2.scale", "G1", "G1.scale"} {
		delete(c.arrays, name)
	}
	scale := c.arrays["W2.scale"]
	scale.Shape = []int{3}
	c.arrays["W2.scale"] = scale
	c.arrays["L1"].Data[3] = 7
	got, notes, err := c.Model(Options{Like: &m.Config})
	require.NoError(t, err)
	require.Len(t, notes, 3)
	require.Contains(t, notes[1], "array L1: dropped 1 values")
	require.Equal(t, m.Int8.Layers, got.Int8.Layers)
	require.Equal(t, m.Int8.Readout, got.Int8.Readout)
	require.Equal(t, make([]float32, 6), got.Int8.Clip)
	require.Equal(t, make([]float32, 3), got.Int8.GenTop.Scale)
	require.Nil(t, got.Params)
}

func TestBadInt8(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a map[string]array.Array)
		part   string
	}{
		"no scale":       {func(a map[string]array.Array) { delete(a, "V2.scale") }, "array V2.scale is missing"},
		"scale's shape":  {func(a map[string]array.Array) { swap(a, "W1.scale", "W2.scale") }, "array W1.scale: shape 1×3, want 1×4"},
		"mixed":          {func(a map[string]array.Array) { change(a, "V", func(x *array.Array) { x.Type = array.U8 }) }, "array V: unsupported type U8, want I8"},
		"code -128":      {func(a map[string]array.Array) { change(a, "W2", func(x *array.Array) { x.Data[1] = 0x80 }) }, "tensor W2: code 4: invalid value: code −128"},
		"negative scale": {func(a map[string]array.Array) { change(a, "W.scale", func(x *array.Array) { x.Data[3] |= 0x80 }) }, "tensor W: invalid value: scale 0 is -"},
		"NaN scale": {func(a map[string]array.Array) {
			change(a, "L1.scale", func(x *array.Array) { binary.LittleEndian.PutUint32(x.Data, math.MaxUint32) })
		}, "array L1.scale: invalid value: [0][0] is NaN"},
		"limits' number": {func(a map[string]array.Array) { change(a, "clip", func(x *array.Array) { x.Shape = []int{3, 2} }) }, "array clip: shape 3×2, want 1×6"},
		"scale of floats": {func(a map[string]array.Array) {
			change(a, "W1", func(x *array.Array) { x.Type, x.Shape = array.F32, []int{1, 4} })
		}, "array W1: shape 1×4"},
	} {
		t.Run(name, func(t *testing.T) {
			m := smallInt8(t)
			c := contentsOf(t, m)
			test.change(c.arrays)
			_, _, err := c.Model(Options{Like: &m.Config})
			require.ErrorContains(t, err, test.part)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func swap(a map[string]array.Array, one, other string) { a[one], a[other] = a[other], a[one] }

// change gives an array another form.
func change(a map[string]array.Array, name string, f func(*array.Array)) {
	x := a[name]
	x.Data = append([]byte(nil), x.Data...)
	f(&x)
	a[name] = x
}

package model

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func TestRoundTripInt8(t *testing.T) {
	for name, m := range testModels {
		q, err := m.Quantise()
		require.NoError(t, err, name)
		file := encodeModel(t, q)
		got, err := Decode(bytes.NewReader(file))
		require.NoError(t, err, name)
		require.Equal(t, q, got, name)
		require.Equal(t, file, encodeModel(t, got), name)
		_, err = DecodeCheckpoint(bytes.NewReader(file))
		require.ErrorIs(t, err, ErrNotCheckpoint)
	}
}

// TestQuantiseKeepsWithinHalfAStep compares by the definition of the layouts.
func TestQuantiseKeepsWithinHalfAStep(t *testing.T) {
	for name, m := range testModels {
		q, err := m.Quantise()
		require.NoError(t, err, name)
		require.Nil(t, q.Params)
		full := q.Float32()
		require.NoError(t, full.Validate())
		require.Equal(t, m.Overall, full.Overall)
		restored := full.Params.Tensors()
		for i, want := range m.Params.Tensors() {
			got := restored[i]
			if want.Kind == VectorTensor {
				require.Equal(t, want, got, name)
				continue
			}
			scale := *q.Int8.slots()[i].scale
			require.Len(t, scale, want.Cols)
			for at, w := range want.Data {
				column := at / simd.PanelWidth / want.Rows * simd.PanelWidth
				if want.Kind == LateralTensor {
					column = at / simd.PanelWidth / m.Config.Group * m.Config.Group
				}
				column += at % simd.PanelWidth
				if column >= want.Cols || w == 0 {
					require.Zero(t, got.Data[at])
					continue
				}
				require.InDelta(t, w, got.Data[at], float64(scale[column])*0.5001, "%s, %s, %d", name, want.Name, at)
			}
		}
		again, err := q.Quantise()
		require.NoError(t, err)
		require.Same(t, q, again)
		require.Same(t, m, m.Float32())
	}
}

func TestLateralCodesUseTheWholeRange(t *testing.T) {
	q, err := testModels["two layers, image"].Quantise()
	require.NoError(t, err)
	for _, l := range q.Int8.Layers {
		group := q.Config.Group
		for unit, s := range l.LateralScale {
			require.Positive(t, s)
			var top float64
			for i := range group {
				top = math.Max(top, math.Abs(float64(l.Lateral[(unit/group*group+i)*simd.PanelWidth+unit%group])))
			}
			require.EqualValues(t, 127, top)
		}
	}
}

func TestEveryBitFlipInAnInt8FileIsNoticed(t *testing.T) {
	file := encodeModel(t, smallInt8(t))
	for i := range file {
		for bit := range 8 {
			file[i] ^= 1 << bit
			_, err := Decode(bytes.NewReader(file))
			requireNamed(t, err)
			file[i] ^= 1 << bit
		}
	}
	for n := range file {
		_, err := Decode(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated)
	}
}

// TestMalformedInt8Files changes files whose checksums are then made right.
func TestMalformedInt8Files(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f []byte)
		want   error
		text   string
	}{
		"−128":                {func(f []byte) { content(t, f, "W1")[0] = 0x80 }, ErrValue, "−128"},
		"lateral −128":        {func(f []byte) { content(t, f, "L1")[9] = 0x80 }, ErrValue, "section L1"},
		"row of padding":      {func(f []byte) { content(t, f, "W1")[2] = 1 }, ErrValue, "in padding"},
		"negative scale":      {func(f []byte) { content(t, f, "W1.scale")[3] |= 0x80 }, ErrValue, "section W1.scale"},
		"scale not finite":    {func(f []byte) { copy(content(t, f, "V.scale"), "\x00\x00\x80\x7f") }, ErrValue, "section V.scale"},
		"negative clip":       {func(f []byte) { content(t, f, "clip")[7] |= 0x80 }, ErrValue, "section clip"},
		"float32 flag":        {func(f []byte) { f[12] = 0 }, ErrFormat, "section"},
		"float32 weights":     {func(f []byte) { entry(t, f, "W1")[26] = byte(Float32) }, ErrFormat, "W1"},
		"scale of another":    {func(f []byte) { copy(entry(t, f, "W1.scale"), "V1.scale") }, ErrFormat, "V1.scale"},
		"scale of more":       {func(f []byte) { entry(t, f, "W1.scale")[36]++ }, ErrFormat, "W1.scale"},
		"int8 in a version 1": {func(f []byte) { f[8] = 1 }, ErrVersion, "flags"},
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeModel(t, smallInt8(t))
			test.change(f)
			_, err := Decode(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			requireNamed(t, err)
		})
	}
}

func TestValidateInt8(t *testing.T) {
	for name, test := range map[string]struct {
		change func(m *Model)
		want   error
		text   string
	}{
		"valid":             {func(*Model) {}, nil, ""},
		"both":              {func(m *Model) { m.Params = NewParams(&m.Config) }, ErrFormat, "in float32 and in int8"},
		"neither":           {func(m *Model) { m.Int8 = nil }, ErrFormat, "without parameters"},
		"short codes":       {func(m *Model) { m.Int8.Readout.Data = m.Int8.Readout.Data[1:] }, ErrFormat, "tensor W"},
		"short scale":       {func(m *Model) { m.Int8.Gen[0].Scale = nil }, ErrFormat, "tensor G1"},
		"short bias":        {func(m *Model) { m.Int8.ReadoutBias = nil }, ErrFormat, "tensor b"},
		"NaN in bias":       {func(m *Model) { m.Int8.ReadoutBias[0] = float32(math.NaN()) }, ErrValue, "tensor b"},
		"−128":              {func(m *Model) { m.Int8.Layers[0].Down.Data[0] = -128 }, ErrValue, "tensor V"},
		"infinite scale":    {func(m *Model) { m.Int8.Layers[0].LateralScale[1] = float32(math.Inf(1)) }, ErrValue, "tensor L1"},
		"no clip":           {func(m *Model) { m.Int8.Clip = nil }, ErrFormat, "clip"},
		"negative clip":     {func(m *Model) { m.Int8.Clip[3] = -1 }, ErrValue, "clip 3"},
		"no layers":         {func(m *Model) { m.Int8.Layers = nil }, ErrFormat, "tensors"},
		"code in padding":   {func(m *Model) { m.Int8.Layers[0].Up.Data[4*4] = 1 }, ErrValue, "padding"},
		"lateral padding":   {func(m *Model) { m.Int8.Layers[0].Lateral[3] = 1 }, ErrValue, "padding"},
		"padding of a rows": {func(m *Model) { m.Int8.Layers[0].Up.Data[3] = 1 }, ErrValue, "padding"},
	} {
		t.Run(name, func(t *testing.T) {
			m := smallInt8(t)
			test.change(m)
			err := m.Validate()
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
		})
	}
}

func TestIndexMinus128(t *testing.T) {
	v := make([]int8, 50)
	for i := range v {
		v[i] = int8(i%255 - 127)
	}
	require.Equal(t, -1, indexMinus128(v))
	for i := range v {
		old := v[i]
		v[i] = -128
		require.Equal(t, i, indexMinus128(v))
		v[i] = old
	}
}

func TestAllFinite(t *testing.T) {
	v := simd.NewVector(37)[:37]
	awkward := []float32{math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1)), 1}
	for i := range v {
		v[i] = awkward[i%len(awkward)]
	}
	require.True(t, allFinite(memory(v)))
	for i := range v {
		old := v[i]
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			v[i] = float32(bad)
			require.False(t, allFinite(memory(v)), "%d", i)
		}
		v[i] = old
	}
}

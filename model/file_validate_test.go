package model

import (
	"io"
	"math"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	nan := float32(math.NaN())
	for name, test := range map[string]struct {
		change func(m *Model)
		want   error
		text   string
	}{
		"valid":            {func(m *Model) {}, nil, ""},
		"no parameters":    {func(m *Model) { m.Params = nil }, ErrFormat, "without parameters"},
		"configuration":    {func(m *Model) { m.Config.Rounds = 0 }, ErrConfig, "rounds"},
		"class not UTF-8":  {func(m *Model) { m.Config.Classes[1] = "\xff" }, ErrConfig, `"\xff"`},
		"too large":        {func(m *Model) { m.Config.Hidden = []int{MaxUnits, MaxUnits} }, ErrTooLarge, "2147483648"},
		"another shape":    {func(m *Model) { m.Config.Hidden = []int{20, 34} }, ErrFormat, "tensor V2 is 35×20"},
		"fewer layers":     {func(m *Model) { m.Config.Hidden = []int{20} }, ErrFormat, "13 tensors"},
		"another group":    {func(m *Model) { m.Config.Group = 7 }, ErrFormat, "tensor L2 is 35×35 in 576 values"},
		"short bias":       {func(m *Model) { m.Params.Layers[0].Bias = m.Params.Layers[0].Bias[:16] }, ErrFormat, "tensor b1 is 1×20 in 16 values"},
		"missing data":     {func(m *Model) { m.Params.GenTop.Data = nil }, ErrFormat, "tensor Gy"},
		"missing matrix":   {func(m *Model) { m.Params.Gen[1] = simd.Packed{} }, ErrFormat, "tensor G2 is 0×0"},
		"NaN":              {func(m *Model) { m.Params.Readout.Data[3*16+2] = nan }, ErrValue, "tensor W, value 50: "},
		"packed padding":   {func(m *Model) { m.Params.Layers[0].Up.Data[5*16+4+16*64] = 1 }, ErrValue, "tensor W1, value 1108: "},
		"vector padding":   {func(m *Model) { m.Params.Layers[0].Bias[20] = 1 }, ErrValue, "tensor b1, value 20: "},
		"lateral lane":     {func(m *Model) { m.Params.Layers[0].Lateral[3] = 1 }, ErrValue, "tensor L1, value 3: "},
		"lateral unit":     {func(m *Model) { m.Params.Layers[0].Lateral[20*16] = 1 }, ErrValue, "tensor L1, value 320: "},
		"overall mixture":  {func(m *Model) { m.Overall[0].Weight = nan }, ErrValue, "overall mixture: component 0: "},
		"class mixture":    {func(m *Model) { m.PerClass[1][0].Mean = nil }, ErrFormat, "mixture of class 1: component 0: "},
		"missing mixture":  {func(m *Model) { m.PerClass = m.PerClass[1:] }, ErrFormat, "2 class mixtures for 3 classes"},
		"fewer latents":    {func(m *Model) { m.Config.Latents = 1 }, ErrFormat, "tensor Gy is 2×35"},
		"fewer components": {func(m *Model) { m.Overall = m.Overall[1:] }, ErrValue, "add up"},
	} {
		t.Run(name, func(t *testing.T) {
			m := testModel(testConfig(Image(8, 8), 20, 35), true)
			test.change(m)
			err := m.Validate()
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Equal(t, err, Encode(failingWriter{t}, m), "Encode must refuse it before it writes")
		})
	}
	require.ErrorIs(t, (*Model)(nil).Validate(), ErrFormat)
}

type failingWriter struct{ t *testing.T }

func (w failingWriter) Write([]byte) (int, error) {
	w.t.Error("written")
	return 0, io.ErrClosedPipe
}

func TestValidateCheckpoint(t *testing.T) {
	other := testConfig(testVector(3), 9)
	for name, test := range map[string]struct {
		change func(c *Checkpoint)
		want   error
		text   string
	}{
		"valid":                 {func(c *Checkpoint) {}, nil, ""},
		"no model":              {func(c *Checkpoint) { c.Model = nil }, ErrFormat, "without parameters"},
		"no first moments":      {func(c *Checkpoint) { c.First = nil }, ErrFormat, "without moments"},
		"no second moments":     {func(c *Checkpoint) { c.Second = nil }, ErrFormat, "without moments"},
		"other first moments":   {func(c *Checkpoint) { c.First = NewParams(&other) }, ErrFormat, "first moments: malformed: tensor W1"},
		"other second moments":  {func(c *Checkpoint) { c.Second = NewParams(&other) }, ErrFormat, "second moments: malformed: tensor W1"},
		"infinite first moment": {func(c *Checkpoint) { c.First.ReadoutBias[0] = float32(math.Inf(-1)) }, ErrValue, "first moments: tensor b, value 0"},
		"second moment below 0": {func(c *Checkpoint) { c.Second.ReadoutBias[1] = -1 }, ErrValue, "second moments: tensor b, value 1"},
		"no trainer state":      {func(c *Checkpoint) { c.Trainer = nil }, ErrFormat, "trainer"},
	} {
		t.Run(name, func(t *testing.T) {
			c := smallCheckpoint()
			test.change(c)
			err := c.Validate()
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Equal(t, err, EncodeCheckpoint(failingWriter{t}, c))
		})
	}
}

func TestTextTooLong(t *testing.T) {
	m := smallModel()
	m.Provenance.Data = string(make([]byte, MaxJSONBytes/6+1)) // \u0000 each
	err := Encode(failingWriter{t}, m)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "provenance")
}

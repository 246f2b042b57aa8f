package convert

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// testModel returns a model whose values are random, with mixtures of which one
// is empty.
func testModel(t testing.TB, in model.Input, hidden ...int) *model.Model {
	t.Helper()
	_, c, err := runtime.Preset("reference")
	require.NoError(t, err)
	c.Input, c.Hidden, c.Classes, c.Latents, c.Group = in, hidden, []string{"zero", "<one> & \"zwei\"", "drei…😀"}, 2, 3
	m, err := model.New(c, 7)
	require.NoError(t, err)
	m.Provenance = model.Provenance{Tool: "test", Data: "é <&>", Epochs: 2, Seed: 1 << 63, Training: []byte(`{"rate":2.5e-4,"a":[1,2]}`)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Params.ReadoutBias[:3] {
		m.Params.ReadoutBias[i] = r.Float32()
	}
	m.Overall = mixtureOf(r, 3)
	m.PerClass = []model.Mixture{mixtureOf(r, 1), nil, mixtureOf(r, 2)}
	require.NoError(t, m.Validate())
	return m
}

func mixtureOf(r *rand.Rand, n int) model.Mixture {
	x := make(model.Mixture, n)
	for i := range x {
		x[i] = model.Gaussian{Weight: 1 / float32(n), Mean: []float32{r.Float32(), -r.Float32()}, Chol: []float32{1 + r.Float32(), 0, r.Float32(), 0.5}}
	}
	return x
}

func vector(n int) model.Input {
	in := model.Input{Features: n, Complement: true}
	for i := range n {
		in.Offset, in.Scale = append(in.Offset, float32(i)/3), append(in.Scale, 0.7)
	}
	return in
}

func small(t testing.TB) *model.Model { return testModel(t, vector(2), 4, 3) }

// smallInt8 is small in int8, with limits.
func smallInt8(t testing.TB) *model.Model {
	t.Helper()
	m, err := small(t).Quantise()
	require.NoError(t, err)
	m.Int8.Clip[1], m.Int8.Clip[5] = 0.75, 2
	return m
}

func pffOf(t testing.TB, m *model.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, model.Encode(&b, m))
	return b.Bytes()
}

func encode(t testing.TB, m *model.Model, f Format) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, m, f, "pffedge v0"))
	return b.Bytes()
}

// decode reads a file and makes a model of it.
func decode(b []byte, f Format, opt Options) (*model.Model, []string, error) {
	c, err := read(bytes.NewReader(b), int64(len(b)), f)
	if err != nil {
		return nil, nil, err
	}
	return c.Model(opt)
}

// contentsOf returns the arrays of m as another program would have them: no
// configuration, no mixtures.
func contentsOf(t testing.TB, m *model.Model) *Contents {
	t.Helper()
	c := newContents(nil)
	for _, s := range Arrays(m) {
		var b bytes.Buffer
		require.NoError(t, s.Data(&b))
		if !strings.HasPrefix(s.Name, "mixture") {
			c.arrays[s.Name] = array.Array{Name: s.Name, Type: s.Type, Shape: s.Shape, Data: b.Bytes()}
		}
	}
	return c
}

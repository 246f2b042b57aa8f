package model

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// TestProducts: every matrix is there once, with the codes of its name, and all
// that is read is as wide as the matrix is deep.
func TestProducts(t *testing.T) {
	for name, m := range testModels {
		q, err := m.Quantise()
		require.NoError(t, err)
		restored := map[string]Tensor{}
		for _, tensor := range q.Float32().Params.Tensors() {
			if tensor.Kind == PackedTensor {
				restored[tensor.Name] = tensor
			}
		}
		c, widths := &m.Config, []int{m.Config.Input.Size()}
		widths = append(widths, c.Hidden...)
		widths = append(widths, c.Latents)
		for i := len(c.Hidden) - 1; i >= 0; i-- {
			widths = append(widths, c.Hidden[i])
		}
		products, met := q.Int8.Products(), map[int]bool{}
		require.Len(t, products, len(restored), name)
		require.Len(t, q.Int8.Clip, len(widths))
		for _, p := range products {
			full := simd.NewPacked(p.Weights.K, p.Weights.N)
			p.Weights.Restore(full)
			require.Equal(t, restored[p.Name].Data, full.Data, "%s, %s", name, p.Name)
			if p.Name == "V" {
				require.Equal(t, -1, p.Read)
				continue
			}
			require.Equal(t, widths[p.Read], p.Weights.K, "%s, %s", name, p.Name)
			met[p.Read] = true
		}
		require.Len(t, met, len(widths), "something that has a limit is read by nobody")
	}
}

func TestReplace(t *testing.T) {
	m := testModels["two layers, image"]
	other := m.Params.Clone()
	for _, tensor := range other.Tensors() {
		tensor.Data[0]++
	}
	before := m.Params.Clone()
	got := m.Params.Replace(other, "V2", "b1", "G1")
	for i, tensor := range got.Tensors() {
		want := m.Params.Tensors()[i].Data
		switch tensor.Name {
		case "V2", "b1", "G1":
			want = other.Tensors()[i].Data
		}
		require.Equal(t, want, tensor.Data, tensor.Name)
	}
	require.Equal(t, before, m.Params)
}

package convert

import (
	"encoding/json"
	"fmt"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Arrays returns the parameters and mixtures of m, which must be valid and not
// change until they are written.
func Arrays(m *model.Model) []array.Source {
	var list []array.Source
	if m.Int8 != nil {
		list = int8Arrays(m)
	} else {
		for _, t := range m.Params.Tensors() {
			list = append(list, tensor(t, m.Config.Group))
		}
	}
	if len(m.Overall) > 0 {
		list = append(list, mixture("mixture", m.Overall, m.Config.Latents)...)
	}
	for label, x := range m.PerClass {
		list = append(list, mixture(classMixture(label), x, m.Config.Latents)...)
	}
	return list
}

func classMixture(label int) string { return fmt.Sprintf("mixture.%d", label) }

// texts returns what travels along as JSON, as in a .pff file.
func texts(m *model.Model) (config, provenance string, err error) {
	c, err := json.Marshal(&m.Config)
	if err != nil {
		return "", "", err
	}
	p, err := json.Marshal(&m.Provenance)
	return string(c), string(p), err
}

// tensor returns t as an array of its logical shape.
func tensor(t model.Tensor, group int) array.Source {
	return array.Rows(t.Name, []int{t.Rows, t.Cols}, func(dst []float32, i int) {
		switch t.Kind {
		case model.PackedTensor:
			w := simd.Packed{K: t.Rows, N: t.Cols, Data: t.Data}
			for j := range dst {
				dst[j] = w.At(i, j)
			}
		case model.VectorTensor:
			copy(dst, t.Data)
		case model.LateralTensor:
			blocks := simd.Blocks{Units: t.Cols, Group: group}
			first := i / group * group
			for j := first; j < min(first+group, t.Cols); j++ {
				dst[j] = t.Data[blocks.Index(i, j)]
			}
		}
	})
}

// mixture returns the three arrays of x, which may have no components.
func mixture(name string, x model.Mixture, latents int) []array.Source {
	n := len(x)
	return []array.Source{
		array.Rows(name+".weight", []int{n}, func(dst []float32, _ int) {
			for i, g := range x {
				dst[i] = g.Weight
			}
		}),
		array.Rows(name+".mean", []int{n, latents}, func(dst []float32, i int) { copy(dst, x[i].Mean) }),
		array.Rows(name+".chol", []int{n, latents, latents}, func(dst []float32, i int) {
			copy(dst, x[i/latents].Chol[i%latents*latents:])
		}),
	}
}

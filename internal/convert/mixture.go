package convert

import (
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// mixtures gives m the mixtures that are there.
func (c *Contents) mixtures(m *model.Model) (err error) {
	if c.has("mixture.weight") {
		if m.Overall, err = c.mixture("mixture", m.Config.Latents); err != nil {
			return err
		}
		if len(m.Overall) == 0 {
			return fmt.Errorf("array mixture.weight: no components, want at least 1")
		}
	}
	if !c.has(classMixture(0) + ".weight") {
		return nil
	}
	m.PerClass = make([]model.Mixture, len(m.Config.Classes))
	for label := range m.PerClass {
		if m.PerClass[label], err = c.mixture(classMixture(label), m.Config.Latents); err != nil {
			return err
		}
	}
	return nil
}

// mixture makes a mixture, nil where it has no components.
func (c *Contents) mixture(name string, latents int) (model.Mixture, error) {
	shape, err := c.shape(name + ".weight")
	if err != nil {
		return nil, err
	}
	if len(shape) != 1 || shape[0] > model.MaxComponents {
		return nil, fmt.Errorf("array %s.weight: shape %s, want that of a list of at most %d", name, shown(shape), model.MaxComponents)
	}
	n := shape[0]
	var values [3][]float32
	for i, part := range []struct {
		name  string
		shape []int
	}{{".weight", shape}, {".mean", []int{n, latents}}, {".chol", []int{n, latents, latents}}} {
		if err := c.check(name+part.name, part.shape); err != nil {
			return nil, err
		}
		if values[i], err = c.take(name + part.name); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, nil
	}
	x := make(model.Mixture, n)
	for i := range x {
		square := latents * latents
		x[i] = model.Gaussian{Weight: values[0][i], Mean: values[1][i*latents : (i+1)*latents : (i+1)*latents], Chol: values[2][i*square : (i+1)*square : (i+1)*square]}
	}
	if err := x.Validate(latents); err != nil {
		return nil, fmt.Errorf("arrays %s.weight, .mean and .chol: %w", name, err)
	}
	return x, nil
}

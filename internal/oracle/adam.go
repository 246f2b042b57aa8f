package oracle

import "math"

// Adam is Keras' Adam over a list of tensors. Every tensor shares one step
// count t.
type Adam struct {
	Steps         int // t, updates made
	first, second []Matrix
}

// NewAdam returns an optimiser for tensors of these shapes.
func NewAdam(tensors []Tensor) *Adam {
	a := &Adam{}
	for _, t := range tensors {
		a.first = append(a.first, NewMatrix(len(t.Data), columns(t.Data)))
		a.second = append(a.second, NewMatrix(len(t.Data), columns(t.Data)))
	}
	return a
}

// Update clips the gradients and moves the parameters:
//
//	g  = min(max(Δ, −clip), clip)
//	m  = β1·m + (1−β1)·g
//	v  = β2·v + (1−β2)·g²
//	w −= lr·√(1−β2ᵗ)/(1−β1ᵗ) · m/(√v + ε)
//
// An element whose gradient is 0 still moves while m has not died away; a tensor
// whose gradient is empty rests (see Rest).
func (a *Adam) Update(c *Config, params, grads []Tensor) {
	a.Steps++
	t := float64(a.Steps)
	rate := c.LR * math.Sqrt(1-math.Pow(c.Beta2, t)) / (1 - math.Pow(c.Beta1, t))
	for n := range params {
		w, m, v := params[n].Data, a.first[n], a.second[n]
		for i, row := range grads[n].Data {
			for j, delta := range row {
				g := min(max(delta, -c.Clip), c.Clip)
				m[i][j] = c.Beta1*m[i][j] + (1-c.Beta1)*g
				v[i][j] = c.Beta2*v[i][j] + (1-c.Beta2)*g*g
				w[i][j] -= rate * m[i][j] / (math.Sqrt(v[i][j]) + c.EpsAdam)
			}
		}
	}
}

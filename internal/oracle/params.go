package oracle

import "fmt"

// Params holds every learned value of a network, or a gradient of the same
// shape. Package documentation lists the shapes.
type Params struct {
	W, V        []Matrix
	B           [][]float64
	L           []Matrix
	Readout     Matrix
	ReadoutBias []float64
	Gy          Matrix
	G           []Matrix
}

// NewParams returns zero parameters for c.
func NewParams(c *Config) *Params {
	p := &Params{}
	for l, h := range c.Hidden {
		p.W = append(p.W, NewMatrix(c.below(l), h))
		p.V = append(p.V, NewMatrix(c.above(l), h))
		p.B = append(p.B, make([]float64, h))
		p.L = append(p.L, NewMatrix(h, h))
		p.G = append(p.G, NewMatrix(h, c.below(l)))
	}
	top := c.Hidden[c.Layers()-1]
	p.Readout = NewMatrix(top, c.Classes)
	p.ReadoutBias = make([]float64, c.Classes)
	p.Gy = NewMatrix(c.Latents, top)
	return p
}

// Clone returns a deep copy.
func (p *Params) Clone() *Params {
	q := &Params{
		Readout:     Clone(p.Readout),
		ReadoutBias: append([]float64(nil), p.ReadoutBias...),
		Gy:          Clone(p.Gy),
	}
	for l := range p.W {
		q.W = append(q.W, Clone(p.W[l]))
		q.V = append(q.V, Clone(p.V[l]))
		q.B = append(q.B, append([]float64(nil), p.B[l]...))
		q.L = append(q.L, Clone(p.L[l]))
		q.G = append(q.G, Clone(p.G[l]))
	}
	return q
}

// Tensor is one parameter under its name in the paper. Data shares its memory
// with the Params it came from; a bias is one row.
type Tensor struct {
	Name string
	Data Matrix
}

// Tensors lists all parameters: Representation, Readouts, Generative.
func (p *Params) Tensors() []Tensor {
	list := append(p.Representation(), p.Readouts()...)
	return append(list, p.Generative()...)
}

// Representation lists, layer by layer, W_ℓ, V_{ℓ+1}, b_ℓ and L_ℓ. The last
// layer's V, which reads the label, carries no number.
func (p *Params) Representation() []Tensor {
	var list []Tensor
	for l := range p.W {
		down := "V"
		if l+1 < len(p.W) {
			down = fmt.Sprintf("V%d", l+2)
		}
		list = append(list,
			Tensor{fmt.Sprintf("W%d", l+1), p.W[l]},
			Tensor{down, p.V[l]},
			Tensor{fmt.Sprintf("b%d", l+1), Matrix{p.B[l]}},
			Tensor{fmt.Sprintf("L%d", l+1), p.L[l]})
	}
	return list
}

// Readouts lists the read-out's W and b.
func (p *Params) Readouts() []Tensor {
	return []Tensor{{"W", p.Readout}, {"b", Matrix{p.ReadoutBias}}}
}

// Generative lists Gy and G_L … G_1.
func (p *Params) Generative() []Tensor {
	list := []Tensor{{"Gy", p.Gy}}
	for l := len(p.G) - 1; l >= 0; l-- {
		list = append(list, Tensor{fmt.Sprintf("G%d", l+1), p.G[l]})
	}
	return list
}

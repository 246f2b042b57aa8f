package oracle

// Weight decay adds the gradient of λ·‖M‖_F to a gradient before it is
// clipped: λ·M/‖M‖_F, nothing where M is zero. Biases and lateral matrices do
// not decay.

// AddRepresentationDecay adds λ's term to the gradients of every W_ℓ and V.
func AddRepresentationDecay(grad, p *Params, lambda float64) {
	for l := range p.W {
		addDecay(grad.W[l], p.W[l], lambda)
		addDecay(grad.V[l], p.V[l], lambda)
	}
}

// AddReadoutDecay adds λ's term to the gradient of the read-out's W.
func AddReadoutDecay(grad, p *Params, lambda float64) {
	addDecay(grad.Readout, p.Readout, lambda)
}

// AddGenerativeDecay adds λ_g's term to the gradients of Gy and every G_ℓ.
func AddGenerativeDecay(grad, p *Params, lambda float64) {
	addDecay(grad.Gy, p.Gy, lambda)
	for l := range p.G {
		addDecay(grad.G[l], p.G[l], lambda)
	}
}

func addDecay(grad, w Matrix, lambda float64) {
	norm := Frobenius(w)
	if norm == 0 {
		return
	}
	for i := range w {
		for j, v := range w[i] {
			grad[i][j] += lambda * v / norm
		}
	}
}

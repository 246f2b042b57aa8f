package oracle

// LatentGrad returns, for each sample on its own, the gradient of
// ‖φ(n(φ(z_g))·Gy) − z_L‖² with respect to z_g, summed over units. It goes
// through n; both φ count as 1:
//
//	u = φ(z_g),  e = 2·(φ(n(u)·Gy) − z_L),  ∂/∂z_g = ∂n/∂u (e·Gyᵀ)
func LatentGrad(p *Params, zg, zL Matrix) Matrix {
	u := Relu(zg)
	e := Scale(2, Sub(Relu(Mul(Normalize(u), p.Gy)), zL))
	return NormalizeBackward(u, Mul(e, Transpose(p.Gy)))
}

// MoveLatent returns z_g − β·∂loss/∂z_g. The reference's loss is the mean over
// the batch, so every sample moves by 1/rows of its own gradient; with
// LatentPerSample it moves by all of it.
func MoveLatent(c *Config, p *Params, zg, zL Matrix) Matrix {
	rate := c.Beta
	if !c.LatentPerSample {
		rate /= float64(len(zg))
	}
	return Sub(zg, Scale(rate, LatentGrad(p, zg, zL)))
}

// InferLatentDriven infers latents as the reference does: it moves z_g
// K = Rounds times towards z_L' of one noiseless dynamics step under the label
// y, taken from the start state and never fed back. The step is the same in
// every repeat, so it is computed once. It also returns
//
//	x̂ = clip01(n(φ(z_1'))·G_1).
func InferLatentDriven(c *Config, p *Params, x, y, zg Matrix) (moved, xHat Matrix) {
	start, _ := Start(p, x)
	z, _ := Step(c, p, x, y, start, nil)
	for range c.Rounds {
		zg = MoveLatent(c, p, zg, z[len(z)-1])
	}
	return zg, Clip01(Mul(Normalize(Relu(z[0])), p.G[0]))
}

// InferLatent infers latents without a label: z_g starts at the given value in
// every unit and moves towards z_L of the start state.
func InferLatent(c *Config, p *Params, x Matrix, start float64, moves int) Matrix {
	z, _ := Start(p, x)
	zg := Constant(len(x), c.Latents, start)
	for range moves {
		zg = MoveLatent(c, p, zg, z[len(z)-1])
	}
	return zg
}

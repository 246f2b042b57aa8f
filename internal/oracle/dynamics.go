package oracle

// Start returns the label-free start state, one feed-forward pass:
//
//	z_ℓ   = φ(n(z_{ℓ−1})·W_ℓ + b_ℓ), z_0 = x
//	y_hat = softmax(n(z_L)·W + b)
func Start(p *Params, x Matrix) (z []Matrix, yHat Matrix) {
	below := x
	for l := range p.W {
		below = Relu(AddRow(Mul(Normalize(below), p.W[l]), p.B[l]))
		z = append(z, below)
	}
	return z, ReadoutPrediction(p, below)
}

// ReadoutPrediction returns softmax(n(z_L)·W + b).
func ReadoutPrediction(p *Params, zL Matrix) Matrix {
	return Softmax(AddRow(Mul(Normalize(zL), p.Readout), p.ReadoutBias))
}

// Step runs one dynamics step from z, the state before it, under the labels y
// (rows×C, unscaled). All right-hand sides use z:
//
//	a_ℓ   = n(z_{ℓ−1})·W_ℓ + above_ℓ·V_{ℓ+1} + b_ℓ + ε_ℓ − z_ℓ·Llat_ℓ
//	z_ℓ'  = (1−α)·φ(a_ℓ) + α·z_ℓ
//	y_hat = softmax(n(z_L)·W + b)
//
// noise holds ε_ℓ, already scaled, one matrix a layer; nil means none.
func Step(c *Config, p *Params, x, y Matrix, z, noise []Matrix) (next []Matrix, yHat Matrix) {
	for l := range z {
		// (1−α)·φ(a_ℓ) + α·z_ℓ
		phi := Relu(Preactivation(c, p, x, y, z, noise, l))
		next = append(next, Add(Scale(1-c.Alpha, phi), Scale(c.Alpha, z[l])))
	}
	return next, ReadoutPrediction(p, z[len(z)-1])
}

// Preactivation returns a_ℓ of Step for layer index l = ℓ−1.
func Preactivation(c *Config, p *Params, x, y Matrix, z, noise []Matrix, l int) Matrix {
	// n(z_{ℓ−1})·W_ℓ + above_ℓ·V_{ℓ+1} + b_ℓ
	a := Mul(inputBelow(x, z, l), p.W[l])
	a = Add(a, Mul(inputAbove(c, y, z, l), p.V[l]))
	a = AddRow(a, p.B[l])
	// + ε_ℓ
	if noise != nil {
		a = Add(a, noise[l])
	}
	// − z_ℓ·Llat_ℓ
	return Sub(a, Mul(z[l], Lateral(p.L[l], c.Group)))
}

// inputBelow returns n(z_{ℓ−1}), z_0 = x.
func inputBelow(x Matrix, z []Matrix, l int) Matrix {
	if l == 0 {
		return Normalize(x)
	}
	return Normalize(z[l-1])
}

// inputAbove returns n(z_{ℓ+1}), for the last layer s·y, not normalised.
func inputAbove(c *Config, y Matrix, z []Matrix, l int) Matrix {
	if l == len(z)-1 {
		return Scale(c.LabelScale, y)
	}
	return Normalize(z[l+1])
}

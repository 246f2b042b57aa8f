package oracle

// Reconstruct returns x as the generative circuit sees it: the start state's
// z_L passed down G_L … G_1.
func Reconstruct(p *Params, x Matrix) Matrix {
	z, _ := Start(p, x)
	return descend(p, z[len(z)-1])
}

// Synthesize returns the samples that the latents z_g decode to:
// ẑ_L = φ(n(φ(z_g))·Gy), then down G_L … G_1.
func Synthesize(p *Params, zg Matrix) Matrix {
	return descend(p, Relu(Mul(Normalize(Relu(zg)), p.Gy)))
}

// descend returns clip01(n(φ(z_1))·G_1), where z_ℓ = φ(n(φ(z_{ℓ+1}))·G_{ℓ+1}).
func descend(p *Params, z Matrix) Matrix {
	for l := len(p.G) - 1; l > 0; l-- {
		z = Relu(Mul(Normalize(Relu(z)), p.G[l]))
	}
	return Clip01(Mul(Normalize(Relu(z)), p.G[0]))
}

package oracle

// Generation is what one step of the generative circuit computes.
type Generation struct {
	Z      []Matrix  // ẑ_ℓ, each layer as predicted from above
	X      Matrix    // x̂
	Losses []float64 // ‖ẑ_ℓ − z_ℓ'‖² for each layer: sums over units, means over rows
	LossX  float64   // ‖x̂ − x‖² likewise
	Grad   *Params   // of Gy and G, without weight decay, before clipping; the rest is zero
}

// Loss returns the sum of all local losses.
func (g *Generation) Loss() float64 {
	total := g.LossX
	for _, loss := range g.Losses {
		total += loss
	}
	return total
}

// Generate predicts each layer from the one above, given the new states z',
// and returns the gradient of each generative matrix's own loss. noise holds
// ε_ℓ, already scaled, added to z_ℓ' where it predicts the layer below; nil
// means none.
//
//	ẑ_L = φ(n(φ(z_g))·Gy)                  from the top latent
//	ẑ_ℓ = φ(n(φ(z_{ℓ+1}' + ε_{ℓ+1}))·G_{ℓ+1})
//	x̂   = clip01(n(φ(z_1' + ε_1))·G_1)
//
// A layer's loss reaches only its own matrix. With u the input of that
// matrix, a = u·G, the derivative of φ taken as 1 and clip01's as it is:
//
//	ΔG = uᵀ·2·(ẑ − z')/rows,   ΔG_1 = uᵀ·2·(x̂ − x)∘clip01'(a)/rows
func Generate(c *Config, p *Params, x Matrix, z []Matrix, zg Matrix, noise []Matrix) *Generation {
	g := &Generation{Z: make([]Matrix, len(z)), Losses: make([]float64, len(z)), Grad: NewParams(c)}
	top := len(z) - 1

	// ẑ_L = φ(n(φ(z_g))·Gy)
	u := Normalize(Relu(zg))
	g.Z[top] = Relu(Mul(u, p.Gy))
	g.Losses[top] = meanSquare(g.Z[top], z[top])
	g.Grad.Gy = Mul(Transpose(u), meanSquareError(g.Z[top], z[top]))

	// ẑ_ℓ = φ(n(φ(z_{ℓ+1}' + ε_{ℓ+1}))·G_{ℓ+1})
	for l := top - 1; l >= 0; l-- {
		u := generativeInput(z, noise, l+1)
		g.Z[l] = Relu(Mul(u, p.G[l+1]))
		g.Losses[l] = meanSquare(g.Z[l], z[l])
		g.Grad.G[l+1] = Mul(Transpose(u), meanSquareError(g.Z[l], z[l]))
	}

	// x̂ = clip01(n(φ(z_1' + ε_1))·G_1)
	u = generativeInput(z, noise, 0)
	a := Mul(u, p.G[0])
	g.X = Clip01(a)
	g.LossX = meanSquare(g.X, x)
	e := zip(meanSquareError(g.X, x), Map(a, clip01Derivative), func(v, d float64) float64 { return v * d })
	g.Grad.G[0] = Mul(Transpose(u), e)
	return g
}

// generativeInput returns n(φ(z_ℓ' + ε_ℓ)) for layer index l = ℓ−1.
func generativeInput(z, noise []Matrix, l int) Matrix {
	if noise == nil {
		return Normalize(Relu(z[l]))
	}
	return Normalize(Relu(Add(z[l], noise[l])))
}

// meanSquare returns ‖a − b‖², summed over columns, averaged over rows.
func meanSquare(a, b Matrix) float64 {
	total := 0.0
	for _, s := range SumSquares(Sub(a, b)) {
		total += s
	}
	return total / float64(len(a))
}

// meanSquareError returns 2·(a − b)/rows, the gradient of meanSquare in a.
func meanSquareError(a, b Matrix) Matrix {
	return Scale(2/float64(len(a)), Sub(a, b))
}

// Descend predicts each layer from the one above, and the input from the first,
// as Generate does without noise, but where predicted[r] says so row r's input
// is what the layer above has just predicted instead of the real state; and the
// derivative of clip01 counts as 1 everywhere. Gy is left out.
func Descend(c *Config, p *Params, x Matrix, z []Matrix, predicted []bool) *Generation {
	top := len(z) - 1
	g := &Generation{Z: make([]Matrix, len(z)), Losses: make([]float64, len(z)), Grad: NewParams(c)}
	from := z[top]
	for l := top; l >= 0; l-- {
		u := Normalize(Relu(from))
		if l == 0 {
			g.X = Clip01(Mul(u, p.G[0]))
			g.LossX = meanSquare(g.X, x)
			g.Grad.G[0] = Mul(Transpose(u), meanSquareError(g.X, x))
			break
		}
		g.Z[l-1] = Relu(Mul(u, p.G[l]))
		g.Losses[l-1] = meanSquare(g.Z[l-1], z[l-1])
		g.Grad.G[l] = Mul(Transpose(u), meanSquareError(g.Z[l-1], z[l-1]))
		from = append(Matrix{}, z[l-1]...)
		for r, yes := range predicted {
			if yes {
				from[r] = g.Z[l-1][r]
			}
		}
	}
	return g
}

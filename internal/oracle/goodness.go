package oracle

import "math"

// Batch is a training batch of stacked positive and negative rows.
type Batch struct {
	X        Matrix    // rows×D
	Y        Matrix    // rows×C, one-hot
	Positive []float64 // lab: 1 for a row with its true label, 0 for a wrong one
}

// Logits returns θ − Σ_j z_j² for each row: positive rows are driven to low
// activity.
func Logits(z Matrix, theta float64) []float64 {
	logits := SumSquares(z)
	for i := range logits {
		logits[i] = theta - logits[i]
	}
	return logits
}

// GoodnessLosses returns each layer's local loss at z', the state after a
// step: the mean over all rows of
//
//	max(logit, 0) − logit·lab + log(1 + exp(−|logit|)),
//
// or with Contrast ContrastLosses.
func GoodnessLosses(c *Config, positive []float64, after []Matrix) []float64 {
	if c.Contrast != 0 {
		return ContrastLosses(c, after)
	}
	losses := make([]float64, len(after))
	for l, z := range after {
		for i, logit := range Logits(z, c.Theta) {
			losses[l] += max(logit, 0) - logit*positive[i] + math.Log1p(math.Exp(-math.Abs(logit)))
		}
		losses[l] /= float64(len(z))
	}
	return losses
}

// LocalError returns d, a layer's error at its pre-activation, from z' alone,
// φ' taken as 1:
//
//	d = (1−α) · 2·z'·(lab − σ(logit)) / rows,
//
// or with Contrast ContrastError.
func LocalError(c *Config, positive []float64, after Matrix) Matrix {
	if c.Contrast != 0 {
		return ContrastError(c, after)
	}
	d := Clone(after)
	for i, logit := range Logits(after, c.Theta) {
		for j := range d[i] {
			d[i][j] *= (1 - c.Alpha) * 2 * (positive[i] - Sigmoid(logit)) / float64(len(after))
		}
	}
	return d
}

// GoodnessGrad returns the gradients of each layer's goodness loss with
// respect to that layer's own W, V, b and L, without weight decay and before
// clipping; the rest is zero. before is the state the step started from,
// after the one it led to.
//
//	ΔW_ℓ = n(z_{ℓ−1})ᵀ·d_ℓ    ΔV_{ℓ+1} = above_ℓᵀ·d_ℓ    Δb_ℓ = Σ_rows d_ℓ
//	ΔL_ℓ = ∓ z_ℓᵀ·d_ℓ, see LateralGrad
func GoodnessGrad(c *Config, p *Params, b Batch, before, after []Matrix) *Params {
	grad := NewParams(c)
	for l := range after {
		d := LocalError(c, b.Positive, after[l])
		grad.W[l] = Mul(Transpose(inputBelow(b.X, before, l)), d)
		grad.V[l] = Mul(Transpose(inputAbove(c, b.Y, before, l)), d)
		grad.B[l] = SumRows(d)
		grad.L[l] = LateralGrad(p.L[l], before[l], d, c.Group)
	}
	return grad
}

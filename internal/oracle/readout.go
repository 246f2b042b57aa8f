package oracle

import "math"

// ReadoutLoss returns the cross-entropy of y_hat with scale·y over the
// positive rows, divided by their number; 0 where there is none.
func ReadoutLoss(yHat Matrix, b Batch, scale float64) float64 {
	sum, n := 0.0, positives(b)
	for i, row := range yHat {
		for j, v := range row {
			if b.Positive[i]*b.Y[i][j] != 0 {
				sum -= b.Positive[i] * scale * b.Y[i][j] * math.Log(v)
			}
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// ReadoutGrad returns the gradient of ReadoutLoss with respect to the read-out's
// W and b, without weight decay and before clipping; the rest is zero.
//
//	e  = lab·(y_hat·Σ_j t_j − t) / positives,  t = scale·y
//	ΔW = n(z_L)ᵀ·e,  Δb = Σ_rows e
//
// The reference takes z_L before each dynamics step and scale s; the mended
// read-out takes z_L of the start state and scale 1.
func ReadoutGrad(c *Config, p *Params, zL Matrix, b Batch, scale float64) *Params {
	grad := NewParams(c)
	n := positives(b)
	if n == 0 {
		return grad
	}
	// e = lab·(y_hat·Σ_j t_j − t) / positives
	e := ReadoutPrediction(p, zL)
	for i := range e {
		sum := 0.0
		for _, v := range b.Y[i] {
			sum += scale * v
		}
		for j := range e[i] {
			e[i][j] = b.Positive[i] * (e[i][j]*sum - scale*b.Y[i][j]) / n
		}
	}
	// ΔW = n(z_L)ᵀ·e,  Δb = Σ_rows e
	grad.Readout = Mul(Transpose(Normalize(zL)), e)
	grad.ReadoutBias = SumRows(e)
	return grad
}

func positives(b Batch) float64 {
	n := 0.0
	for _, v := range b.Positive {
		n += v
	}
	return n
}

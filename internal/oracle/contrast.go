package oracle

import (
	"math"
	"slices"
)

// ContrastLosses returns each layer's contrast loss at z', the state after a
// step: the mean over the pairs of rows r and r + rows/2, whose sums of squares
// are g⁺ and g⁻, of
//
//	log(1 + exp(a·(g⁺ − g⁻))).
func ContrastLosses(c *Config, after []Matrix) []float64 {
	losses := make([]float64, len(after))
	for l, z := range after {
		g, pairs := SumSquares(z), len(z)/2
		for i := range pairs {
			losses[l] += math.Log1p(math.Exp(c.Contrast*(g[i]-g[pairs+i]))) / float64(pairs)
		}
	}
	return losses
}

// ContrastError returns d, a layer's error at its pre-activation, from z' alone,
// φ' taken as 1; the sign is + for rows of the first half, − for the others:
//
//	d = ± (1−α) · 2·z'·a·σ(a·(g⁺ − g⁻)) / pairs.
func ContrastError(c *Config, after Matrix) Matrix {
	d := Clone(after)
	g, pairs := SumSquares(after), len(after)/2
	for i := range pairs {
		slope := (1 - c.Alpha) * 2 * c.Contrast * Sigmoid(c.Contrast*(g[i]-g[pairs+i])) / float64(pairs)
		for j := range d[i] {
			d[i][j] *= slope
			d[pairs+i][j] *= -slope
		}
	}
	return d
}

// Rest empties, with Contrast, the gradients of the layers whose two halves of
// z' are alike, because the label has not reached them yet: they have nothing to
// contrast, and Adam leaves a tensor without a gradient as it is, its moments
// too.
func Rest(c *Config, grad *Params, after []Matrix) {
	for l, z := range after {
		if c.Contrast != 0 && slices.EqualFunc(z[:len(z)/2], z[len(z)/2:], slices.Equal[[]float64]) {
			grad.W[l], grad.V[l], grad.B[l], grad.L[l] = nil, nil, nil, nil
		}
	}
}

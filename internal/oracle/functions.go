package oracle

import "math"

// normEps keeps n defined at zero.
const normEps = 1e-8

// Normalize returns n(z) = z / (‖z‖₂ + 1e-8), row by row.
func Normalize(z Matrix) Matrix {
	dst := Clone(z)
	for i, ss := range SumSquares(z) {
		r := math.Sqrt(ss)
		for j := range dst[i] {
			dst[i][j] /= r + normEps
		}
	}
	return dst
}

// NormalizeBackward carries g, the gradient with respect to n(u), back to u,
// row by row. With r = ‖u‖ and e = 1e-8,
//
//	∂/∂u_j = g_j/(r+e) − u_j·Σ_i(u_i·g_i) / (r·(r+e)²),
//
// and at u = 0, where the second term has no limit, g/e.
func NormalizeBackward(u, g Matrix) Matrix {
	dst := NewMatrix(len(u), columns(u))
	for i := range u {
		ss, dot := 0.0, 0.0
		for j := range u[i] {
			ss += u[i][j] * u[i][j]
			dot += u[i][j] * g[i][j]
		}
		r := math.Sqrt(ss)
		for j := range u[i] {
			dst[i][j] = g[i][j] / (r + normEps)
			if r > 0 {
				dst[i][j] -= u[i][j] * dot / (r * (r + normEps) * (r + normEps))
			}
		}
	}
	return dst
}

// Relu returns φ(a) = max(a, 0). Every gradient of this package takes its
// derivative as 1 everywhere, the paper's modified relu.
func Relu(a Matrix) Matrix {
	return Map(a, func(v float64) float64 { return max(v, 0) })
}

// Clip01 returns min(max(a, 0), 1).
func Clip01(a Matrix) Matrix {
	return Map(a, func(v float64) float64 { return min(max(v, 0), 1) })
}

// clip01Derivative is 1 inside [0, 1] and at its bounds, else 0.
func clip01Derivative(v float64) float64 {
	if v >= 0 && v <= 1 {
		return 1
	}
	return 0
}

// Softmax returns exp(a_ij) / Σ_k exp(a_ik), row by row.
func Softmax(a Matrix) Matrix {
	dst := NewMatrix(len(a), columns(a))
	for i, row := range a {
		top := math.Inf(-1)
		for _, v := range row {
			top = max(top, v)
		}
		sum := 0.0
		for j, v := range row {
			dst[i][j] = math.Exp(v - top)
			sum += dst[i][j]
		}
		for j := range dst[i] {
			dst[i][j] /= sum
		}
	}
	return dst
}

// Sigmoid returns σ(v) = 1 / (1 + exp(−v)).
func Sigmoid(v float64) float64 {
	return 1 / (1 + math.Exp(-v))
}

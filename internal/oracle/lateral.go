package oracle

// SameGroup tells whether units i and j of a layer compete.
func SameGroup(i, j, group int) bool { return i/group == j/group }

// Lateral returns Llat = −diag(relu(L)) + offdiag(relu(L) ∘ blocks):
// inhibition inside a group, self-excitation on the diagonal.
func Lateral(weights Matrix, group int) Matrix {
	lat := NewMatrix(len(weights), len(weights))
	for i := range weights {
		for j, v := range weights[i] {
			switch {
			case i == j:
				lat[i][j] = -max(v, 0)
			case SameGroup(i, j, group):
				lat[i][j] = max(v, 0)
			}
		}
	}
	return lat
}

// LateralGrad returns ΔL for z, the state before the step, and d, the error
// at the pre-activation:
//
//	ΔL_ij = −(zᵀ·d)_ij off the diagonal of a block, +(zᵀ·d)_ii on it,
//
// both only where L_ij > 0, and 0 outside the blocks.
func LateralGrad(weights, z, d Matrix, group int) Matrix {
	outer := Mul(Transpose(z), d)
	grad := NewMatrix(len(weights), len(weights))
	for i := range weights {
		for j, v := range weights[i] {
			switch {
			case v <= 0 || !SameGroup(i, j, group):
			case i == j:
				grad[i][j] = outer[i][j]
			default:
				grad[i][j] = -outer[i][j]
			}
		}
	}
	return grad
}

package oracle

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInactiveUnitsLearnAsIfActive checks the modified relu: behind a unit that
// φ silences, the ordinary gradient is zero, the local one is not.
func TestInactiveUnitsLearnAsIfActive(t *testing.T) {
	for _, hidden := range shapes {
		n := newNetwork(hidden)
		for l := range hidden {
			n.p.B[l][0] = -9 // silences the first unit of each layer
		}
		after := n.step()
		grad := GoodnessGrad(n.c, n.p, n.batch, n.z, after)
		for l := range hidden {
			for i := range after[l] {
				require.Equal(t, n.c.Alpha*n.z[l][i][0], after[l][i][0], "a silent unit keeps α·z only")
			}
			loss := func() float64 { return GoodnessLosses(n.c, n.batch.Positive, n.step())[l] }
			require.Zero(t, centralDifference(Matrix{n.p.B[l]}, loss)[0][0])

			// Every element by the formula, one unit j at a time.
			rows := float64(len(n.batch.X))
			for j := range n.p.B[l] {
				d := make([]float64, len(n.batch.X))
				for i, z := range after[l] {
					logit := n.c.Theta
					for _, v := range z {
						logit -= v * v
					}
					d[i] = (1 - n.c.Alpha) * 2 * z[j] * (n.batch.Positive[i] - 1/(1+math.Exp(-logit))) / rows
				}
				require.InDelta(t, sum(d), grad.B[l][j], 1e-14)
				for k := range n.p.W[l] {
					require.InDelta(t, dotColumn(n.normalBelow(l), k, d), grad.W[l][k][j], 1e-14)
				}
				for k := range n.p.V[l] {
					require.InDelta(t, dotColumn(n.driveAbove(l), k, d), grad.V[l][k][j], 1e-14)
				}
				for k := range n.p.L[l] {
					want := dotColumn(n.z[l], k, d)
					switch {
					case n.p.L[l][k][j] <= 0 || k/n.c.Group != j/n.c.Group:
						want = 0
					case k != j:
						want = -want
					}
					require.InDelta(t, want, grad.L[l][k][j], 1e-14)
				}
			}
			require.NotZero(t, grad.B[l][0])
			require.NotZero(t, grad.W[l][0][0])
			require.NotZero(t, grad.V[l][0][0])
		}
	}
}

// normalBelow returns n(z_{ℓ−1}), computed element by element.
func (n *network) normalBelow(l int) Matrix {
	if l == 0 {
		return scaledRows(n.batch.X)
	}
	return scaledRows(n.z[l-1])
}

// driveAbove returns n(z_{ℓ+1}) or s·y, computed element by element.
func (n *network) driveAbove(l int) Matrix {
	if l+1 < len(n.z) {
		return scaledRows(n.z[l+1])
	}
	y := Clone(n.batch.Y)
	for i := range y {
		for j := range y[i] {
			y[i][j] *= n.c.LabelScale
		}
	}
	return y
}

func scaledRows(z Matrix) Matrix {
	dst := Clone(z)
	for i, row := range z {
		norm := 0.0
		for _, v := range row {
			norm += v * v
		}
		for j := range row {
			dst[i][j] = row[j] / (math.Sqrt(norm) + 1e-8)
		}
	}
	return dst
}

func dotColumn(a Matrix, column int, d []float64) float64 {
	total := 0.0
	for i := range a {
		total += a[i][column] * d[i]
	}
	return total
}

// TestInactivePredictionsLearnAsIfActive checks the modified relu of the
// generative circuit: with all predictions silenced, ẑ = 0 and ΔG = −uᵀ·2z'/B.
func TestInactivePredictionsLearnAsIfActive(t *testing.T) {
	n := newNetwork([]int{4, 6, 3})
	for _, tensor := range n.p.Generative() {
		n.fill(tensor.Data, -0.4, -0.1)
	}
	g := n.generate()
	rows := float64(len(n.batch.X))
	inputs := []Matrix{nil, n.noisy(1), n.noisy(2), scaledRows(n.zg)} // of G_1 (not here), G_2, G_3, Gy
	grads := []Matrix{nil, g.Grad.G[1], g.Grad.G[2], g.Grad.Gy}
	for m := 1; m < len(inputs); m++ {
		target := n.z[m-1]
		require.Zero(t, Frobenius(g.Z[m-1]))
		for k := range grads[m] {
			for j := range grads[m][k] {
				want := 0.0
				for i := range target {
					want += inputs[m][i][k] * 2 * (0 - target[i][j]) / rows
				}
				require.InDelta(t, want, grads[m][k][j], 1e-14)
				require.NotZero(t, want)
			}
		}
	}

	// clip01 keeps its own derivative: nothing passes where it clips.
	require.Zero(t, Frobenius(g.X))
	require.Zero(t, Frobenius(g.Grad.G[0]))

	// At its bounds, here exactly 0, all passes: ΔG_1 = −uᵀ·2x/B.
	n.p.G[0] = NewMatrix(4, 5)
	got := n.generate().Grad.G[0]
	for k := range got {
		for j := range got[k] {
			want := 0.0
			for i, x := range n.batch.X {
				want -= n.noisy(0)[i][k] * 2 * x[j] / rows
			}
			require.InDelta(t, want, got[k][j], 1e-14)
			require.NotZero(t, want)
		}
	}
}

// noisy returns n(z' + ε) of a layer; φ changes nothing, all is positive.
func (n *network) noisy(l int) Matrix {
	return scaledRows(Add(n.z[l], n.noise.Generative[l]))
}

func TestClip01Derivative(t *testing.T) {
	for v, want := range map[float64]float64{-1e-9: 0, 0: 1, 0.5: 1, 1: 1, 1 + 1e-9: 0} {
		require.Equal(t, want, clip01Derivative(v), "at %v", v)
	}
}

// TestLatentGradientThroughModifiedRelu has latents that φ silences: u_j = 0
// there, and both relus let the gradient pass.
func TestLatentGradientThroughModifiedRelu(t *testing.T) {
	p := &Params{Gy: Matrix{{-1, 0.5}, {2, -3}}}
	zL := Matrix{{0.25, 0.75}}

	// z_g = (2, −1): u = (2, 0), n(u) = (1, 0), a = (−1, 0.5), ẑ = (0, 0.5),
	// e = 2(ẑ − z_L) = (−0.5, −0.5), e·Gyᵀ = (0.25, 0.5);
	// ∂/∂u = (0.25 − 0.25)/2, 0.5/2.
	got := LatentGrad(p, Matrix{{2, -1}}, zL)
	require.LessOrEqual(t, distance(got, Matrix{{0, 0.25}}), 1e-8)

	// z_g = 0: n(u) = 0, ẑ = 0, e = (−0.5, −1.5), e·Gyᵀ = (−0.25, 3.5), over 1e-8.
	got = LatentGrad(p, Matrix{{0, 0}}, zL)
	require.InEpsilon(t, -0.25e8, got[0][0], 1e-12)
	require.InEpsilon(t, 3.5e8, got[0][1], 1e-12)
	require.Equal(t, got, LatentGrad(p, Matrix{{-3, 0}}, zL), "φ(z_g) is zero as well")
}

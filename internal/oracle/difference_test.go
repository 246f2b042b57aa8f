package oracle

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// differenceStep is h of (f(w+h) − f(w−h)) / 2h, differenceBound what the
// truncation and rounding of that may cost.
const (
	differenceStep  = 1e-5
	differenceBound = 1e-8
)

// centralDifference returns the derivative of loss with respect to each
// element of m, which loss reads.
func centralDifference(m Matrix, loss func() float64) Matrix {
	grad := NewMatrix(len(m), columns(m))
	for i := range m {
		for j, v := range m[i] {
			m[i][j] = v + differenceStep
			high := loss()
			m[i][j] = v - differenceStep
			low := loss()
			m[i][j] = v
			grad[i][j] = (high - low) / (2 * differenceStep)
		}
	}
	return grad
}

func requireGradient(t *testing.T, name string, got, parameter Matrix, loss func() float64) {
	t.Helper()
	want := centralDifference(parameter, loss)
	require.LessOrEqual(t, distance(got, want), differenceBound, name)
	require.Positive(t, Frobenius(want), "%s: the loss does not depend on it", name)
}

func requirePositive(t *testing.T, name string, m Matrix) {
	t.Helper()
	for i := range m {
		for _, v := range m[i] {
			require.Greater(t, v, 10*differenceStep, "%s: not in the region where φ is differentiable", name)
		}
	}
}

func TestGoodnessGradientIsThatOfTheLocalLoss(t *testing.T) {
	for _, contrast := range []float64{0, 0.6} {
		for _, hidden := range shapes {
			t.Run(fmt.Sprintf("%s/contrast=%v", shapeName(hidden), contrast), func(t *testing.T) {
				n := newNetwork(hidden)
				n.c.Contrast = contrast
				for l := range hidden {
					requirePositive(t, "pre-activation", Preactivation(n.c, n.p, n.batch.X, n.batch.Y, n.z, n.noise.Step, l))
				}
				grads := GoodnessGrad(n.c, n.p, n.batch, n.z, n.step()).Representation()
				for i, tensor := range n.p.Representation() {
					layer := i / 4 // W, V, b, L a layer
					requireGradient(t, tensor.Name, grads[i].Data, tensor.Data, func() float64 {
						return GoodnessLosses(n.c, n.batch.Positive, n.step())[layer]
					})
				}
			})
		}
	}
}

func TestReadoutGradientIsThatOfItsLoss(t *testing.T) {
	for _, hidden := range shapes {
		n := newNetwork(hidden)
		start, _ := Start(n.p, n.batch.X)
		modes := []struct {
			name  string
			z     []Matrix
			scale float64
		}{{"driven", n.z, n.c.LabelScale}, {"start", start, 1}}
		for _, mode := range modes {
			t.Run(shapeName(hidden)+"/"+mode.name, func(t *testing.T) {
				zL := mode.z[len(mode.z)-1]
				grads := ReadoutGrad(n.c, n.p, zL, n.batch, mode.scale).Readouts()
				for i, tensor := range n.p.Readouts() {
					requireGradient(t, tensor.Name, grads[i].Data, tensor.Data, func() float64 {
						return ReadoutLoss(ReadoutPrediction(n.p, zL), n.batch, mode.scale)
					})
				}
			})
		}
	}
}

func TestReadoutIgnoresNegativeRows(t *testing.T) {
	n := newNetwork([]int{4})
	want := ReadoutGrad(n.c, n.p, n.z[0], n.batch, 1)
	for i, positive := range n.batch.Positive {
		if positive == 0 {
			n.fill(n.z[0][i:i+1], 0, 9)
		}
	}
	require.Equal(t, want, ReadoutGrad(n.c, n.p, n.z[0], n.batch, 1))

	n.batch.Positive = make([]float64, len(n.batch.Positive))
	require.Equal(t, NewParams(n.c), ReadoutGrad(n.c, n.p, n.z[0], n.batch, 1))
	require.Zero(t, ReadoutLoss(ReadoutPrediction(n.p, n.z[0]), n.batch, 1))
}

func TestGenerativeGradientIsThatOfTheLocalLoss(t *testing.T) {
	for _, hidden := range shapes {
		for _, saturated := range []bool{false, true} {
			name := shapeName(hidden)
			if saturated {
				name += "/saturated"
			}
			t.Run(name, func(t *testing.T) {
				n := newNetwork(hidden)
				if saturated { // x̂ below, inside and above [0, 1]
					n.fill(n.p.G[0], -1.5, 2.5)
				}
				g := n.generate()
				for _, z := range g.Z {
					requirePositive(t, "prediction", z)
				}
				require.Equal(t, saturated, outside(g.X))

				grads := g.Grad.Generative()
				for i, tensor := range n.p.Generative() { // Gy, G_L … G_1
					requireGradient(t, tensor.Name, grads[i].Data, tensor.Data, func() float64 {
						g := n.generate()
						if i == len(hidden) {
							return g.LossX
						}
						return g.Losses[len(hidden)-1-i]
					})
				}
			})
		}
	}
}

func outside(x Matrix) bool {
	low, high := false, false
	for _, row := range x {
		for _, v := range row {
			low, high = low || v == 0, high || v == 1
		}
	}
	return low && high
}

func TestLatentMovesAgainstItsGradient(t *testing.T) {
	for _, hidden := range shapes {
		for _, perSample := range []bool{false, true} {
			n := newNetwork(hidden)
			n.c.LatentPerSample = perSample
			top := len(hidden) - 1
			requirePositive(t, "prediction", n.generate().Z[top])
			loss := func() float64 { return n.generate().Losses[top] } // a mean over rows
			want := centralDifference(n.zg, loss)
			if perSample {
				want = Scale(float64(len(n.zg)), want)
			}
			moved := MoveLatent(n.c, n.p, n.zg, n.z[top])
			got := Scale(-1/n.c.Beta, Sub(moved, n.zg))
			require.LessOrEqual(t, distance(got, want), 1e-7, "%v per sample: %v", hidden, perSample)
			require.Positive(t, Frobenius(want))
		}
	}
}

func TestDecayIsTheGradientOfTheNorms(t *testing.T) {
	const lambda = 0.3
	for _, hidden := range shapes {
		n := newNetwork(hidden)
		norms := func() float64 {
			total := 0.0
			for _, t := range n.p.Tensors() {
				if t.Name[0] != 'b' && t.Name[0] != 'L' {
					total += lambda * Frobenius(t.Data)
				}
			}
			return total
		}
		grad := NewParams(n.c)
		AddRepresentationDecay(grad, n.p, lambda)
		AddReadoutDecay(grad, n.p, lambda)
		AddGenerativeDecay(grad, n.p, lambda)
		grads := grad.Tensors()
		for i, tensor := range n.p.Tensors() {
			want := centralDifference(tensor.Data, norms)
			require.LessOrEqual(t, distance(grads[i].Data, want), differenceBound, tensor.Name)
		}
	}
	c := &Config{Inputs: 2, Hidden: []int{2}, Classes: 2, Latents: 2, Group: 2}
	grad := NewParams(c)
	AddRepresentationDecay(grad, NewParams(c), lambda)
	require.Equal(t, NewParams(c), grad, "a zero matrix does not decay")
}

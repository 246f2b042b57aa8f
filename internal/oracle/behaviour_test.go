package oracle

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStepByHand follows one unit of each layer of 1, 2 and 3 layers through a
// step, with sums written out.
func TestStepByHand(t *testing.T) {
	for _, hidden := range shapes {
		n := newNetwork(hidden)
		n.fill(n.p.L[0], 0.2, 0.4) // competition that matters
		next, yHat := Step(n.c, n.p, n.batch.X, n.batch.Y, n.z, n.noise.Step)
		for l := range hidden {
			for i := range n.batch.X {
				for j := range hidden[l] {
					a := n.p.B[l][j] + n.noise.Step[l][i][j]
					for k, v := range n.normalBelow(l)[i] {
						a += v * n.p.W[l][k][j]
					}
					for k, v := range n.driveAbove(l)[i] {
						a += v * n.p.V[l][k][j]
					}
					for k, v := range n.z[l][i] {
						switch weight := max(n.p.L[l][k][j], 0); {
						case k == j:
							a += v * weight // self-excitation
						case k/n.c.Group == j/n.c.Group:
							a -= v * weight // inhibition
						}
					}
					require.InDelta(t, 0.7*max(a, 0)+0.3*n.z[l][i][j], next[l][i][j], 1e-13)
				}
			}
		}
		require.Equal(t, ReadoutPrediction(n.p, n.z[len(hidden)-1]), yHat, "y_hat is of the state before the step")
		quiet, _ := Step(n.c, n.p, n.batch.X, n.batch.Y, n.z, nil)
		require.NotEqual(t, next, quiet)
	}
}

func TestGoodnessWindow(t *testing.T) {
	for rounds, want := range map[int][2]int{1: {-1, 1}, 2: {0, 2}, 3: {0, 2}, 4: {1, 3}, 12: {5, 7}} {
		from, steps := (&Config{Rounds: rounds}).GoodnessWindow()
		require.Equal(t, want, [2]int{from, steps}, "K = %d", rounds)
	}
}

func TestGoodnessScoresSumTheWindow(t *testing.T) {
	n := newNetwork([]int{4, 6, 3})
	got := GoodnessScores(n.c, n.p, n.batch.X, 1, 3)
	require.Greater(t, distance(got, GoodnessScores(n.c, n.p, n.batch.X, 0, 3)), 0.1)
	for label := range n.c.Classes {
		for i := range n.batch.X {
			y := Matrix{make([]float64, n.c.Classes)}
			y[0][label] = 1
			x := n.batch.X[i : i+1]
			z, _ := Start(n.p, x)
			z1, _ := Step(n.c, n.p, x, y, z, nil)
			z2, _ := Step(n.c, n.p, x, y, z1, nil)
			z3, _ := Step(n.c, n.p, x, y, z2, nil)
			activity := 0.0
			for _, layer := range append(z2, z3...) {
				activity += SumSquares(layer)[0]
			}
			require.InDelta(t, -activity/3/3, got[i][label], 1e-12) // mean over 3 layers, then the divisor
		}
	}
}

// TestDecodingChainsThePredictions replaces states by their predictions layer
// by layer and expects the same x̂ as from decoding.
func TestDecodingChainsThePredictions(t *testing.T) {
	for _, hidden := range shapes {
		n := newNetwork(hidden)
		n.noise.Generative = nil
		top := len(hidden) - 1
		n.z, _ = Start(n.p, n.batch.X)
		for l := top - 1; l >= 0; l-- {
			n.z[l] = n.generate().Z[l]
		}
		require.LessOrEqual(t, distance(n.generate().X, Reconstruct(n.p, n.batch.X)), 1e-14)
		for l := top; l >= 0; l-- {
			n.z[l] = n.generate().Z[l]
		}
		require.LessOrEqual(t, distance(n.generate().X, Synthesize(n.p, n.zg)), 1e-14)
	}
}

func TestInferLatentPerSample(t *testing.T) {
	n := newNetwork([]int{5, 3})
	n.c.LatentPerSample, n.c.Beta = true, 0.5
	n.fill(n.p.Gy, 0, 2)
	loss := func(moves int) float64 {
		n.zg = InferLatent(n.c, n.p, n.batch.X, 1, moves)
		n.z, _ = Start(n.p, n.batch.X)
		return n.generate().Losses[1]
	}
	require.Equal(t, Constant(6, 3, 1), InferLatent(n.c, n.p, n.batch.X, 1, 0))
	require.Less(t, loss(8), loss(0))
	together := InferLatent(n.c, n.p, n.batch.X, 1, 8)
	alone := InferLatent(n.c, n.p, n.batch.X[2:3], 1, 8)
	require.Equal(t, alone[0], together[2], "a sample's latent does not depend on the batch")
}

// TestAdamByHand checks three updates of one element against Keras' formula,
// the second gradient clipped, the third zero.
func TestAdamByHand(t *testing.T) {
	c := &Config{LR: 0.1, Beta1: 0.9, Beta2: 0.99, EpsAdam: 1e-7, Clip: 1}
	w := Matrix{{3}}
	adam := NewAdam([]Tensor{{"w", w}})
	want, m, v := 3.0, 0.0, 0.0
	for t64, clipped := range []float64{0.5, -1, 0} {
		given := clipped
		if clipped == -1 {
			given = -4
		}
		adam.Update(c, []Tensor{{"w", w}}, []Tensor{{"w", Matrix{{given}}}})
		before := want
		m, v = 0.9*m+0.1*clipped, 0.99*v+0.01*clipped*clipped
		p := float64(t64 + 1)
		want -= 0.1 * math.Sqrt(1-math.Pow(0.99, p)) / (1 - math.Pow(0.9, p)) * m / (math.Sqrt(v) + 1e-7)
		require.InDelta(t, want, w[0][0], 1e-14)
		require.NotEqual(t, before, w[0][0], "momentum moves it even where the gradient is 0")
	}
	require.Equal(t, 3, adam.Steps)
}

func TestReadoutFromStartLearnsOnceABatch(t *testing.T) {
	n := newNetwork([]int{5, 3})
	n.c.ReadoutFromStart = true
	start, _ := Start(n.p, n.batch.X)

	alone := NewLearner(n.c, n.p.Clone())
	_, before := alone.LearnReadout(start, n.batch)
	_, after := alone.LearnReadout(start, n.batch)
	require.Less(t, after, before)

	once := NewLearner(n.c, n.p.Clone())
	once.LearnReadout(start, n.batch)
	learner := NewLearner(n.c, n.p.Clone())
	rounds := learner.Batch(n.batch, n.zg, []Noise{n.noise, n.newNoise(0.05)})
	require.Len(t, rounds, 2)
	require.Equal(t, once.Params.Readouts(), learner.Params.Readouts())
	require.Equal(t, n.p.Readouts()[0].Data, newNetwork([]int{5, 3}).p.Readout, "the given parameters are untouched")
	for _, r := range rounds {
		require.Zero(t, Frobenius(r.Grad.Readout))
		require.Zero(t, r.ReadoutLoss)
	}
}

// TestBatchLowersItsLosses learns the same batch over and over.
func TestBatchLowersItsLosses(t *testing.T) {
	for _, hidden := range shapes {
		for _, mended := range []bool{false, true} {
			n := newNetwork(hidden)
			n.c.ReadoutFromStart, n.c.LatentPerSample = mended, mended
			learner := NewLearner(n.c, n.p)
			noise := make([]Noise, n.c.Rounds)
			first := learner.Batch(n.batch, n.zg, noise)
			var last []*Round
			for range 30 {
				last = learner.Batch(n.batch, n.zg, noise)
			}
			k := n.c.Rounds - 1
			require.Less(t, sum(last[k].Losses), sum(first[k].Losses), "%v", hidden)
			require.Less(t, last[k].Generation.Loss(), first[k].Generation.Loss(), "%v", hidden)
		}
	}
}

func TestFunctionsAtAwkwardValues(t *testing.T) {
	require.Equal(t, Matrix{{0, 0}}, Normalize(Matrix{{0, 0}}))
	require.Equal(t, Matrix{{1, 0}}, Softmax(Matrix{{1e4, -1e4}}))
	require.Equal(t, Matrix{{0.5, 0.5}}, Softmax(Matrix{{-1e4, -1e4}}))
	require.Equal(t, 0.0, Sigmoid(-1e4))
	require.Equal(t, 1.0, Sigmoid(1e4))
	c := &Config{Theta: 0}
	require.Equal(t, []float64{1e8}, GoodnessLosses(c, []float64{1}, []Matrix{{{1e4}}}), "no overflow")
	require.PanicsWithValue(t, "oracle: inner sizes of a·b differ: 2 and 1", func() { Mul(Matrix{{1, 2}}, Matrix{{1}}) })
}

// TestRoundOrder checks which parameters and states each part of a round uses.
func TestRoundOrder(t *testing.T) {
	n := newNetwork([]int{5, 3})
	learner := NewLearner(n.c, n.p.Clone())
	r := learner.Round(n.batch, n.z, n.zg, n.noise)

	next, yHat := Step(n.c, n.p, n.batch.X, n.batch.Y, n.z, n.noise.Step)
	require.Equal(t, next, r.Z)
	require.Equal(t, yHat, r.YHat, "the read-out before its update")
	grad := ReadoutGrad(n.c, n.p, n.z[1], n.batch, n.c.LabelScale)
	AddReadoutDecay(grad, n.p, n.c.Decay)
	require.Equal(t, grad.Readouts(), r.Grad.Readouts(), "from the state before the step, driven by the label")
	g := Generate(n.c, n.p, n.batch.X, next, n.zg, n.noise.Generative)
	require.Equal(t, g.Z, r.Generation.Z, "from the new state, by the generator before its update")
	require.Equal(t, MoveLatent(n.c, n.p, n.zg, next[1]), r.ZG, "by Gy before its update")
	for i, tensor := range learner.Params.Tensors() {
		require.NotEqual(t, n.p.Tensors()[i].Data, tensor.Data, tensor.Name)
	}
}

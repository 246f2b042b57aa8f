package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
)

// replay returns a replay of the batch on the network as it is.
func (n *network) replay(t *testing.T, b oracle.Batch, zg oracle.Matrix, threads int) *Replay {
	batch := ReplayBatch{X: toSimd(b.X), Y: toSimd(b.Y), ZG: toSimd(zg)}
	for _, lab := range b.Positive {
		batch.Positive = append(batch.Positive, lab == 1)
	}
	n.model.Config.Latent.BatchMean = !n.oc.LatentPerSample
	r, err := NewReplay(n.model, n.settings(), batch, threads)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// TestRoundsMatchOracle compares every quantity of rounds of driven training:
// states, losses, gradients, parameters.
func TestRoundsMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		for _, repeated := range []bool{true, false} {
			for _, perSample := range []bool{false, true} {
				t.Run(fmt.Sprintf("repeated=%v,perSample=%v", repeated, perSample), func(t *testing.T) {
					n.oc.LatentPerSample = perSample
					n.model = n.pack()
					n.compareRounds(t, n.batch(8, repeated), 1)
				})
			}
		}
	})
}

// TestRoundsOfOddBatchMatchOracle has kinds of rows in any order, an odd
// number of rows, and a single row.
func TestRoundsOfOddBatchMatchOracle(t *testing.T) {
	for _, rows := range []int{1, 5} {
		n := newNetwork(shape{[]int{23, 18}, 10}, 13, 5, 4)
		b := n.batch(rows, false)
		for r := range rows {
			b.Positive[r] = float64((r + 1) % 2)
		}
		n.compareRounds(t, b, 1)
	}
}

// TestThreadedRoundsMatchOracle is large enough for every kind of work to be
// split among threads.
func TestThreadedRoundsMatchOracle(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 5, 130)
	n.oc.Rounds = 2
	n.compareRounds(t, n.batch(128, true), 3)
}

func (n *network) compareRounds(t *testing.T, b oracle.Batch, threads int) {
	t.Helper()
	rows := len(b.X)
	zg := n.uniform(rows, n.oc.Latents, -0.5, 1)
	var noise []oracle.Noise
	for range n.oc.Rounds {
		noise = append(noise, oracle.Noise{Step: n.noise(rows, 0.1), Generative: n.noise(rows, 0.3)})
	}
	learner := oracle.NewLearner(n.oc, n.op.Clone())
	z, yHat := oracle.Start(learner.Params, b.X)

	replay := n.replay(t, b, zg, threads)
	start := replay.Start()
	requireCloseAll(t, "start state", z, start.Z)
	requireClose(t, "start read-out", yHat, fromSimd(start.YHat))
	for k := range noise {
		want := learner.Round(b, z, zg, noise[k])
		got, err := replay.Round(allToSimd(noise[k].Step), allToSimd(noise[k].Generative))
		require.NoError(t, err)
		n.compareRound(t, fmt.Sprintf("round %d: ", k+1), want, learner.Params, &got)
		compareLogits(t, n.oc, want, replay)
		z, zg = want.Z, want.ZG
	}
}

func (n *network) compareRound(t *testing.T, at string, want *oracle.Round, params *oracle.Params, got *Trace) {
	t.Helper()
	requireCloseAll(t, at+"state", want.Z, got.Z)
	requireClose(t, at+"read-out", want.YHat, fromSimd(got.YHat))
	requireCloseValue(t, at+"goodness loss", sum(want.Losses), got.Goodness)
	requireCloseValue(t, at+"read-out loss", want.ReadoutLoss, got.Readout)
	requireCloseValue(t, at+"generative loss", want.Generation.Loss(), got.Generative)
	requireClose(t, at+"image", want.Generation.X, fromSimd(got.Image))
	requireClose(t, at+"latents", want.ZG, fromSimd(got.ZG))
	group := n.oc.Group
	requireCloseTensors(t, at+"gradient", group, want.Grad.Representation(), got.Gradient)
	requireCloseTensors(t, at+"gradient", group, want.Grad.Readouts(), got.Gradient)
	requireCloseTensors(t, at+"gradient", group, want.Generation.Grad.Generative(), got.Gradient)
	requireCloseTensors(t, at+"value", group, params.Tensors(), got.Params)
}

func compareLogits(t *testing.T, c *oracle.Config, want *oracle.Round, replay *Replay) {
	t.Helper()
	for l, z := range want.Z {
		got := make([]float64, len(z))
		for r, logit := range replay.t.s.logits[l] {
			got[r] = float64(logit)
		}
		requireClose(t, "logits", oracle.Matrix{oracle.Logits(z, c.Theta)}, oracle.Matrix{got})
	}
}

// TestSilentUnitsLearnAsInOracle makes sure that the cases in which the
// derivative of a relu or of clip01 matters occur in what
// TestRoundsMatchOracle compares, so often that the ordinary derivative of a
// relu, or none of clip01, would have been noticed.
func TestSilentUnitsLearnAsInOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		n.oc.Decay, n.oc.GenDecay = 0, 0 // the gradients are those of the losses alone
		const rows = 8
		b, zg := n.batch(rows, true), n.uniform(rows, n.oc.Latents, -0.5, 1)
		noise := oracle.Noise{Step: n.noise(rows, 0.1), Generative: n.noise(rows, 0.3)}
		z, _ := oracle.Start(n.op, b.X)
		learner := oracle.NewLearner(n.oc, n.op.Clone())
		want := learner.Round(b, z, zg, noise)

		for l := range z {
			d := oracle.LocalError(n.oc, b.Positive, want.Z[l])
			ordinary := oracle.SumRows(where(d, oracle.Preactivation(n.oc, n.op, b.X, b.Y, z, noise.Step, l), positive))
			requireApart(t, "Δb", oracle.Matrix{want.Grad.B[l]}, oracle.Matrix{ordinary})
			requireApart(t, "L and relu(L)", n.op.L[l], oracle.Relu(n.op.L[l]))
		}
		top := len(z) - 1
		u := oracle.Transpose(oracle.Normalize(oracle.Relu(zg)))
		e := oracle.Scale(2./rows, oracle.Sub(want.Generation.Z[top], want.Z[top]))
		requireClose(t, "ΔGy", want.Generation.Grad.Gy, oracle.Mul(u, e))
		requireApart(t, "ΔGy", want.Generation.Grad.Gy, oracle.Mul(u, where(e, want.Generation.Z[top], positive)))
		requireApart(t, "moves of silent latents", zg, where(want.ZG, zg, positive))

		u1 := oracle.Normalize(oracle.Relu(oracle.Add(want.Z[0], noise.Generative[0])))
		e1 := oracle.Scale(2./rows, oracle.Sub(want.Generation.X, b.X))
		requireApart(t, "ΔG1", want.Generation.Grad.G[0], oracle.Mul(oracle.Transpose(u1), e1))
		requireBeyondBounds(t, oracle.Mul(u1, n.op.G[0]))

		n.model = n.pack()
		replay := n.replay(t, b, zg, 1)
		replay.Start()
		got, err := replay.Round(allToSimd(noise.Step), allToSimd(noise.Generative))
		require.NoError(t, err)
		n.compareRound(t, "", want, learner.Params, &got)
	})
}

func positive(v float64) bool { return v > 0 }

// where returns m with zeros where f does not hold for the element of by.
func where(m, by oracle.Matrix, f func(v float64) bool) oracle.Matrix {
	out := oracle.Clone(m)
	for i := range out {
		for j := range out[i] {
			if !f(by[i][j]) {
				out[i][j] = 0
			}
		}
	}
	return out
}

// requireApart demands a difference that no test of this package overlooks.
func requireApart(t *testing.T, what string, a, b oracle.Matrix) {
	t.Helper()
	require.Greater(t, deviation(a, b), 100*rounding, what)
}

func requireBeyondBounds(t *testing.T, a oracle.Matrix) {
	t.Helper()
	low, high := false, false
	for _, row := range a {
		for _, v := range row {
			low, high = low || v < 0, high || v > 1
		}
	}
	require.True(t, low && high, "no pixel below 0 or none above 1")
}

package runtime

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// drawnNoise returns the noise that a trainer adds for a purpose when its clock
// has counted so many rounds.
func (n *network) drawnNoise(set Settings, purpose uint64, rounds, rows int, scale float64) []oracle.Matrix {
	var list []oracle.Matrix
	for l, h := range n.oc.Hidden {
		m := simd.NewMatrix(rows, h)
		key := simd.Mix(set.Seed, purpose, uint64(rounds), uint64(l))
		for r := range rows {
			simd.AddNormalF32(m.Row(r), m.Row(r), simd.Mix(key, uint64(r)), float32(scale))
		}
		list = append(list, fromSimd(m))
	}
	return list
}

// TestNoisyBatchesMatchOracle gives the oracle the noise that the trainer draws:
// it enters each equation at its place.
func TestNoisyBatchesMatchOracle(t *testing.T) {
	n := newNetwork(shape{[]int{19, 33, 12}, 10}, 13, 5, 4)
	n.model.Config.Latent = model.Latent{Start: 0.5, Rate: float32(n.oc.Beta), BatchMean: true, Driven: true}
	set := n.settings()
	set.Noise, set.GenNoise = 0.1, 0.3
	data, idx := n.samples(12), []int{0, 1, 2, 3, 4, 5}
	trainer, err := NewTrainer(n.model, set, 1)
	require.NoError(t, err)
	defer trainer.Close()
	learner := oracle.NewLearner(n.oc, n.op.Clone())
	seen := map[float64]bool{}
	for range 2 {
		var noise []oracle.Noise
		for k := range n.oc.Rounds {
			round := trainer.clock.Rounds + k
			noise = append(noise, oracle.Noise{
				Step:       n.drawnNoise(set, forDynamics, round, 12, set.Noise),
				Generative: n.drawnNoise(set, forGenerative, round+1, 12, set.GenNoise),
			})
			requireNew(t, seen, noise[k].Step)
			requireNew(t, seen, noise[k].Generative)
		}
		_, err := trainer.learn(data, idx, 1)
		require.NoError(t, err)
		b := drawnBatch(t, trainer, data, idx)
		learner.Batch(b, oracle.Constant(12, n.oc.Latents, 0.5), noise)
		requireCloseTensors(t, "value", n.oc.Group, learner.Params.Tensors(), trainer.model.Params)
	}
}

// requireNew demands that no row of noise starts like one seen before.
func requireNew(t *testing.T, seen map[float64]bool, noise []oracle.Matrix) {
	t.Helper()
	for _, m := range noise {
		for _, row := range m {
			require.False(t, seen[row[0]])
			seen[row[0]] = true
		}
	}
}

// TestNoisyMendedGeneratorMatchesOracle: the noise of the generative circuit
// reaches G_L … G_1 when they learn from the start state.
func TestNoisyMendedGeneratorMatchesOracle(t *testing.T) {
	n := newNetwork(shape{[]int{23, 18}, 10}, 13, 5, 4)
	set := n.settings()
	set.GenNoise, set.ReadoutDriven, set.GeneratorDriven = 0.3, false, false
	data, idx := n.samples(6), []int{0, 1, 2, 3, 4, 5}
	trainer, err := NewTrainer(n.model, set, 1)
	require.NoError(t, err)
	defer trainer.Close()
	want := n.op.Clone()
	_, err = trainer.learn(data, idx, 1)
	require.NoError(t, err)
	x := fromSimd(data.matrix())
	z, _ := oracle.Start(want, x)
	g := oracle.Generate(n.oc, want, x, z, oracle.Constant(6, n.oc.Latents, 1), n.drawnNoise(set, forGenerative, 0, 6, set.GenNoise))
	oracle.AddGenerativeDecay(g.Grad, want, n.oc.GenDecay)
	down := want.Generative()[1:]
	oracle.NewAdam(down).Update(n.oc, down, g.Grad.Generative()[1:])
	requireCloseTensors(t, "value", n.oc.Group, down, trainer.model.Params)
}

// TestTrainingNoiseIsNormal looks at the noise of the dynamics as the states
// show it.
func TestTrainingNoiseIsNormal(t *testing.T) {
	n := newNetwork(shape{[]int{60}, 10}, 13, 5, 4)
	circuit := newCircuit(n.engine(t), 1)
	defer circuit.pool.Close()
	trainer := &Trainer{circuit: circuit, set: Settings{Seed: 5}, eps: make([]noise, 1)}
	const rows, scale = 500, 0.01
	quiet, noisy := simd.NewMatrix(rows, 60), simd.NewMatrix(rows, 60)
	eps := trainer.roundNoise(forDynamics, scale)
	var moments [5]float64
	for r := range rows {
		for i := range quiet.Row(r) {
			quiet.Row(r)[i] = float32(r)
		}
		eps[0].add(noisy.Row(r), quiet.Row(r), r)
		for i, v := range noisy.Row(r) {
			e := float64(v-quiet.Row(r)[i]) / scale
			for k := range moments {
				moments[k] += math.Pow(e, float64(k)) / (rows * 60)
			}
		}
		require.Equal(t, make([]float32, 4), noisy.PaddedRow(r)[60:], "padding stays zero")
	}
	// 30,000 deviates: five standard errors of each moment; float32 rounds
	// the sums to 2⁻¹⁵ of 500, a third of a per cent of the noise.
	require.InDelta(t, 0, moments[1], 0.03)
	require.InDelta(t, 1, moments[2], 0.04)
	require.InDelta(t, 0, moments[3], 0.12)
	require.InDelta(t, 3, moments[4], 0.3)
}

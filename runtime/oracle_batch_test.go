package runtime

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
)

// mended is how Trainer learns when neither read-out nor generator is driven,
// composed from the oracle's equations.
type mended struct {
	n                                         *network
	p                                         *oracle.Params
	representation, readout, top, down        *oracle.Adam
	moves, updates                            int // of the latents; at so many of the last Gy learns
	descends                                  bool
	turn                                      int // batches learnt
	start                                     float64
	goodnessLoss, readoutLoss, generativeLoss float64
}

func newMended(n *network) *mended {
	p := n.op.Clone()
	m := &mended{
		n: n, p: p,
		representation: oracle.NewAdam(p.Representation()),
		readout:        oracle.NewAdam(p.Readouts()),
		top:            oracle.NewAdam(p.Generative()[:1]),
		down:           oracle.NewAdam(p.Generative()[1:]),
		moves:          n.model.Config.Latent.Moves,
		updates:        n.model.Config.Latent.Moves,
		start:          float64(n.model.Config.Latent.Start),
	}
	return m
}

// learn learns the stacked batch: the read-out once from the start state with
// the scaled label, Gy at every move of the latents and G_L … G_1 once from
// the start state of the positive half, then the rounds of the representation.
func (m *mended) learn(b oracle.Batch) {
	z, _ := oracle.Start(m.p, b.X)
	m.learnStart(b, z)
	m.learnRounds(b, z)
}

// learnStart is what learns once a batch.
func (m *mended) learnStart(b oracle.Batch, z []oracle.Matrix) {
	half := len(b.X) / 2
	var real []oracle.Matrix
	for _, layer := range z {
		real = append(real, layer[:half])
	}
	m.learnReadout(z[len(z)-1], b)
	m.learnGenerator(b.X[:half], real)
}

// learnRounds runs the rounds from the start state z.
func (m *mended) learnRounds(b oracle.Batch, z []oracle.Matrix) {
	c := m.n.oc
	m.goodnessLoss = 0
	for range c.Rounds {
		next, _ := oracle.Step(c, m.p, b.X, b.Y, z, nil)
		m.goodnessLoss += sum(oracle.GoodnessLosses(c, b.Positive, next)) / float64(c.Rounds)
		grad := oracle.GoodnessGrad(c, m.p, b, z, next)
		oracle.AddRepresentationDecay(grad, m.p, c.Decay)
		oracle.Rest(c, grad, next)
		m.representation.Update(c, m.p.Representation(), grad.Representation())
		z = next
	}
}

func (m *mended) learnReadout(zL oracle.Matrix, b oracle.Batch) {
	c := m.n.oc
	m.readoutLoss = oracle.ReadoutLoss(oracle.ReadoutPrediction(m.p, zL), b, 1)
	grad := oracle.ReadoutGrad(c, m.p, zL, b, c.LabelScale)
	oracle.AddReadoutDecay(grad, m.p, c.Decay)
	faster := *c
	faster.LR *= m.n.settings().ReadoutRate
	m.readout.Update(&faster, m.p.Readouts(), grad.Readouts())
}

func (m *mended) learnGenerator(x oracle.Matrix, z []oracle.Matrix) {
	c, top := m.n.oc, len(z)-1
	zg := oracle.Constant(len(x), c.Latents, m.start)
	topLoss := 0.0
	for k := range m.moves {
		g := oracle.Generate(c, m.p, x, z, zg, nil)
		topLoss = g.Losses[top]
		zg = oracle.MoveLatent(c, m.p, zg, z[top])
		if k < m.moves-m.updates {
			continue
		}
		oracle.AddGenerativeDecay(g.Grad, m.p, c.GenDecay)
		m.top.Update(c, m.p.Generative()[:1], g.Grad.Generative()[:1])
	}
	m.turn++
	g := oracle.Generate(c, m.p, x, z, zg, nil)
	if m.descends {
		g = oracle.Descend(c, m.p, x, z, m.predicted(len(x)))
	}
	m.generativeLoss = topLoss + g.LossX + sum(g.Losses[:top])
	oracle.AddGenerativeDecay(g.Grad, m.p, c.GenDecay)
	m.down.Update(c, m.p.Generative()[1:], g.Grad.Generative()[1:])
}

// predicted says which of n rows the turn gives to predicted states.
func (m *mended) predicted(n int) []bool {
	rows := make([]bool, n)
	for r := range rows {
		rows[r] = (r+m.turn)%2 == 1
	}
	return rows
}

// TestMendedBatchesMatchOracle learns batches, the last a smaller one, the way
// preset "fast" does, but without hard negatives.
func TestMendedBatchesMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		for _, batchMean := range []bool{false, true} {
			t.Run(fmt.Sprintf("batchMean=%v", batchMean), func(t *testing.T) {
				n.oc.LatentPerSample = !batchMean
				n.model = n.pack()
				n.model.Config.Latent = model.Latent{Start: 1, Rate: float32(n.oc.Beta), Moves: 3, BatchMean: batchMean}
				n.compareBatches(t, func(s *Settings) { s.ReadoutDriven, s.GeneratorDriven = false, false })
			})
		}
	})
}

// TestHardNegativesMatchOracle draws negatives from the belief.
func TestHardNegativesMatchOracle(t *testing.T) {
	n := newNetwork(shape{[]int{23, 18}, 10}, 13, 5, 4)
	n.oc.LatentPerSample = true
	n.compareBatches(t, func(s *Settings) { s.ReadoutDriven, s.GeneratorDriven, s.HardNegatives = false, false, true })
}

// TestContrastMatchesOracle compares every sample with its negative.
func TestContrastMatchesOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		n.oc.LatentPerSample, n.oc.Contrast = true, 0.7
		n.compareBatches(t, func(s *Settings) { s.ReadoutDriven, s.GeneratorDriven, s.HardNegatives = false, false, true })
	})
}

// TestDescendingBatchesMatchOracle learns G from predicted states too, and Gy at
// the latents' last moves only.
func TestDescendingBatchesMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		n.oc.LatentPerSample = true
		for _, updates := range []int{0, 1, 2, 9} {
			t.Run(fmt.Sprintf("updates=%d", updates), func(t *testing.T) {
				n.model = n.pack()
				n.model.Config.Latent = model.Latent{Start: 1, Rate: float32(n.oc.Beta), Moves: 3}
				n.compareBatches(t, func(s *Settings) {
					s.ReadoutDriven, s.GeneratorDriven, s.GeneratorDescends, s.TopUpdates = false, false, true, updates
				})
			})
		}
	})
}

func (n *network) compareBatches(t *testing.T, change func(s *Settings)) {
	t.Helper()
	data := n.samples(16)
	want := newMended(n)
	set := n.settings()
	change(&set)
	want.descends = set.GeneratorDescends
	if set.TopUpdates > 0 {
		want.updates = min(set.TopUpdates, want.moves)
	}
	trainer, err := NewTrainer(n.model, set, 1)
	require.NoError(t, err)
	defer trainer.Close()
	for k, idx := range [][]int{{0, 1, 2, 3, 4, 5}, {11, 10, 9, 8, 7, 6}, {12, 13, 14, 15}} {
		trainer.batch = k
		correct := want.correct(data, idx)
		report, err := trainer.learn(data, idx, 1)
		require.NoError(t, err)
		want.learn(drawnBatch(t, trainer, data, idx))

		at := fmt.Sprintf("batch %d: ", k+1)
		requireCloseTensors(t, at+"value", n.oc.Group, want.p.Tensors(), trainer.model.Params)
		requireCloseValue(t, at+"goodness loss", want.goodnessLoss, report.Goodness)
		requireCloseValue(t, at+"read-out loss", want.readoutLoss, report.Readout)
		requireCloseValue(t, at+"generative loss", want.generativeLoss, report.Generative)
		require.Equal(t, len(idx), report.Samples)
		require.Equal(t, correct, report.Correct)
	}
	require.Equal(t, clock{Rounds: 3 * n.oc.Rounds, Readout: 3, Top: 3 * want.updates, Down: 3}, trainer.clock)
}

// correct counts the samples that the read-out knows.
func (m *mended) correct(data *samples, idx []int) int {
	count := 0
	for _, i := range idx {
		_, yHat := oracle.Start(m.p, oracle.Matrix{widen(data.x[i])})
		if slices.Index(yHat[0], slices.Max(yHat[0])) == data.y[i] {
			count++
		}
	}
	return count
}

// drawnBatch returns the stacked batch with the negative labels that the
// trainer drew for it.
func drawnBatch(t *testing.T, trainer *Trainer, data *samples, idx []int) oracle.Batch {
	t.Helper()
	n, classes := len(idx), len(trainer.model.Config.Classes)
	b := oracle.Batch{Y: oracle.NewMatrix(2*n, classes), Positive: make([]float64, 2*n)}
	for r := range 2 * n {
		b.X = append(b.X, widen(data.x[idx[r%n]]))
		for c, v := range trainer.s.label.Row(r) {
			if v != 0 {
				require.Equal(t, trainer.model.Config.LabelScale, v)
				b.Y[r][c]++
			}
		}
		require.Equal(t, 1.0, sum(b.Y[r]), "row %d is one-hot", r)
		if r < n {
			b.Positive[r] = 1
		}
		require.Equal(t, b.Positive[r], b.Y[r][data.y[idx[r%n]]], "row %d: true label if and only if positive", r)
	}
	return b
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// TestDrivenBatchesMatchOracle learns batches the reference's way, through the
// trainer itself: labels, latents and clocks as it sets them.
func TestDrivenBatchesMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		n.model.Config.Latent = model.Latent{Start: 0.5, Rate: float32(n.oc.Beta), BatchMean: true, Driven: true}
		data := n.samples(16)
		trainer, err := NewTrainer(n.model, n.settings(), 1)
		require.NoError(t, err)
		defer trainer.Close()
		learner := oracle.NewLearner(n.oc, n.op.Clone())
		for k, idx := range [][]int{{0, 1, 2, 3, 4, 5}, {11, 10, 9, 8, 7, 6}, {12, 13, 14, 15}} {
			trainer.batch = k
			report, err := trainer.learn(data, idx, 1)
			require.NoError(t, err)
			b := drawnBatch(t, trainer, data, idx)
			rounds := learner.Batch(b, oracle.Constant(len(b.X), n.oc.Latents, 0.5), make([]oracle.Noise, n.oc.Rounds))
			var goodness, readout, generative float64
			for _, r := range rounds {
				goodness += sum(r.Losses) / float64(len(rounds))
				readout += r.ReadoutLoss / float64(len(rounds))
				generative += r.Generation.Loss() / float64(len(rounds))
			}
			requireCloseTensors(t, "value", n.oc.Group, learner.Params.Tensors(), trainer.model.Params)
			requireCloseValue(t, "goodness loss", goodness, report.Goodness)
			requireCloseValue(t, "read-out loss", readout, report.Readout)
			requireCloseValue(t, "generative loss", generative, report.Generative)
			require.Zero(t, report.Correct)
		}
		steps := 3 * n.oc.Rounds
		require.Equal(t, clock{steps, steps, steps, steps}, trainer.clock)
	})
}

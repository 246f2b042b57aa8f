package runtime

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
)

// TestHardestMatchOracle: read-out and generative circuit learn the whole batch,
// the rounds only the samples of whose label the read-out was least sure.
func TestHardestMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		n.oc.LatentPerSample, n.oc.Contrast = true, 0.7
		data, want, set := n.samples(17), newMended(n), n.settings()
		set.Contrast, set.Hardest = 0.7, 0.5
		set.ReadoutDriven, set.GeneratorDriven, set.HardNegatives = false, false, true
		trainer, err := NewTrainer(n.model, set, 1)
		require.NoError(t, err)
		defer trainer.Close()
		for k, idx := range [][]int{{0, 1, 2, 3, 4, 5}, {11, 10, 9, 8, 7, 6}, {12, 13, 14, 15, 16}, {3, 2, 1, 0, 5, 4}} {
			trainer.batch = k
			hard := want.hardest(data, idx, (len(idx)+1)/2)
			report, err := trainer.learn(data, idx, 1)
			require.NoError(t, err)
			whole, few := stacked(n, data, idx), drawnBatch(t, trainer, data, hard)
			start, _ := oracle.Start(want.p, few.X) // all start states come before any learning
			all, _ := oracle.Start(want.p, whole.X)
			want.learnStart(whole, all)
			want.learnRounds(few, start)

			at := fmt.Sprintf("batch %d: ", k+1)
			requireCloseTensors(t, at+"value", n.oc.Group, want.p.Tensors(), trainer.model.Params)
			requireCloseValue(t, at+"goodness loss", want.goodnessLoss, report.Goodness)
			requireCloseValue(t, at+"read-out loss", want.readoutLoss, report.Readout)
			requireCloseValue(t, at+"generative loss", want.generativeLoss, report.Generative)
			require.Equal(t, len(idx), report.Samples)
		}
	})
}

// hardest returns the m samples of idx, in its order, of whose label the
// read-out is least sure.
func (m *mended) hardest(data *samples, idx []int, count int) []int {
	certainty := func(i int) float64 {
		_, yHat := oracle.Start(m.p, oracle.Matrix{widen(data.x[i])})
		return yHat[0][data.y[i]]
	}
	bySurprise := slices.Clone(idx)
	slices.SortFunc(bySurprise, func(a, b int) int {
		if certainty(a) < certainty(b) {
			return -1
		}
		return 1
	})
	var hard []int
	for _, i := range idx {
		if slices.Contains(bySurprise[:count], i) {
			hard = append(hard, i)
		}
	}
	return hard
}

// stacked returns the batch with some wrong label in its negative rows.
func stacked(n *network, data *samples, idx []int) oracle.Batch {
	rows := len(idx)
	b := oracle.Batch{Y: oracle.NewMatrix(2*rows, n.oc.Classes), Positive: make([]float64, 2*rows)}
	for r := range 2 * rows {
		i := idx[r%rows]
		b.X = append(b.X, widen(data.x[i]))
		label := data.y[i]
		if r < rows {
			b.Positive[r] = 1
		} else {
			label = (label + 1) % n.oc.Classes
		}
		b.Y[r][label] = 1
	}
	return b
}

// TestHardestShares rounds up, and leaves driven circuits all samples.
func TestHardestShares(t *testing.T) {
	set := Settings{}
	require.Equal(t, 7, set.RoundSamples(7))
	for share, want := range map[float64]int{1e-9: 1, 0.3: 3, 0.5: 4, 0.9: 7, 1: 7} {
		set.Hardest = share
		require.Equal(t, want, set.RoundSamples(7), "%v", share)
		for _, driven := range []Settings{{Hardest: share, ReadoutDriven: true}, {Hardest: share, GeneratorDriven: true}} {
			require.Equal(t, 7, driven.RoundSamples(7))
		}
	}
	for _, share := range []float64{-0.1, 1.1, float64(nan)} {
		n := newNetwork(shapes[0], 13, 5, 4)
		bad := n.settings()
		bad.Hardest = share
		requireError(t, ErrSettings, bad.Validate)
	}
}

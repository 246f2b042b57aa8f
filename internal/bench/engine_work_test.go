package bench

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// countable is a network so small that its multiply-adds can be counted by
// hand: 3 inputs, 4 and 5 units in groups of 3, 2 classes, 2 latents, 2 samples
// a batch, 2 rounds.
func countable() (*model.Config, *runtime.Settings) {
	c := &model.Config{
		Input: inputOf(3), Hidden: []int{4, 5}, Classes: classNames(2), Group: 3, Rounds: 2, Latents: 2,
		GoodnessSteps: 2, Latent: model.Latent{Moves: 3},
	}
	return c, &runtime.Settings{Batch: 2}
}

// TestWorkByHand: the blocks of groups of 3 hold 9+1 and 9+4 lateral weights.
func TestWorkByHand(t *testing.T) {
	const (
		start   = 2*3*4 + 2*4*5
		readout = 2 * 5 * 2
		// No layer's states differ between the halves yet.
		forward0  = (2*5*4 + 2*10) + (4*5 + 2*13)
		gradient0 = (2*3*4 + 2*5*4 + 2*10 + 4*4) + (2*4*5 + 4*5 + 2*13 + 4*5)
		// Only the input's do not.
		forward1  = (2*3*4 + 4*5*4 + 4*10) + (4*4*5 + 4*5 + 4*13)
		gradient1 = forward1 + 4*4 + 4*5
		driven    = 3*4*2*5 + 2*(4*5*4+4*4*3) // of a round
		// Without noise neither do the first layer's.
		quiet1         = (2*3*4 + 4*5*4 + 2*10) + (2*4*5 + 4*5 + 4*13)
		quietGradient1 = quiet1 + 4*4 + 4*5
		fromStart      = 3*(3*2*2*5) + 2*(2*5*4+2*4*3)
	)
	c, set := countable()
	set.Noise, set.ReadoutDriven, set.GeneratorDriven = 0.1, true, true
	require.EqualValues(t, start+2*2*readout+forward0+gradient0+forward1+gradient1, LearnWork(c, set))
	set.Generative = true
	require.EqualValues(t, start+2*2*readout+forward0+gradient0+forward1+gradient1+2*driven, LearnWork(c, set))

	c, set = countable()
	require.EqualValues(t, start+2*readout+forward0+gradient0+quiet1+quietGradient1, LearnWork(c, set))
	set.Generative = true
	require.EqualValues(t, start+2*readout+forward0+gradient0+quiet1+quietGradient1+fromStart, LearnWork(c, set))
}

// TestContrastWorkByHand: one of two samples is learnt in the rounds, the first
// layer rests in round 0, and n(x)·W1 serves in round 1 as it is. Of three moves
// Gy learns at two.
func TestContrastWorkByHand(t *testing.T) {
	const (
		start     = 2*3*4 + 2*4*5
		readout   = 2 * 5 * 2
		forward0  = (1*5*4 + 1*10) + (2*5 + 1*13)
		gradient0 = 1*4*5 + 2*5 + 1*13 + 2*5
		forward1  = (2*5*4 + 1*10) + (1*4*5 + 2*5 + 2*13)
		gradient1 = (1*3*4 + 2*5*4 + 1*10 + 2*4) + (1*4*5 + 2*5 + 2*13 + 2*5)
		fromStart = (2*3+2)*2*2*5 + 2*(2*5*4+2*4*3)
		first     = (3+5+1)*4 + 10
		second    = (4+2+1)*5 + 13
	)
	c, set := countable()
	set.Contrast, set.Hardest, set.TopUpdates = 2, 0.5, 2
	require.EqualValues(t, start+2*readout+forward0+gradient0+forward1+gradient1, LearnWork(c, set))
	require.EqualValues(t, 24*(first+2*second+5*2+2), UpdateBytes(c, set))
	set.Generative = true
	require.EqualValues(t, start+2*readout+forward0+gradient0+forward1+gradient1+fromStart, LearnWork(c, set))
}

// TestPredictionWorkByHand of one sample: the labels tell apart the second
// layer's states before the second step, and nothing before the first.
func TestPredictionWorkByHand(t *testing.T) {
	c, _ := countable()
	work, known := PredictWork(c, runtime.Readout, 1)
	require.True(t, known)
	require.EqualValues(t, 3*4+4*5+5*2, work)
	work, known = PredictWork(c, runtime.Goodness, 1)
	require.True(t, known)
	step0 := (5*4 + 10) + (2*5 + 13)
	step1 := (2*5*4 + 10) + (4*5 + 2*5 + 2*13)
	require.EqualValues(t, 3*4+4*5+step0+step1, work)
	_, known = PredictWork(c, "auto", 1)
	require.False(t, known)
}

// TestWorkOfTheReference in products of 1000×2000 by 2000×2000: "about 90 and
// 9 of them" at 2 × 2000 and 2 × 500.
func TestWorkOfTheReference(t *testing.T) {
	for hidden, want := range map[int]float64{2000: 90, 500: 9} {
		set, c, err := runtime.Preset("reference")
		require.NoError(t, err)
		c.Input, c.Classes, c.Hidden = model.Image(28, 28), classNames(10), []int{hidden, hidden}
		units := LearnWork(&c, &set) / (1000 * 2000 * 2000)
		t.Logf("2×%d: %.2f units", hidden, units)
		require.InEpsilon(t, want, units, 0.12)
	}
}

func TestUpdateBytesByHand(t *testing.T) {
	const (
		representation = (3+5+1)*4 + 10 + (4+2+1)*5 + 13
		readout        = 5*2 + 2
		top, down      = 2 * 5, 5*4 + 4*3
	)
	c, set := countable()
	require.EqualValues(t, 24*(2*representation+readout), UpdateBytes(c, set))
	require.EqualValues(t, representation+readout, learntWeights(c, set))
	set.Generative = true
	require.EqualValues(t, 24*(2*representation+readout+3*top+down), UpdateBytes(c, set))
	require.EqualValues(t, representation+readout+top+down, learntWeights(c, set))
	set.ReadoutDriven, set.GeneratorDriven = true, true
	require.EqualValues(t, 24*2*(representation+readout+top+down), UpdateBytes(c, set))
}

// TestWeightsAreTheModels: what is counted is what a model holds.
func TestWeightsAreTheModels(t *testing.T) {
	c, set := countable()
	set.Generative = true
	total := int64(0)
	for _, tensor := range model.NewParams(c).Tensors() {
		total += tensor.Count(c.Group)
	}
	require.EqualValues(t, total, learntWeights(c, set))
}

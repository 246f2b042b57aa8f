package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestGeneratorOff leaves the generative circuit alone and changes nothing
// else.
func TestGeneratorOff(t *testing.T) {
	for _, driven := range []bool{false, true} {
		var after [2]*model.Params
		for i, generative := range []bool{false, true} {
			n := newNetwork(shapes[3], 13, 5, 4)
			set := n.settings()
			set.Generative, set.ReadoutDriven, set.GeneratorDriven = generative, driven, driven
			before := n.model.Params.Clone()
			trainer, err := NewTrainer(n.model, set, 1)
			require.NoError(t, err)
			report, err := trainer.learn(n.samples(6), []int{0, 1, 2, 3, 4, 5}, 1)
			require.NoError(t, err)
			require.Equal(t, generative, report.Generative != 0)
			trainer.Close()
			after[i] = n.model.Params
			require.Equal(t, !generative, sameBits(before.GenTop.Data, after[i].GenTop.Data))
			for l := range after[i].Gen {
				require.Equal(t, !generative, sameBits(before.Gen[l].Data, after[i].Gen[l].Data))
				after[i].Gen[l] = before.Gen[l]
			}
			after[i].GenTop = before.GenTop
		}
		requireSameParams(t, after[0], after[1], "representation and read-out")
	}
}

// TestRateScale multiplies the rate of every optimiser.
func TestRateScale(t *testing.T) {
	for _, driven := range []bool{false, true} {
		learn := func(rate, scale float64) *model.Params {
			n := newNetwork(shapes[3], 13, 5, 4)
			set := n.settings()
			set.ReadoutDriven, set.GeneratorDriven = driven, driven
			set.Adam.Rate, set.GenAdam.Rate = rate, rate
			trainer, err := NewTrainer(n.model, set, 1)
			require.NoError(t, err)
			defer trainer.Close()
			_, err = trainer.learn(n.samples(6), []int{0, 1, 2, 3, 4, 5}, scale)
			require.NoError(t, err)
			return n.model.Params
		}
		requireSameParams(t, learn(0.005, 1), learn(0.01, 0.5), "half the rate")
		require.False(t, sameParams(learn(0.01, 1), learn(0.01, 0.5)))
	}
}

// TestRestartSchedule falls twice, whatever the number of batches.
func TestRestartSchedule(t *testing.T) {
	set := Settings{Epochs: 13, Schedule: Restart}
	for done, want := range map[float64]float64{0: 1, 2.5: 0.5, 5: 1, 9: 0.5, 11: 0.1464466094067262, 13: 0} {
		require.InDelta(t, want, set.scaleAt(done), 1e-15, "after %v epochs", done)
	}
	set.Epochs = 9
	require.InDelta(t, 0.5, set.scaleAt(4.5), 1e-15)
}

func TestCosineSchedule(t *testing.T) {
	trainer := &Trainer{set: Settings{Epochs: 2, Schedule: Cosine}}
	var got []float64
	for trainer.epoch = range 2 {
		for trainer.batch = range 2 {
			got = append(got, trainer.rateScale(2))
		}
	}
	require.InDeltaSlice(t, []float64{1, 0.8535533905932737, 0.5, 0.1464466094067262}, got, 1e-15)
	trainer.set.Schedule = Restart
	require.Equal(t, got[3], trainer.rateScale(2), "a run of 2 epochs has no time for a second cosine")
	trainer.set.Schedule = Constant
	require.Equal(t, 1.0, trainer.rateScale(2))
}

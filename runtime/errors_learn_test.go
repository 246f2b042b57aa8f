package runtime

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// TestLearningRefusesBadSamples without having learned anything from their
// batch.
func TestLearningRefusesBadSamples(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		for name, spoil := range map[string]func(data *samples){
			"label too large": func(data *samples) { data.y[8] = 5 },
			"label negative":  func(data *samples) { data.y[8] = -1 },
			"NaN":             func(data *samples) { data.x[8][12] = nan },
			"infinite":        func(data *samples) { data.x[8][0] = float32(math.Inf(-1)) },
		} {
			t.Run(name, func(t *testing.T) {
				data := blobs(13, 13, 5, 1, 0.1)
				spoil(data)
				trainer := s.trainer(t, 1)
				learned := 0
				requireError(t, ErrSample, func() error {
					return trainer.Fit(background, data, func(Report) { learned++ }, nil)
				})
				twin := s.trainer(t, 1)
				fitUntil(t, twin, blobs(13, 13, 5, 1, 0.1), learned)
				requireSameTrainer(t, twin, trainer)

				// Mended data let it go on as if nothing had been wrong.
				require.NoError(t, trainer.Fit(background, blobs(13, 13, 5, 1, 0.1), nil, nil))
				require.NoError(t, twin.Fit(background, blobs(13, 13, 5, 1, 0.1), nil, nil))
				requireSameTrainer(t, twin, trainer)
			})
		}
	})
}

func TestFitStops(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		trainer := s.trainer(t, 1)
		before := trainer.Snapshot()
		requireError(t, ErrSample, func() error { return trainer.Fit(background, &samples{}, nil, nil) })
		ctx, cancel := context.WithCancel(background)
		cancel()
		requireError(t, context.Canceled, func() error { return trainer.Fit(ctx, blobs(13, 13, 5, 1, 0.1), nil, nil) })
		require.Equal(t, before, trainer.Snapshot(), "nothing learned")
	})
}

func TestFitMixturesRefusesBadSamples(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	for _, label := range []int{-1, 5} {
		data := n.samples(20)
		data.y[7] = label
		requireError(t, ErrSample, func() error { return FitMixtures(background, n.session(t, 1), data, 1) })
	}
	data := n.samples(20)
	data.x[7][3] = nan
	requireError(t, ErrInput, func() error { return FitMixtures(background, n.session(t, 1), data, 1) })
	require.Nil(t, n.model.Overall, "nothing was fitted")
	require.Nil(t, n.model.PerClass)

	require.NoError(t, FitMixtures(background, n.session(t, 1), &samples{}, 1))
	requireError(t, ErrNoMixture, func() error {
		return n.session(t, 1).Imagine(background, simd.NewMatrix(1, 13), AnyClass, 1)
	})
}

// TestDivergence: with an absurd rate, learning either reports it or leaves
// finite parameters.
func TestDivergence(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		diverged := 0
		for _, rate := range []float64{1, 1e3, 1e6, 1e12, 1e19, 1e25, 1e38, 1e300} {
			for _, rounds := range []int{1, 4} {
				SetRounds(&s.config, rounds)
				s.set.setRates(rate)
				if !s.staysFinite(t) {
					diverged++
				}
			}
		}
		require.Positive(t, diverged)
	})
}

// TestDivergenceInTheLastBatch, which no other batch follows to notice it.
func TestDivergenceInTheLastBatch(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		s.set.Epochs, s.set.Batch = 1, 13
		s.set.setRates(1e300)
		SetRounds(&s.config, 1)
		require.False(t, s.staysFinite(t))
	})
}

// staysFinite trains, demands ErrDiverged or a valid model, and tells which.
func (s *style) staysFinite(t *testing.T) bool {
	t.Helper()
	trainer := s.trainer(t, 1)
	var err error
	require.NotPanics(t, func() { err = trainer.Fit(background, blobs(13, 13, 5, 1, 0.1), nil, nil) })
	if err != nil {
		require.ErrorIs(t, err, ErrDiverged)
		return false
	}
	require.NoError(t, trainer.Snapshot().Validate(), "rate %v", s.set.Adam.Rate)
	return true
}

// setRates gives every optimiser one rate.
func (s *Settings) setRates(rate float64) {
	s.Adam.Rate, s.GenAdam.Rate, s.SGDRate, s.GenSGDRate = rate, rate, rate, rate
}

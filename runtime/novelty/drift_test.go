package novelty

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func newDrift(t testing.TB, o DriftOptions) *Drift {
	d, err := NewDrift(o)
	require.NoError(t, err)
	return d
}

func update(t testing.TB, d *Drift, score float64) State {
	s, err := d.Update(score)
	require.NoError(t, err)
	return s
}

// TestFalseAlarms are no more frequent than stated, for uniform scores without a
// tolerance, and for scores as far from uniform as the tolerance allows.
func TestFalseAlarms(t *testing.T) {
	const alarm, n = 200, 400_000
	for name, c := range map[string]struct {
		o     DriftOptions
		shift float64
	}{
		"uniform": {DriftOptions{Alarm: alarm, Tolerance: -1}, 0},
		"within":  {DriftOptions{Alarm: alarm, Tolerance: 0.03}, 0.03},
	} {
		d, r := newDrift(t, c.o), random(1)
		for range n {
			update(t, d, min(r.Float64()+c.shift, 1))
		}
		seen, alarms := d.Seen()
		require.EqualValues(t, n, seen)
		require.Less(t, float64(alarms), n/alarm*1.05, name)
	}
}

// TestMeanTimeToWarning is no less than stated.
func TestMeanTimeToWarning(t *testing.T) {
	const warn, runs = 30, 3000
	d, r, sum := newDrift(t, DriftOptions{Alarm: 1e12, Warn: warn, Tolerance: -1}), random(3), 0
	for range runs {
		d.Reset()
		for sum++; update(t, d, r.Float64()) == Steady; sum++ {
		}
	}
	require.Greater(t, float64(sum)/runs, warn*0.95)
}

// TestDriftIsFound, whether all samples are a little more unusual or a few are very
// unusual; a warning comes first, and the detector begins anew.
func TestDriftIsFound(t *testing.T) {
	r := random(4)
	for name, draw := range map[string]func() float64{
		"all": func() float64 { return math.Sqrt(r.Float64()) },
		"few": func() float64 {
			if r.IntN(5) == 0 {
				return 1 - r.Float64()/100
			}
			return r.Float64()
		},
	} {
		d, warned := newDrift(t, DriftOptions{}), false
		state, n := Steady, 0
		for ; state != Drifting && n < 1000; n++ {
			state = update(t, d, draw())
			warned = warned || state == Warning
		}
		require.Less(t, n, 300, name)
		require.True(t, warned)
		require.Equal(t, Steady, d.State())
		require.Zero(t, d.Evidence())
	}
}

// TestUsualScoresNeverDrift: less unusual than before is no change to warn of.
func TestUsualScoresNeverDrift(t *testing.T) {
	d, r := newDrift(t, DriftOptions{Alarm: 100}), random(5)
	for range 20_000 {
		require.NotEqual(t, Drifting, update(t, d, r.Float64()*r.Float64()))
	}
}

func TestBadScores(t *testing.T) {
	d := newDrift(t, DriftOptions{})
	update(t, d, 0.7)
	before := encoded(t, d)
	for _, s := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := d.Update(s)
		require.ErrorIs(t, err, ErrSignal)
	}
	require.Equal(t, before, encoded(t, d))
}

func TestDriftOptions(t *testing.T) {
	nan := math.NaN()
	for _, o := range []DriftOptions{
		{Alarm: 9}, {Alarm: 1e13}, {Alarm: nan}, {Warn: 0.5}, {Warn: 1e5}, {Warn: nan}, {Tolerance: 0.6}, {Tolerance: nan},
	} {
		_, err := NewDrift(o)
		require.ErrorIs(t, err, ErrOptions, "%+v", o)
	}
	require.Equal(t, DriftOptions{10_000, 1000, 0.02}, newDrift(t, DriftOptions{}).opt)
}

func TestStateNames(t *testing.T) {
	require.Equal(t, []string{"steady", "warning", "drift", "state 3"}, []string{Steady.String(), Warning.String(), Drifting.String(), State(3).String()})
}

package novelty

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// distance is that of Kolmogorov between scores and the uniform distribution.
func distance(scores []float64) (d float64) {
	slices.Sort(scores)
	n := float64(len(scores))
	for i, s := range scores {
		d = max(d, s-float64(i)/n, float64(i+1)/n-s)
	}
	return d
}

// TestScoresAreUniform for samples of the known kind, within what 5000 samples
// counted and 5000 scored leave to chance once in a thousand times (Smirnov).
func TestScoresAreUniform(t *testing.T) {
	const n = 5000
	bound := 1.95 * math.Sqrt(2.0/n)
	for seed := range uint64(3) {
		g, r := calibrated(t, n, seed), random(seed+100)
		all, classes := make([]float64, n), make([][]float64, 4)
		for i := range all {
			s := known(r, 4)
			score, err := g.Score(s)
			require.NoError(t, err)
			all[i] = score
			c, err := g.ClassScore(s)
			require.NoError(t, err)
			classes[s.Class] = append(classes[s.Class], c)
		}
		require.Less(t, distance(all), bound)
		for _, scores := range classes {
			require.Less(t, distance(scores), 2*bound, "a quarter of the samples")
		}
	}
}

func TestUnknownScoresAreHigh(t *testing.T) {
	g, r := calibrated(t, 2000, 1), random(2)
	high := 0
	for range 1000 {
		score, err := g.Score(unknown(r, 4))
		require.NoError(t, err)
		require.True(t, score >= 0 && score < 1)
		if score > 0.95 {
			high++
		}
	}
	require.Greater(t, high, 900)
}

// TestScoresRise with each term that the statistic sums, whatever the size.
func TestScoresRise(t *testing.T) {
	g := calibrated(t, 2000, 1)
	for _, change := range []func(s *Signal, by float32){
		func(s *Signal, by float32) { s.Lead -= by },
		func(s *Signal, by float32) { s.Energy -= by },
		func(s *Signal, by float32) { s.Error += by },
	} {
		last, before := -1.0, math.Inf(-1)
		for _, by := range []float32{0, 0.1, 1, 10, 1e10, 1e30, math.MaxFloat32 / 2} {
			s := Signal{Lead: 5, Energy: 3, Error: 0.2}
			change(&s, by)
			score, err := g.Score(s)
			require.NoError(t, err)
			v, err := g.Statistic(s)
			require.NoError(t, err)
			require.True(t, score >= last && score < 1 && v >= before && !math.IsInf(v, 0), "%v", by)
			last, before = score, v
		}
		require.InDelta(t, 2000.0/2001, last, 1e-12)
	}
}

func TestUncalibrated(t *testing.T) {
	g, err := NewGauge(Options{Classes: 4})
	require.NoError(t, err)
	fill(t, g, ScaleSamples-1, 1)
	_, err = g.Statistic(Signal{})
	require.ErrorIs(t, err, ErrUncalibrated)
	fill(t, g, 1, 2)
	_, err = g.Statistic(Signal{})
	require.NoError(t, err)
	_, err = g.Score(Signal{})
	require.ErrorIs(t, err, ErrUncalibrated)
	require.NoError(t, g.Add(Signal{Class: 1}))
	_, err = g.Score(Signal{})
	require.NoError(t, err)
	_, err = g.ClassScore(Signal{})
	require.ErrorIs(t, err, ErrUncalibrated)
	_, err = g.ClassScore(Signal{Class: 1})
	require.NoError(t, err)
}

// TestMoments are those of the samples counted.
func TestMoments(t *testing.T) {
	g, r := calibrated(t, 0, 1), random(9)
	var energy []float64
	for range 3000 {
		s := known(r, 4)
		require.NoError(t, g.Add(s))
		if s.Class == 2 {
			energy = append(energy, float64(s.Energy))
		}
	}
	mean, square := 0.0, 0.0
	for _, v := range energy {
		mean += v / float64(len(energy))
	}
	for _, v := range energy {
		square += (v - mean) * (v - mean) / float64(len(energy)-1)
	}
	m := g.Moments(2, Energy)
	require.Equal(t, len(energy), m.N)
	require.InDelta(t, mean, m.Mean, 1e-9)
	require.InDelta(t, math.Sqrt(square), m.Std, 1e-9)
	require.Equal(t, 3000, g.Moments(AllClasses, Error).N)
	for _, class := range []int{-2, 4} {
		require.Zero(t, g.Moments(class, Energy))
	}
	require.Zero(t, g.Moments(0, Kind(5)))
}

// TestBadSignals are refused and change nothing.
func TestBadSignals(t *testing.T) {
	g := calibrated(t, 10, 1)
	before := encoded(t, g)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, s := range []Signal{
		{Class: -1}, {Class: 4}, {Surprise: nan}, {Lead: inf}, {Energy: -inf}, {Error: nan}, {Error: inf}, {Error: -1},
		{Confidence: -0.1}, {Confidence: 1.1}, {Confidence: nan},
	} {
		require.ErrorIs(t, g.Add(s), ErrSignal, "%+v", s)
		for _, score := range []func(Signal) (float64, error){g.Statistic, g.Score, g.ClassScore} {
			_, err := score(s)
			require.ErrorIs(t, err, ErrSignal, "%+v", s)
		}
	}
	require.Equal(t, before, encoded(t, g))
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Classes: -1}, {Classes: 1 << 20}, {Classes: 2, Memory: 1023}, {Classes: 2, Memory: -1}, {Classes: 2, Memory: MaxMemory + 1}} {
		_, err := NewGauge(o)
		require.ErrorIs(t, err, ErrOptions, "%+v", o)
	}
}

func TestGrow(t *testing.T) {
	g := calibrated(t, 100, 1)
	require.ErrorIs(t, g.Grow(3), ErrOptions)
	require.ErrorIs(t, g.Grow(1<<20), ErrOptions)
	require.NoError(t, g.Grow(6))
	require.Equal(t, 6, g.Classes())
	require.NoError(t, g.Add(Signal{Class: 5}))
	require.Equal(t, encoded(t, g), encoded(t, decoded(t, encoded(t, g))))
}

// TestMemoryFollows: a gauge with a short memory scores a kind that it has met
// lately as usual, and one with a long memory does not.
func TestMemoryFollows(t *testing.T) {
	var means []float64
	for _, memory := range []int{1024, 0} {
		g, err := NewGauge(Options{Classes: 4, Memory: memory})
		require.NoError(t, err)
		fill(t, g, 5000, 1)
		r, sum := random(2), 0.0
		for range 5000 {
			require.NoError(t, g.Add(unknown(r, 4)))
		}
		for range 1000 {
			score, err := g.Score(unknown(r, 4))
			require.NoError(t, err)
			sum += score / 1000
		}
		means = append(means, sum)
		require.Less(t, g.Moments(AllClasses, Lead).N, 10_001)
	}
	require.InDelta(t, 0.5, means[0], 0.05)
	require.Greater(t, means[1], 0.7)
}

func TestKindNames(t *testing.T) {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.String())
	}
	require.Equal(t, []string{"surprise", "lead", "confidence", "energy", "error"}, names)
	require.Equal(t, "kind -1", Kind(-1).String())
}

package ridge

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// oracleFeature computes feature j of x in float64 from the definition.
func oracleFeature(c *Classifier, x []float32, j int) float64 {
	p := c.projection
	sum, square, w := 0.0, 0.0, newWindow(&c.opt, j)
	for i, v := range x {
		code := math.RoundToEven(math.Min(127, float64(v)*127))
		if weight := float64(p.weights.Data[p.weights.Index(i, j)]); w.has(i) {
			sum += code * weight * float64(w.gain(len(x)))
		}
		square += code * code
	}
	if square > 0 {
		sum /= math.Sqrt(square) * weightUnit
	}
	return math.Min(127, math.Max(0, unit*sum+float64(p.bias[j])))
}

// TestFeaturesAgreeWithTheirDefinition up to rounding to whole codes.
func TestFeaturesAgreeWithTheirDefinition(t *testing.T) {
	for _, width := range []int{0, 5, 20, 1} {
		requireFeatures(t, width)
	}
}

func requireFeatures(t *testing.T, width int) {
	opt := small
	opt.Width = width
	c, s := newTest(t, opt), clouds(30, 20, 3, 1)
	clear(s.x.Row(7))
	for i := range 30 {
		phi, zeros := c.features(s.x.Row(i)), 0
		for j := range small.Features {
			require.InDelta(t, oracleFeature(c, s.x.Row(i), j), float64(phi[j]), 0.501, "feature %d of sample %d", j, i)
			if phi[j] == 0 {
				zeros++
			}
		}
		require.Equal(t, make([]uint8, len(phi)-small.Features), phi[small.Features:])
		require.EqualValues(t, constant, phi[small.Features-1])
		require.InDelta(t, 35, zeros, 22)
	}
}

// oracle solves (ΦᵀΦ + λI)·W = ΦᵀY in float64 by elimination, from the features.
func oracle(c *Classifier, s samples, classes int) [][]float64 {
	f := c.opt.Features
	a := make([][]float64, f) // with ΦᵀY behind
	for i := range a {
		a[i] = make([]float64, f+classes)
	}
	energy := 0.0
	for n, label := range s.labels {
		phi := c.features(s.x.Row(n))[:f]
		for i, v := range phi {
			for j, w := range phi {
				a[i][j] += float64(v) * float64(w)
			}
			a[i][f+label] += float64(v)
			energy += float64(v) * float64(v)
		}
	}
	for i := range a {
		a[i][i] += c.opt.Lambda * energy / float64(f*len(s.labels))
	}
	eliminate(a)
	w := make([][]float64, classes)
	for k := range w {
		for i := range a {
			w[k] = append(w[k], a[i][f+k])
		}
	}
	return w
}

// eliminate makes the square of a the unit matrix.
func eliminate(a [][]float64) {
	for i, pivot := range a {
		for j := len(pivot) - 1; j >= i; j-- {
			pivot[j] /= pivot[i]
		}
		for k, row := range a {
			if factor := row[i]; k != i {
				for j := i; j < len(row); j++ {
					row[j] -= factor * pivot[j]
				}
			}
		}
	}
}

// TestWeightsAgreeWithTheOracle, also where λ is so small that the factor, in
// float32, is a poor one.
func TestWeightsAgreeWithTheOracle(t *testing.T) {
	for _, features := range []int{64, 70, 200} {
		for _, lambda := range []float64{1e4, 100, 1, 1e-3} {
			opt := Options{Inputs: 20, Features: features, Seed: 1, Lambda: lambda}
			s := clouds(400, 20, 4, 2)
			c := solve(t, filled(t, opt, s))
			want := oracle(c, s, 4)
			for k, w := range c.weights {
				largest := 0.0
				for _, v := range want[k] {
					largest = max(largest, math.Abs(v))
				}
				for j, v := range want[k] {
					require.InDelta(t, v, float64(w[j]), 2e-5*largest, "λ %v, class %d, feature %d", lambda, k, j)
				}
			}
		}
	}
}

// TestPredictionsAgreeWithTheOracle of samples that were not learnt.
func TestPredictionsAgreeWithTheOracle(t *testing.T) {
	s, fresh := clouds(300, 20, 4, 2), clouds(50, 20, 4, 3)
	c := solve(t, filled(t, small, s))
	want := oracle(c, s, 4)
	got, accuracy := fresh.scores(t, c)
	require.Greater(t, accuracy, 0.9)
	for i := range fresh.labels {
		phi := c.features(fresh.x.Row(i))
		for k, w := range want {
			sum := 0.0
			for j, v := range w {
				sum += v * float64(phi[j])
			}
			require.InDelta(t, sum, float64(got[4*i+k]), 1e-5)
		}
	}
}

// TestSolveEnds with its context, and keeps the solution before.
func TestSolveEnds(t *testing.T) {
	s := clouds(200, 20, 3, 4)
	c := solve(t, filled(t, small, s.some(0, 100)))
	before, _ := s.scores(t, c)
	s.some(100, 200).add(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, c.Solve(ctx), context.Canceled)
	after, _ := s.scores(t, c)
	require.Equal(t, before, after)
	require.EqualValues(t, 100, c.Behind())
	require.NoError(t, c.SolveEvery(ctx, 101))
	require.ErrorIs(t, c.SolveEvery(ctx, 100), context.Canceled)
	solve(t, c)
	require.Zero(t, c.Behind())
	require.NoError(t, c.Solve(ctx), "there is nothing to do")
}

// TestFactorOfASingularMatrix gets more on its diagonal, and the steps make up for
// that: all samples are one.
func TestFactorOfASingularMatrix(t *testing.T) {
	opt := small
	opt.Features, opt.Lambda = 300, MinLambda
	c, s := newTest(t, opt), clouds(1, 20, 1, 5)
	for range 5000 {
		require.NoError(t, c.Add(s.x.Row(0), 0))
	}
	solver := newSolver(c)
	c.flush()
	ok, err := solver.factor.compute(context.Background(), c.gram, 0)
	require.NoError(t, err)
	require.False(t, ok)
	scores, _ := s.scores(t, solve(t, c))
	require.InDelta(t, 1, scores[0], 1e-4)
}

// TestThreadsDoNotChangeBits of sums, solutions and predictions.
func TestThreadsDoNotChangeBits(t *testing.T) {
	opt := Options{Inputs: 50, Features: 300}
	s := clouds(200, 50, 5, 6)
	want, _ := s.scores(t, solve(t, filled(t, opt, s)))
	pool := simd.NewPool(3)
	defer pool.Close()
	c := newTest(t, opt)
	c.SetPool(pool)
	s.add(t, c)
	got, _ := s.scores(t, solve(t, c))
	require.Equal(t, want, got)
	c.SetPool(nil)
	got, _ = s.scores(t, c)
	require.Equal(t, want, got)
}

// TestInstructionSetsDoNotChangeSums: features and sums are whole numbers. Weights
// are nearly the same.
func TestInstructionSetsDoNotChangeSums(t *testing.T) {
	active := simd.Active()
	defer func() { require.NoError(t, simd.Use(active)) }()
	s := clouds(150, 20, 3, 7)
	opt := small
	opt.Width = 5
	c := filled(t, opt, s)
	want := encoded(t, c)
	scores, _ := s.scores(t, solve(t, c))
	for _, isa := range simd.Usable() {
		t.Run(fmt.Sprintf("isa=%s", isa), func(t *testing.T) {
			require.NoError(t, simd.Use(isa))
			c := filled(t, opt, s)
			require.Equal(t, want, encoded(t, c))
			got, _ := s.scores(t, solve(t, c))
			require.InDeltaSlice(t, scores, got, 1e-5)
		})
	}
}

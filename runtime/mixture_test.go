package runtime

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
)

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// planar are three Gaussians of unlike weights and shapes, well apart.
var planar = model.Mixture{
	{Weight: 0.5, Mean: []float32{0, 0}, Chol: []float32{1, 0, 0.5, 0.5}},
	{Weight: 0.3, Mean: []float32{10, 0}, Chol: []float32{0.5, 0, 0, 2}},
	{Weight: 0.2, Mean: []float32{0, 12}, Chol: []float32{2, 0, -1, 0.3}},
}

// draws returns n draws from x, made without the code under test.
func draws(x model.Mixture, n int, r *rand.Rand) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		g, u := x[0], r.Float64()
		for _, c := range x {
			g = c
			if u -= float64(c.Weight); u < 0 {
				break
			}
		}
		dim := len(g.Mean)
		eps := make([]float64, dim)
		for j := range eps {
			eps[j] = r.NormFloat64()
		}
		points[i] = widen(g.Mean)
		for a := range dim {
			for b := range a + 1 {
				points[i][a] += float64(g.Chol[a*dim+b]) * eps[b]
			}
		}
	}
	return points
}

// covariance returns Chol·Cholᵀ.
func covariance(g model.Gaussian) oracle.Matrix {
	dim := len(g.Mean)
	chol := oracle.NewMatrix(dim, dim)
	for i := range dim {
		copy(chol[i], widen(g.Chol[i*dim:(i+1)*dim]))
	}
	return oracle.Mul(chol, oracle.Transpose(chol))
}

// nearestComponent returns x's component whose mean is nearest.
func nearestComponent(x model.Mixture, mean []float32) model.Gaussian {
	best := x[0]
	for _, g := range x {
		if squaredDistance(widen(g.Mean), widen(mean)) < squaredDistance(widen(best.Mean), widen(mean)) {
			best = g
		}
	}
	return best
}

// TestFitRecoversGaussians from almost every start: now and then k-means++
// starts with two centres in one Gaussian, where expectation maximisation
// stays.
func TestFitRecoversGaussians(t *testing.T) {
	const starts = 20
	recovered := 0
	for seed := range uint64(starts) {
		got, err := fitMixture(background, draws(planar, 4000, newRandom(seed)), 3, newRandom(seed+100))
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.NoError(t, got.Validate(2))
		if isPlanar(got) {
			recovered++
		}
	}
	require.GreaterOrEqual(t, recovered, starts-2)
}

// isPlanar allows what 4,000 draws call for: four standard errors of a weight,
// a mean and a variance of the smallest component.
func isPlanar(x model.Mixture) bool {
	for _, want := range planar {
		g := nearestComponent(x, want.Mean)
		if math.Abs(float64(g.Weight-want.Weight)) > 0.03 ||
			squaredDistance(widen(g.Mean), widen(want.Mean)) > 0.3*0.3 ||
			deviation(covariance(want), covariance(g)) > 0.2 {
			return false
		}
	}
	return true
}

// TestFitMatchesOneGaussian: a single component is the data's own mean and
// covariance, but for the floor.
func TestFitMatchesOneGaussian(t *testing.T) {
	points := draws(planar[2:], 500, newRandom(1))
	got, err := fitMixture(background, points, 1, newRandom(2))
	require.NoError(t, err)
	mean, cov := []float64{0, 0}, oracle.NewMatrix(2, 2)
	for _, p := range points {
		mean[0], mean[1] = mean[0]+p[0]/500, mean[1]+p[1]/500
	}
	for _, p := range points {
		for a := range 2 {
			for b := range 2 {
				cov[a][b] += (p[a] - mean[a]) * (p[b] - mean[b]) / 500
			}
		}
	}
	require.InDeltaSlice(t, mean, widen(got[0].Mean), 1e-6)
	require.Less(t, deviation(cov, covariance(got[0])), 2*covarianceFloor)
	require.Equal(t, float32(1), got[0].Weight)
}

// TestFitRaisesLikelihood: every iteration of expectation maximisation gains,
// as long as the floor does not interfere.
func TestFitRaisesLikelihood(t *testing.T) {
	points := draws(planar, 600, newRandom(1))
	shares := startShares(points, 4, newRandom(2))
	parts := newComponents(4, len(points[0]))
	last := math.Inf(-1)
	for range 30 {
		for j := range parts {
			parts[j].maximise(points, shares, j, 0)
		}
		likelihood := expect(points, shares, parts)
		require.GreaterOrEqual(t, likelihood, last-1e-9)
		last = likelihood
		for i := range shares {
			require.InDelta(t, 1, sum(shares[i]), 1e-12)
		}
	}
}

// TestLogDensity checks a component against the density written out.
func TestLogDensity(t *testing.T) {
	// The covariance is (4 1; 1 2.5), its determinant 9.
	c := component{logWeight: math.Log(0.25), mean: []float64{1, -2}, chol: []float64{4, 99, 1, 2.5}}
	c.logDet = cholesky(c.chol, 2, 0)
	require.InDelta(t, math.Log(3), c.logDet, 1e-12)
	require.InDeltaSlice(t, []float64{2, 99, 0.5, 1.5}, c.chol, 1e-12, "what lies above the diagonal is not touched")
	p := []float64{2, 1} // offset (1, 3), the inverse covariance (2.5 −1; −1 4)/9
	require.InDelta(t, math.Log(0.25)-math.Log(3)-(2.5-6+36)/9/2, c.logDensity(p, make([]float64, 2), math.Inf(-1)), 1e-12)
}

func TestCholesky(t *testing.T) {
	r := newRandom(1)
	const n = 6
	factor := oracle.NewMatrix(n, n)
	logDet := 0.0
	for i := range n {
		for j := range i {
			factor[i][j] = r.NormFloat64()
		}
		factor[i][i] = 0.5 + r.Float64()
		logDet += math.Log(factor[i][i])
	}
	a := make([]float64, n*n)
	for i, row := range oracle.Mul(factor, oracle.Transpose(factor)) {
		copy(a[i*n:], row)
	}
	require.InDelta(t, logDet, cholesky(a, n, 1e-12), 1e-9)
	for i := range n {
		require.InDeltaSlice(t, factor[i][:i+1], a[i*n:i*n+i+1], 1e-9)
	}
}

// TestFitOfDegenerateData gives valid mixtures of what has no full covariance,
// or hardly any points.
func TestFitOfDegenerateData(t *testing.T) {
	r := newRandom(1)
	same := make([][]float64, 50)
	line := make([][]float64, 50)
	twoPlaces := make([][]float64, 50)
	huge := make([][]float64, 50)
	for i := range same {
		same[i] = []float64{0.1, -0.2, 0.3}
		line[i] = []float64{float64(i), float64(2 * i), float64(-i)}
		twoPlaces[i] = []float64{float64(i % 2), 0, 0}
		huge[i] = []float64{1e5 * r.NormFloat64(), 1e5, 1e-5 * r.NormFloat64()}
	}
	for name, points := range map[string][][]float64{
		"one point": same[:1], "two points": line[:2], "fewer points than dimensions": line[:3], "all equal": same,
		"zeros": {{0, 0, 0}, {0, 0, 0}}, "on a line": line, "two places": twoPlaces, "unlike scales": huge,
	} {
		for k := 1; k <= 10; k += 3 {
			t.Run(name, func(t *testing.T) {
				got, err := fitMixture(background, points, k, newRandom(2))
				require.NoError(t, err)
				require.NoError(t, got.Validate(3))
				require.LessOrEqual(t, len(got), k)
				requireNearData(t, got, points)
			})
		}
	}
	none, err := fitMixture(background, nil, 5, newRandom(1))
	require.NoError(t, err)
	require.Empty(t, none)
}

// requireNearData demands that components that can be drawn lie within the
// data's range.
func requireNearData(t *testing.T, x model.Mixture, points [][]float64) {
	t.Helper()
	for d := range points[0] {
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range points {
			low, high = min(low, p[d]), max(high, p[d])
		}
		slack := 1e-6 * (1 + max(math.Abs(low), math.Abs(high)))
		for _, g := range x {
			if g.Weight > 1e-6 {
				require.GreaterOrEqual(t, float64(g.Mean[d]), low-slack)
				require.LessOrEqual(t, float64(g.Mean[d]), high+slack)
			}
		}
	}
}

// TestFitIsDeterministic, and follows the seed where it matters.
func TestFitIsDeterministic(t *testing.T) {
	points := draws(planar, 300, newRandom(1))
	a, err := fitMixture(background, points, 5, newRandom(7))
	require.NoError(t, err)
	b, err := fitMixture(background, points, 5, newRandom(7))
	require.NoError(t, err)
	require.Equal(t, a, b)
	c, err := fitMixture(background, points, 5, newRandom(8))
	require.NoError(t, err)
	require.NotEqual(t, a, c)
}

func TestFitStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err := fitMixture(ctx, draws(planar, 10, newRandom(1)), 1, newRandom(1))
	require.ErrorIs(t, err, context.Canceled)
}

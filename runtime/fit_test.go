package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
)

// TestDrawLatentMoments draws from a mixture and looks at each component's
// share, mean and covariance.
func TestDrawLatentMoments(t *testing.T) {
	const n = 30000
	r := newRandom(3)
	var points [3][][]float64
	for range n {
		z := make([]float32, 2)
		drawLatent(z, planar, r)
		best := 0
		for j, g := range planar {
			if squaredDistance(widen(z), widen(g.Mean)) < squaredDistance(widen(z), widen(planar[best].Mean)) {
				best = j
			}
		}
		points[best] = append(points[best], widen(z))
	}
	for j, want := range planar {
		require.InDelta(t, want.Weight, float64(len(points[j]))/n, 0.015)
		got, err := fitMixture(background, points[j], 1, newRandom(1))
		require.NoError(t, err)
		require.InDeltaSlice(t, want.Mean, got[0].Mean, 0.15)
		require.Less(t, deviation(covariance(want), covariance(got[0])), 0.1)
	}
}

// TestDrawLatentKeepsToItsComponents when one has almost no spread.
func TestDrawLatentKeepsToItsComponents(t *testing.T) {
	x := model.Mixture{{Weight: 1, Mean: []float32{3, -4}, Chol: []float32{1e-6, 0, 0, 1e-6}}}
	z, r := make([]float32, 2), newRandom(1)
	for range 100 {
		drawLatent(z, x, r)
		require.InDeltaSlice(t, []float32{3, -4}, z, 1e-5)
	}
}

// TestFitMixturesUsesEachClass: each class's mixture is that of its own
// latents.
func TestFitMixturesUsesEachClass(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	data := n.samples(230) // over a chunk of 200
	session := n.session(t, 1)
	require.NoError(t, FitMixtures(background, session, data, 1))
	m := session.Model()
	require.NoError(t, m.Validate())
	require.Len(t, m.PerClass, 5)
	n.oc.LatentPerSample = true
	for class, x := range m.PerClass {
		var own oracle.Matrix
		for i, y := range data.y {
			if y == class {
				own = append(own, widen(data.x[i]))
			}
		}
		latents := oracle.InferLatent(n.oc, n.op, own, 1, m.Config.Latent.Moves)
		requireMean(t, latents, x)
	}
	requireMean(t, oracle.InferLatent(n.oc, n.op, fromSimd(data.matrix()), 1, m.Config.Latent.Moves), m.Overall)
}

// requireMean compares the mean of the data with that of the mixture:
// expectation maximisation keeps it.
func requireMean(t *testing.T, points oracle.Matrix, x model.Mixture) {
	t.Helper()
	want := oracle.Scale(1/float64(len(points)), oracle.Matrix{oracle.SumRows(points)})
	got := oracle.NewMatrix(1, len(want[0]))
	for _, g := range x {
		for d, v := range g.Mean {
			got[0][d] += float64(g.Weight) * float64(v)
		}
	}
	require.Less(t, deviation(want, got), 1e-4)
}

// TestFitMixturesBoundsItsMemory: of a class of any size, little more than
// maxLatentSamples latents are kept.
func TestFitMixturesBoundsItsMemory(t *testing.T) {
	n := newNetwork(shape{[]int{4}, 4}, 3, 5, 2)
	session := n.session(t, 1)
	data := n.samples(maxLatentSamples + 3*session.AtOnce())
	for i := range data.y {
		data.y[i] = min(i, 1) // one of class 0, all others of class 1
	}
	all, err := session.latentsByClass(background, data)
	require.NoError(t, err)
	require.Len(t, all, 5)
	require.Len(t, all[0], 1)
	require.GreaterOrEqual(t, len(all[1]), maxLatentSamples)
	require.LessOrEqual(t, len(all[1]), maxLatentSamples+session.AtOnce())
}

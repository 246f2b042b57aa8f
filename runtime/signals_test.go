package runtime

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// TestSignalsAreWhatTheOthersSay: Surprise, Predict and Reconstruct, for several
// chunks, any number of threads, and in int8.
func TestSignalsAreWhatTheOthersSay(t *testing.T) {
	n := newNetwork(shape{[]int{30, 25}, 6}, 13, 5, 4)
	// To have learned to reconstruct is to have a mixture.
	learned := func(m *model.Model) model.Mixture {
		k := m.Config.Latents
		g := model.Gaussian{Weight: 1, Mean: make([]float32, k), Chol: make([]float32, k*k)}
		for i := range k {
			g.Chol[i*k+i] = 1
		}
		return model.Mixture{g}
	}
	n.model.Overall = learned(n.model)
	for _, threads := range []int{1, 2} {
		s := n.session(t, threads)
		require.NotZero(t, 417%s.AtOnce())
		requireSignals(t, s, toSimd(n.inputs(417)))
		q, _ := int8Model(t, []int{33, 20}, true)
		q.Overall = learned(q)
		requireSignals(t, int8Session(t, q, threads), int8Inputs(50))
	}
}

func requireSignals(t *testing.T, s *Session, x simd.Matrix) {
	t.Helper()
	got, images := make([]novelty.Signal, x.Rows), simd.NewMatrix(x.Rows, x.Cols)
	require.NoError(t, s.Signals(background, got, x))
	p := predicted(t, s, x, Readout)
	for r := range got {
		_, confidence := Best(p.Row(r))
		require.Equal(t, confidence, got[r].Confidence)
	}
	require.NoError(t, s.Reconstruct(background, images, x))
	surprise, err := s.Surprise(background, x)
	require.NoError(t, err)
	for r := range got {
		var e, square, sum float64
		for i, v := range x.Row(r) {
			e, square = e+math.Pow(float64(v-images.Row(r)[i]), 2), square+float64(v)*float64(v)
		}
		require.InEpsilon(t, e/square, got[r].Error, 1e-5)
		class, best := Best(surprise.Row(r))
		require.Equal(t, class, got[r].Class)
		require.Equal(t, best, got[r].Surprise)
		for _, v := range surprise.Row(r) {
			sum += float64(v) / float64(surprise.Cols)
		}
		require.InDelta(t, float64(best)-sum, got[r].Lead, 1e-5*math.Abs(sum))
	}
}

// TestSignalsWithoutReconstruction: what was never learned tells nothing.
func TestSignalsWithoutReconstruction(t *testing.T) {
	n := newNetwork(shape{[]int{30, 25}, 6}, 13, 5, 4)
	got := make([]novelty.Signal, 20)
	require.NoError(t, n.session(t, 1).Signals(background, got, toSimd(n.inputs(20))))
	for _, s := range got {
		require.EqualValues(t, 1, s.Error)
	}
}

func TestSignalsDoNotDependOnTheBatch(t *testing.T) {
	n := newNetwork(shape{[]int{30, 25}, 6}, 13, 5, 4)
	s, x := n.session(t, 1), toSimd(n.inputs(50))
	all, one := make([]novelty.Signal, 50), make([]novelty.Signal, 1)
	require.NoError(t, s.Signals(background, all, x))
	for r := range all {
		require.NoError(t, s.Signals(background, one, x.Slice(r, r+1)))
		require.Equal(t, all[r], one[0])
	}
}

func TestEnergy(t *testing.T) {
	logits := []float32{1, -2, 700}
	bias := []float32{0.5, 2, -690}
	e, p := energy(logits, bias)
	want := 10 + math.Log1p(math.Exp(1.5-10)+math.Exp(-10))
	require.InDelta(t, want, e, 1e-5)
	require.InDelta(t, math.Exp(10-want), p, 1e-6)
}

// TestRelativeErrorOfDarkness stays finite.
func TestRelativeErrorOfDarkness(t *testing.T) {
	require.InDelta(t, 1e6, relativeError([]float32{0, 0}, []float32{1, 1}), 1)
	require.InDelta(t, 0.5, relativeError([]float32{1, 1}, []float32{1, 0}), 1e-7)
}

func TestSignalsRefuse(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	s := n.session(t, 1)
	requireError(t, ErrInput, func() error { return s.Signals(background, make([]novelty.Signal, 1), toSimd(n.inputs(2))) })
	requireError(t, ErrInput, func() error { return s.Signals(background, make([]novelty.Signal, 2), simd.NewMatrix(2, 12)) })
	x := toSimd(n.inputs(2))
	x.Row(1)[3] = float32(math.NaN())
	requireError(t, ErrInput, func() error { return s.Signals(background, make([]novelty.Signal, 2), x) })
	require.NoError(t, s.Signals(background, nil, simd.NewMatrix(0, 13)))
}

func BenchmarkSignals(b *testing.B) {
	n := newNetwork(shape{[]int{200, 200}, 10}, 784, 10, 20)
	s, x, dst := n.session(b, 1), toSimd(n.inputs(1)), make([]novelty.Signal, 1)
	for b.Loop() {
		if err := s.Signals(background, dst, x); err != nil {
			b.Fatal(err)
		}
	}
}

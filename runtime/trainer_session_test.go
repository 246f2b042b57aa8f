package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// TestTrainerSession predicts what a session of its own predicts, whatever the
// batch, and leaves no trace in what is learned afterwards.
func TestTrainerSession(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		for _, batch := range []int{1, 7, 40} {
			s.set.Batch = batch
			watched, alone := s.trainer(t, 2), s.trainer(t, 1)
			data := blobs(40, 13, 5, 1, 0.1)
			idx := epochOrder(nil, 1, 1, batch)
			for range 3 {
				_, err := alone.learn(data, idx, 1)
				require.NoError(t, err)
				_, err = watched.learn(data, idx, 1)
				require.NoError(t, err)
				requireSameUse(t, NewSession(alone.Live(), 1), watched.Session(), data.matrix(), s.config.Latents)
			}
			requireSameTrainer(t, alone, watched)
			require.Same(t, watched.Session(), watched.Session())
		}
	})
}

// requireSameUse compares all that two sessions do with x.
func requireSameUse(t *testing.T, want, got *Session, x simd.Matrix, latents int) {
	t.Helper()
	defer want.Close()
	defer got.Close()
	for _, method := range Methods() {
		require.Equal(t, bitsOf(predicted(t, want, x, method)), bitsOf(predicted(t, got, x, method)), method)
	}
	var images [2]simd.Matrix
	var signals [2][]novelty.Signal
	for i, s := range []*Session{want, got} {
		images[i] = simd.NewMatrix(x.Rows, x.Cols)
		require.NoError(t, s.Reconstruct(background, images[i], x))
		signals[i] = make([]novelty.Signal, x.Rows)
		require.NoError(t, s.Signals(background, signals[i], x))
		z := simd.NewMatrix(x.Rows, latents)
		z.Zero()
		require.NoError(t, s.Synthesize(background, simd.NewMatrix(x.Rows, x.Cols), z))
	}
	require.Equal(t, bitsOf(images[0]), bitsOf(images[1]))
	require.Equal(t, signals[0], signals[1])
}

// bitsOf returns a copy of m's values.
func bitsOf(m simd.Matrix) (values []float32) {
	for r := range m.Rows {
		values = append(values, m.Row(r)...)
	}
	return values
}

// TestTrainerSessionRoom: as many inputs as have room for all their labels.
func TestTrainerSessionRoom(t *testing.T) {
	for _, c := range []struct{ batch, classes, atOnce int }{{1, 10, 1}, {5, 10, 1}, {10, 10, 2}, {100, 10, 20}, {100, 2, 100}, {3, 700, 1}} {
		require.Equal(t, c.atOnce, sessionInputs(c.batch, max(2*c.batch, c.classes), c.classes), c)
	}
}

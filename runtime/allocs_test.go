//go:build !race

package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// TestPredictionAllocatesNothing once a session has seen as many samples.
func TestPredictionAllocatesNothing(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 5, 130)
	for _, threads := range []int{1, 2} {
		session := n.session(t, threads)
		for _, rows := range []int{1, 64, 417} {
			x := toSimd(n.inputs(rows))
			for _, method := range Methods() {
				require.Zero(t, testing.AllocsPerRun(3, func() {
					if _, err := session.Predict(background, x, method); err != nil {
						t.Error(err)
					}
				}), "%s of %d samples, %d threads", method, rows, threads)
			}
		}
	}
}

// TestGenerationAllocatesLittle: a view of the scratch memory for every chunk
// of samples, three small objects.
func TestGenerationAllocatesLittle(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 5, 130)
	session := n.session(t, 1)
	x := toSimd(n.inputs(417))
	images, latents := simd.NewMatrix(417, 75), simd.NewMatrix(417, 130)
	chunks := (417 + session.chunk() - 1) / session.chunk()
	for name, run := range map[string]func() error{
		"reconstruct": func() error { return session.Reconstruct(background, images, x) },
		"latents":     func() error { return session.Latents(background, latents, x, nil) },
		"synthesize":  func() error { return session.Synthesize(background, images, latents) },
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(3, func() {
			if err := run(); err != nil {
				t.Error(err)
			}
		}), float64(3*chunks), name)
	}
}

// TestLearningAllocatesLittle, and not in proportion to the batch: at most two
// small objects for every weight update, of which a fast batch of K = 3 has 27
// and a reference batch of K = 4 has 32.
func TestLearningAllocatesLittle(t *testing.T) {
	for name, style := range styles(t) {
		for _, batch := range []int{10, 50} {
			s := style(shape{[]int{150, 135}, 16}, 75, 5)
			s.set.Batch = batch
			trainer, data := s.trainer(t, 1), blobs(batch, 75, 5, 1, 0.1)
			idx := epochOrder(1, 1, batch)
			require.LessOrEqual(t, testing.AllocsPerRun(3, func() {
				if _, err := trainer.learn(data, idx, 1); err != nil {
					t.Error(err)
				}
			}), 65.0, "%s, batch of %d", name, batch)
		}
	}
}

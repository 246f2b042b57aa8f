//go:build !race

package runtime

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// TestPredictionAllocatesNothing once a session has seen as many samples.
func TestPredictionAllocatesNothing(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 5, 130)
	for _, threads := range []int{1, 2} {
		session := n.session(t, threads)
		for _, rows := range []int{1, 64, 417} {
			x := toSimd(n.inputs(rows))
			signals := make([]novelty.Signal, rows)
			require.Zero(t, testing.AllocsPerRun(3, func() {
				if err := session.Signals(background, signals, x); err != nil {
					t.Error(err)
				}
			}), "signals of %d samples, %d threads", rows, threads)
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

// TestGenerationAllocatesNothing: its views of the scratch memory are reused,
// that of the last, smaller part too.
func TestGenerationAllocatesNothing(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 5, 130)
	x := toSimd(n.inputs(417))
	images, latents := simd.NewMatrix(417, 75), simd.NewMatrix(417, 130)
	for _, threads := range []int{1, 2} {
		session := n.session(t, threads)
		require.NotZero(t, 417%session.AtOnce())
		for name, run := range map[string]func() error{
			"reconstruct": func() error { return session.Reconstruct(background, images, x) },
			"latents":     func() error { return session.Latents(background, latents, x, nil) },
			"synthesize":  func() error { return session.Synthesize(background, images, latents) },
		} {
			require.Zero(t, testing.AllocsPerRun(3, func() {
				if err := run(); err != nil {
					t.Error(err)
				}
			}), "%s, %d threads", name, threads)
		}
	}
}

// TestLearningAllocatesNothing for batches of one size and for those of two in
// turn, as at the end of every epoch.
func TestLearningAllocatesNothing(t *testing.T) {
	batch, sequences := 50, [][]int{{50}, {1}, {50, 20}, {7, 50, 1}}
	if testing.Short() {
		batch, sequences = 20, [][]int{{7, 20, 1}}
	}
	for name, style := range styles(t) {
		for _, generative := range []bool{true, false} {
			for _, threads := range []int{1, 2} {
				s := style(shape{[]int{150, 135}, 16}, 75, 5)
				s.set.Batch, s.set.Generative = batch, generative
				s.set.Decay, s.set.Noise, s.set.GenNoise = 1e-3, 0.01, 0.01
				if s.set.Int8 {
					s.set.Decay, s.set.GenNoise = 0, 0
				}
				trainer, data := s.trainer(t, threads), blobs(batch, 75, 5, 1, 0.1)
				trainer.done = 0.5 // everything learns by then
				idx := epochOrder(nil, 1, 1, batch)
				for _, sizes := range sequences {
					require.Zero(t, testing.AllocsPerRun(3, func() {
						for _, n := range sizes {
							if _, err := trainer.learn(data, idx[:n], 1); err != nil {
								t.Error(err)
							}
						}
					}), "%s, generator %v, %d threads, batches of %v", name, generative, threads, sizes)
				}
			}
		}
	}
}

// TestEpochsShareOneOrder: the order of the samples takes memory once.
func TestEpochsShareOneOrder(t *testing.T) {
	order := epochOrder(nil, 1, 0, 1000)
	again := epochOrder(order, 1, 1, 1000)
	require.Same(t, &order[0], &again[0])
	require.Equal(t, rand.New(rand.NewPCG(1, simd.Mix(forOrder, 1))).Perm(1000), again)
}

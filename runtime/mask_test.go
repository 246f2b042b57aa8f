package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// TestMaskRow: every value is either kept or zero, each place is hidden as often
// as any other, and two neighbours no more often than by chance.
func TestMaskRow(t *testing.T) {
	const rows, cols = 4000, 18 // the last four are two
	src := filled(cols, 7)
	for _, share := range []float64{0.25, 0.6} {
		hidden, both := make([]int, cols), 0
		for r := range rows {
			dst := filled(cols, 99)
			maskRow(dst, src, share, simd.Mix(1, uint64(r)))
			for i, v := range dst {
				if v == 0 {
					hidden[i]++
					if i > 0 && dst[i-1] == 0 {
						both++
					}
					continue
				}
				require.Equal(t, float32(7), v)
			}
		}
		for i, n := range hidden {
			requireShares(t, []float64{share, 1 - share}, []int{n, rows - n})
			require.NotZero(t, n, "column %d", i)
		}
		pairs := rows * (cols - 1)
		requireShares(t, []float64{share * share, 1 - share*share}, []int{both, pairs - both})
	}
	dst := filled(cols, 99)
	maskRow(dst, src, 0, 1)
	require.Equal(t, src, dst)
}

// masked hands out samples as a trainer of epoch 0 masks them.
type masked struct {
	*samples
	key   uint64
	share float64
}

func (s *masked) Sample(dst []float32, i int) int {
	maskRow(dst, s.x[i], s.share, simd.Mix(s.key, uint64(i)))
	return s.y[i]
}

// TestMaskedLearningIsLearningMasked: a mask changes what the representation and
// the read-out see. The generative circuit still predicts the whole image: of
// its weights only G1, which does that, learns another thing than from samples
// that lack the hidden inputs.
func TestMaskedLearningIsLearningMasked(t *testing.T) {
	data := blobs(13, 13, 5, 1, 0.1)
	learn := func(mask float64, data Samples) *Trainer {
		s := styles(t)["fast, shifted"](shapes[3], 13, 5)
		s.set.Epochs, s.set.Shift, s.set.Mask = 1, 0, mask
		s.set.GenNoise = 0
		trainer := s.trainer(t, 1)
		require.NoError(t, trainer.Fit(background, data, nil, nil))
		return trainer
	}
	inside := learn(0.3, data)
	outside := learn(0, &masked{data, simd.Mix(inside.set.Seed, forMask, 0), 0.3})
	g1 := &outside.model.Params.Gen[0]
	require.False(t, sameBits(inside.model.Params.Gen[0].Data, g1.Data))
	*g1 = inside.model.Params.Gen[0]
	requireSameParams(t, inside.model.Params, outside.model.Params, "all but G1")
	require.False(t, sameParams(inside.params, learn(0, data).params))
}

// TestMaskSparesVectors, and refuses to hide everything.
func TestMaskSparesVectors(t *testing.T) {
	data := blobs(13, 13, 5, 1, 0.1)
	learn := func(mask float64) *Trainer {
		s := styles(t)["fast"](shapes[3], 13, 5)
		s.set.Mask = mask
		trainer := s.trainer(t, 1)
		require.NoError(t, trainer.Fit(background, data, nil, nil))
		return trainer
	}
	requireSameTrainer(t, learn(0), learn(0.5))
	n := newNetwork(shapes[0], 13, 5, 4)
	for _, mask := range []float64{-0.1, 1, float64(nan)} {
		t.Run(fmt.Sprint(mask), func(t *testing.T) {
			set := n.settings()
			set.Mask = mask
			requireError(t, ErrSettings, set.Validate)
		})
	}
}

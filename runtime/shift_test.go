package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestShiftImage moves an image pixel by pixel, over its edges and beyond.
func TestShiftImage(t *testing.T) {
	const width, height = 4, 3
	src := make([]float32, width*height)
	for i := range src {
		src[i] = float32(i + 1)
	}
	for right := -5; right <= 5; right++ {
		for down := -4; down <= 4; down++ {
			want := make([]float32, len(src))
			for y := range height {
				for x := range width {
					if fromX, fromY := x-right, y-down; 0 <= fromX && fromX < width && 0 <= fromY && fromY < height {
						want[y*width+x] = src[fromY*width+fromX]
					}
				}
			}
			dst := filled(len(src), 99)
			shiftImage(dst, src, width, right, down)
			require.Equal(t, want, dst, "%d right, %d down", right, down)
		}
	}
}

func filled(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// TestShiftsAreEvenAndOfTheirEpoch: every place has its share, a sample's place
// does not depend on its batch, and the next epoch's is another draw.
func TestShiftsAreEvenAndOfTheirEpoch(t *testing.T) {
	const width, height, rows = 5, 5, 5000
	st := styles(t)["fast"](shapes[0], width*height, 5)
	st.config.Input, st.set.Shift = model.Image(width, height), 1
	trainer := st.trainer(t, 1)
	place := func(i int) int { // of the centre pixel, 0…8
		x := make([]float32, width*height)
		x[12] = 1
		trainer.shiftSample(x, i)
		for at, v := range x {
			if v == 1 {
				return at/width - 1 + 3*(at%width-1)
			}
		}
		return -1
	}
	counts, stays := make([]int, 9), 0
	for i := range rows {
		trainer.epoch, trainer.batch = 0, 0
		first := place(i)
		trainer.batch = 7
		require.Equal(t, first, place(i))
		trainer.epoch = 1
		if place(i) == first {
			stays++
		}
		counts[first]++
	}
	ninth := make([]float64, 9)
	for i := range ninth {
		ninth[i] = 1. / 9
	}
	requireShares(t, ninth, counts)
	requireShares(t, []float64{1. / 9, 8. / 9}, []int{stays, rows - stays})
}

// shifted hands out samples as a trainer of epoch 0 would shift them.
type shifted struct {
	*samples
	trainer *Trainer
}

func (s *shifted) Sample(dst []float32, i int) int {
	label := s.samples.Sample(dst, i)
	s.trainer.shiftSample(dst, i)
	return label
}

// TestShiftedLearningIsLearningShifted: a shift changes what is seen, and
// nothing else.
func TestShiftedLearningIsLearningShifted(t *testing.T) {
	data := blobs(13, 13, 5, 1, 0.1)
	learn := func(shift int, wrap func(*Trainer) Samples) *Trainer {
		s := styles(t)["fast, shifted"](shapes[3], 13, 5)
		s.set.Epochs, s.set.Shift = 1, shift
		trainer := s.trainer(t, 1)
		require.NoError(t, trainer.Fit(background, wrap(trainer), nil, nil))
		return trainer
	}
	inside := learn(2, func(*Trainer) Samples { return data })
	outside := learn(0, func(*Trainer) Samples { return &shifted{data, inside.rewound()} })
	requireSameTrainer(t, inside, outside)
	still := learn(0, func(*Trainer) Samples { return data })
	require.False(t, sameParams(inside.params, still.params))
}

// rewound returns the trainer at the start of its run, for its counters.
func (t *Trainer) rewound() *Trainer {
	r := *t
	r.epoch, r.batch = 0, 0
	return &r
}

func TestShiftWantsImages(t *testing.T) {
	n := newNetwork(shapes[0], 13, 5, 4)
	set := n.settings()
	set.Shift = 1
	requireError(t, ErrSettings, func() error { _, err := NewTrainer(n.model, set, 1); return err })
	for _, shift := range []int{-1, MaxShift + 1} {
		t.Run(fmt.Sprint(shift), func(t *testing.T) {
			set.Shift = shift
			requireError(t, ErrSettings, set.Validate)
		})
	}
}

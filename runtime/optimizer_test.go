package runtime

import (
	"encoding/json"
	"fmt"
	"math"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestEveryOptimizerLearnsBlobs, and imagines nothing worse than before.
func TestEveryOptimizerLearnsBlobs(t *testing.T) {
	for name, choose := range optimisers {
		t.Run("fast"+name, func(t *testing.T) {
			trainer, _, test := learnBlobs(t, "fast", 20, func(s *style) { choose(&s.set) })
			require.Greater(t, accuracy(t, live(t, trainer), test, Goodness), 0.95)
			require.Greater(t, accuracy(t, live(t, trainer), test, Readout), 0.95)
		})
	}
}

// TestMomentBits says what the settings mean, those of old checkpoints
// included, which name no optimizer.
func TestMomentBits(t *testing.T) {
	for want, s := range map[int]Settings{32: {}, 16: {Moments: 16}, 8: {Optimizer: Adam, Moments: 8}, 0: {Optimizer: SGD}} {
		require.Equal(t, want, s.MomentBits())
	}
	require.Equal(t, 32, (&Settings{Moments: 32}).MomentBits())
}

// TestMomentsTakeTheirMemory and no more: the process's heap grows by it, seen
// in the best of three tries, as the heap has other users too.
func TestMomentsTakeTheirMemory(t *testing.T) {
	s := styles(t)["fast"](shape{[]int{500, 400}, 10}, 300, 5)
	s.set.Batch = 1
	heap := func(set Settings) int64 {
		m, err := model.New(s.config, 1)
		require.NoError(t, err)
		var before, after goruntime.MemStats
		goruntime.GC()
		goruntime.GC() // the second one empties the pools
		goruntime.ReadMemStats(&before)
		trainer, err := NewTrainer(m, set, 1)
		require.NoError(t, err)
		goruntime.GC()
		goruntime.GC()
		goruntime.ReadMemStats(&after)
		trainer.Close()
		goruntime.KeepAlive(trainer)
		return int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	none := s.set
	none.Optimizer = SGD
	for _, bits := range []int{32, 16, 8} {
		set := s.set
		set.Moments = bits
		want := float64(s.config.MomentBytes(bits))
		got := math.Inf(1)
		for range 3 {
			if try := float64(heap(set) - heap(none)); math.Abs(try-want) < math.Abs(got-want) {
				got = try
			}
		}
		require.InEpsilon(t, want, got, 0.04, "%d bits", bits)
	}
}

// TestCheckpointsOfOptimizers hold moments of the run's kind.
func TestCheckpointsOfOptimizers(t *testing.T) {
	data := blobs(13, 13, 5, 1, 0.1)
	for name, choose := range optimisers {
		s := styles(t)["fast"](shapes[3], 13, 5)
		choose(&s.set)
		trainer := s.trainer(t, 1)
		fitUntil(t, trainer, data, 2)
		c := reload(t, trainer)
		if bits := s.set.MomentBits(); bits < 32 {
			require.Nil(t, c.First, name)
			require.Equal(t, trainer.moments, c.Lean, name)
			require.Equal(t, bits, c.Lean.Bits)
			continue
		}
		require.Nil(t, c.Lean, name)
		requireSameParams(t, trainer.first, c.First, name)
	}
}

// TestResumeRefusesAnotherOptimizer: the moments must be those that the
// settings ask for.
func TestResumeRefusesAnotherOptimizer(t *testing.T) {
	for name, choose := range optimisers {
		s := styles(t)["fast"](shapes[3], 13, 5)
		choose(&s.set)
		for other, chooseOther := range optimisers {
			c := reload(t, s.trainer(t, 1))
			set := styles(t)["fast"](shapes[3], 13, 5).set
			chooseOther(&set)
			var err error
			c.Trainer, err = json.Marshal(trainerState{Settings: set})
			require.NoError(t, err)
			trainer, err := Resume(c, 0, 1)
			if other == name {
				require.NoError(t, err)
				trainer.Close()
				continue
			}
			require.ErrorIs(t, err, ErrSettings, "%q as %q", name, other)
			require.False(t, strings.Contains(err.Error(), "\n"))
		}
	}
}

// TestOptimizersDiffer: moments of fewer bits move the weights a little
// elsewhere, plain gradient descent altogether.
func TestOptimizersDiffer(t *testing.T) {
	data := blobs(13, 13, 5, 1, 0.1)
	seen := map[string]string{}
	for name, choose := range optimisers {
		s := styles(t)["fast"](shapes[3], 13, 5)
		choose(&s.set)
		trainer := s.trainer(t, 1)
		require.NoError(t, trainer.Fit(background, data, nil, nil))
		weights := fmt.Sprint(trainer.model.Params.Layers[0].Up.Data)
		require.Empty(t, seen[weights], "%q learnt the same as %q", name, seen[weights])
		seen[weights] = name + "?"
	}
}

// TestSGDStep compares one step with the formula.
func TestSGDStep(t *testing.T) {
	n := newNetwork(shapes[3], 13, 5, 4)
	set := n.settings()
	set.Optimizer, set.SGDRate, set.GenSGDRate, set.Decay, set.GenDecay = SGD, 0.5, 0.25, 0, 0
	before := n.model.Params.Clone()
	batch := n.batch(6, false)
	replay, err := NewReplay(n.model, set, ReplayBatch{X: toSimd(batch.X), Y: toSimd(batch.Y), Positive: make([]bool, 6), ZG: toSimd(n.uniform(6, 4, 0.1, 1))}, 1)
	require.NoError(t, err)
	defer replay.Close()
	replay.t.goal.positive[0] = true
	replay.Start()
	trace, err := replay.Round(allToSimd(n.noise(6, 0)), allToSimd(n.noise(6, 0)))
	require.NoError(t, err)
	gradients, now := trace.Gradient.Tensors(), n.model.Params.Tensors()
	for i, old := range before.Tensors() {
		rate := 0.5
		switch {
		case old.Name[0] == 'G':
			rate = 0.25
		case old.Name == "V":
			rate /= 25 // s = 5
		}
		for j, w := range old.Data {
			want := float64(w) - rate*min(max(float64(gradients[i].Data[j]), -1), 1)
			require.InDelta(t, want, now[i].Data[j], 1e-6, "%s, value %d", old.Name, j)
		}
	}
}

package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// optimisers are the ways to change parameters besides the default.
var optimisers = map[string]func(set *Settings){
	"":                     func(*Settings) {},
	", moments of 16 bits": func(set *Settings) { set.Moments = 16 },
	", moments of 8 bits":  func(set *Settings) { set.Moments = 8 },
	", sgd":                func(set *Settings) { set.Optimizer = SGD },
}

// styles are the presets, cut down to runs of a few batches, with each
// optimiser.
func styles(t testing.TB) map[string]func(s shape, inputs, classes int) *style {
	all := map[string]func(s shape, inputs, classes int) *style{}
	for _, preset := range Presets() {
		for name, choose := range optimisers {
			all[preset+name] = stylesOf(t, preset, choose)
		}
	}
	all["fast, int8"] = stylesOf(t, "fast", func(set *Settings) { set.Int8 = true })
	all["fast, shifted"] = func(s shape, inputs, classes int) *style {
		st := all["fast"](s, inputs, classes)
		st.config.Input = model.Image(inputs, 1)
		st.set.Shift = 2
		return st
	}
	return all
}

func stylesOf(t testing.TB, name string, choose func(set *Settings)) func(s shape, inputs, classes int) *style {
	return func(s shape, inputs, classes int) *style {
		set, c, err := Preset(name)
		require.NoError(t, err)
		choose(&set)
		c.Input, c.Classes, c.Hidden, c.Group = vector(inputs), classNames(classes), s.hidden, s.group
		if name == "reference" {
			SetRounds(&c, 4)
			c.Latent.Moves = 4
		}
		set.Epochs, set.Batch = 2, 5
		// Rounding errors must not hide behind a small rate.
		set.Adam.Rate, set.GenAdam.Rate = 0.01, 0.01
		return &style{set, c}
	}
}

func eachStyle(t *testing.T, s shape, inputs, classes int, f func(t *testing.T, s *style)) {
	for name, style := range styles(t) {
		t.Run(name, func(t *testing.T) { f(t, style(s, inputs, classes)) })
	}
}

// style is a way to train.
type style struct {
	set    Settings
	config model.Config
}

// trainer returns a trainer of a fresh model.
func (s *style) trainer(t testing.TB, threads int) *Trainer {
	m, err := model.New(s.config, s.set.Seed)
	require.NoError(t, err)
	trainer, err := NewTrainer(m, s.set, threads)
	require.NoError(t, err)
	t.Cleanup(trainer.Close)
	return trainer
}

// blobs returns samples of classes that are Gaussian blobs around random
// centres in the unit cube, in turn.
func blobs(rows, inputs, classes int, seed uint64, spread float32) *samples {
	s := &samples{}
	for i := range rows {
		centre, noise := blobCentre(inputs, i%classes), make([]float32, inputs)
		simd.AddNormalF32(noise, centre, simd.Mix(seed, uint64(i)), spread)
		for j, v := range noise {
			noise[j] = min(max(v, 0), 1)
		}
		s.x, s.y = append(s.x, noise), append(s.y, i%classes)
	}
	return s
}

func blobCentre(inputs, class int) []float32 {
	centre := make([]float32, inputs)
	for j := range centre {
		centre[j] = 0.1 + 0.8*float32(simd.Mix(77, uint64(class), uint64(j))>>40)/(1<<24)
	}
	return centre
}

// TestThreadsDoNotChangeLearning: parameters, moments and reports are bit for
// bit those of one thread. The network is large enough for work to be split.
func TestThreadsDoNotChangeLearning(t *testing.T) {
	eachStyle(t, shape{[]int{230, 215}, 16}, 30, 5, func(t *testing.T, s *style) {
		s.set.Batch, s.set.Epochs = 45, 1
		data := blobs(100, 30, 5, 1, 0.1) // the last batch has 10
		var first *Trainer
		var reports [][]Report
		for _, threads := range []int{1, 2, 3} {
			trainer := s.trainer(t, threads)
			var list []Report
			require.NoError(t, trainer.Fit(background, data, func(r Report) { list = append(list, r) }, nil))
			reports = append(reports, list)
			if first == nil {
				first = trainer
				continue
			}
			requireSameTrainer(t, first, trainer)
			require.Equal(t, reports[0], list)
		}
	})
}

func requireSameTrainer(t testing.TB, want, got *Trainer) {
	t.Helper()
	requireSameParams(t, want.params, got.params, "parameters")
	require.Equal(t, want.Snapshot().Int8, got.Snapshot().Int8)
	require.Equal(t, want.fine == nil, got.fine == nil)
	if want.fine != nil {
		require.Equal(t, want.fine.residuals(want.params), got.fine.residuals(got.params))
	}
	require.Equal(t, want.first == nil, got.first == nil)
	if want.first != nil {
		requireSameParams(t, want.first, got.first, "first moments")
		requireSameParams(t, want.second, got.second, "second moments")
	}
	require.Equal(t, want.moments, got.moments)
	require.Equal(t, want.clock, got.clock)
	require.Equal(t, []int{want.epoch, want.batch}, []int{got.epoch, got.batch})
}

func TestSeedsDiffer(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		data := blobs(11, 13, 5, 1, 0.1)
		m, err := model.New(s.config, 1)
		require.NoError(t, err)
		learn := func(seed uint64) *model.Params {
			s.set.Seed = seed
			trainer, err := NewTrainer(&model.Model{Config: m.Config, Params: m.Params.Clone()}, s.set, 1)
			require.NoError(t, err)
			defer trainer.Close()
			require.NoError(t, trainer.Fit(background, data, nil, nil))
			return trainer.Snapshot().Float32().Params
		}
		requireSameParams(t, learn(1), learn(1), "equal seeds")
		require.False(t, sameParams(learn(1), learn(2)), "order, negatives and noise follow the seed")
	})
}

// TestBatchingDoesNotChangePredictions predicts samples alone, in batches that
// start anywhere, and over several chunks, with any number of threads.
func TestBatchingDoesNotChangePredictions(t *testing.T) {
	n := newNetwork(shape{[]int{70, 40}, 10}, 40, 5, 4)
	x := toSimd(n.inputs(417))
	session := n.session(t, 1)
	require.Greater(t, x.Rows, 2*session.AtOnce(), "three chunks")
	for _, method := range Methods() {
		all := predicted(t, session, x, method)
		for _, r := range []int{0, 1, 199, 200, 201, 399, 400, 416} {
			require.True(t, sameBits(all.Row(r), predicted(t, session, x.Slice(r, r+1), method).Row(0)), "%s: sample %d alone", method, r)
		}
		for _, rows := range []int{2, 5, 6, 7, 13, 200, 201, 416} {
			for _, from := range []int{0, 1, 117} {
				part := x.Slice(from, min(from+rows, x.Rows))
				got := predicted(t, session, part, method)
				require.True(t, sameBits(all.Slice(from, from+part.Rows).Data, got.Data), "%s: samples %d…%d", method, from, from+rows-1)
			}
		}
		for _, threads := range []int{2, 3} {
			got := predicted(t, n.session(t, threads), x, method)
			require.True(t, sameBits(all.Data, got.Data), "%s: %d threads", method, threads)
		}
	}
}

// predicted returns a copy of a prediction.
func predicted(t testing.TB, s *Session, x simd.Matrix, method Method) simd.Matrix {
	t.Helper()
	p, err := s.Predict(background, x, method)
	require.NoError(t, err)
	out := simd.NewMatrix(p.Rows, p.Cols)
	for r := range p.Rows {
		copy(out.Row(r), p.Row(r))
	}
	return out
}

// TestBatchingDoesNotChangeImages does the same for reconstruction and
// synthesis.
func TestBatchingDoesNotChangeImages(t *testing.T) {
	n := newNetwork(shape{[]int{70, 40}, 10}, 40, 5, 4)
	x, zg := toSimd(n.inputs(417)), toSimd(n.uniform(417, 4, -0.5, 1))
	n.requireBatchingIrrelevant(t, 40, func(s *Session, dst simd.Matrix, lo, hi int) error {
		return s.Reconstruct(background, dst, x.Slice(lo, hi))
	})
	n.requireBatchingIrrelevant(t, 40, func(s *Session, dst simd.Matrix, lo, hi int) error {
		return s.Synthesize(background, dst, zg.Slice(lo, hi))
	})
}

// TestBatchingDoesNotChangeLatents: a latent inferred per sample is that
// sample's alone.
func TestBatchingDoesNotChangeLatents(t *testing.T) {
	n := newNetwork(shape{[]int{70, 40}, 10}, 40, 5, 4)
	x := toSimd(n.inputs(417))
	n.requireBatchingIrrelevant(t, 4, func(s *Session, dst simd.Matrix, lo, hi int) error {
		return s.Latents(background, dst, x.Slice(lo, hi), nil)
	})
}

// requireBatchingIrrelevant compares run over samples lo…hi with the same rows
// of a run over all 417.
func (n *network) requireBatchingIrrelevant(t *testing.T, cols int, run func(s *Session, dst simd.Matrix, lo, hi int) error) {
	t.Helper()
	all := simd.NewMatrix(417, cols)
	require.NoError(t, run(n.session(t, 1), all, 0, 417))
	for _, bounds := range [][2]int{{0, 1}, {200, 201}, {117, 416}, {400, 417}, {0, 417}} {
		lo, hi := bounds[0], bounds[1]
		got := simd.NewMatrix(hi-lo, cols)
		require.NoError(t, run(n.session(t, 3), got, lo, hi))
		require.True(t, sameBits(all.Slice(lo, hi).Data, got.Data), "samples %d…%d", lo, hi-1)
	}
}

// TestSessionForgets: what a session did before has no influence.
func TestSessionForgets(t *testing.T) {
	n := newNetwork(shape{[]int{19, 33, 12}, 10}, 13, 5, 4)
	n.model.Config.Latent.Driven = true
	x, images, latents := toSimd(n.inputs(7)), simd.NewMatrix(7, 13), simd.NewMatrix(7, 4)
	used := n.session(t, 1)
	for i := range 3 {
		for _, method := range Methods() {
			want, got := predicted(t, n.session(t, 1), x, method), predicted(t, used, x, method)
			require.True(t, sameBits(want.Data, got.Data), "%s, repeat %d", method, i)
		}
		require.NoError(t, used.Reconstruct(background, images, x))
		require.NoError(t, used.Latents(background, latents, x, make([]int, 7)))
		predicted(t, used, toSimd(n.inputs(203)), Goodness)
	}
}

// TestEpochOrderIsAPermutation that the epoch and the seed choose.
func TestEpochOrderIsAPermutation(t *testing.T) {
	require.Equal(t, epochOrder(nil, 1, 2, 100), epochOrder(nil, 1, 2, 100))
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for epoch := range 3 {
			order := epochOrder(nil, seed, epoch, 100)
			all := make([]int, 100)
			for i := range all {
				all[i] = i
			}
			require.ElementsMatch(t, all, order)
			seen[fmt.Sprint(order)] = true
		}
	}
	require.Len(t, seen, 9)
}

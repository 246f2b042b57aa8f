package runtime

import (
	"bytes"
	"context"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// stripes are noisy images of one of three classes, a stripe in the upper, middle or
// lower part, not always at the same height.
type stripes int

func (s stripes) Len() int { return int(s) }

func (s stripes) Sample(x []float32, i int) int {
	label := i % 3
	for j := range x {
		v := float32(0)
		if row := j/14 - i/3%3; row == 4*label+1 || row == 4*label+2 {
			v = 0.4
		}
		x[j] = v + float32(simd.Mix(uint64(i), uint64(j))%1000)/1700
	}
	return label
}

func int8Settings(epochs int) Settings {
	set, _ := fast()
	set.Generative, set.Int8, set.Epochs, set.Batch = false, true, epochs, 25
	return set
}

func fit(t testing.TB, m *model.Model, set Settings, threads, samples int) *model.Model {
	trainer, err := NewTrainer(m, set, threads)
	require.NoError(t, err)
	defer trainer.Close()
	require.NoError(t, trainer.Fit(context.Background(), stripes(samples), nil, nil))
	return trainer.Snapshot()
}

func accuracyOn(t testing.TB, m *model.Model, method Method) float64 {
	s, right, n := int8Session(t, m, 1), 0, 300
	x := simd.NewMatrix(n, 196)
	labels := make([]int, n)
	for r := range n {
		labels[r] = stripes(0).Sample(x.Row(r), 1_000_000+r)
	}
	out, err := s.Predict(context.Background(), x, method)
	require.NoError(t, err)
	for r := range n {
		if argMax(out.Row(r)) == labels[r] {
			right++
		}
	}
	return float64(right) / float64(n)
}

// TestInt8Learns: from the same start, from int8 weights or fresh ones, by the same
// samples, int8 learns what float32 learns.
func TestInt8Learns(t *testing.T) {
	for _, limits := range []bool{true, false} {
		q, _ := int8Model(t, []int{60, 40}, limits)
		before := q.Clone()
		require.Less(t, accuracyOn(t, q, Readout), 0.6)
		small := fit(t, q, int8Settings(14), 2, 600)
		require.Equal(t, before, q, "the model that it starts from stays")
		require.NotNil(t, small.Int8)
		require.NoError(t, small.Validate())

		set := int8Settings(14)
		set.Int8 = false
		full := fit(t, q, set, 2, 600)
		require.Nil(t, full.Int8)
		for _, method := range []Method{Readout, Goodness, Auto} {
			want, got := accuracyOn(t, full, method), accuracyOn(t, small, method)
			require.Greater(t, want, 0.95)
			require.GreaterOrEqual(t, got, want-0.02, "%s, limits %v", method, limits)
		}
	}
}

// TestInt8LearningBits asserts that learning in int8 gives these weights on every
// platform, with every implementation, pure Go included, and any number of threads.
func TestInt8LearningBits(t *testing.T) {
	was := simd.Active()
	defer func() { require.NoError(t, simd.Use(was)) }()
	q, _ := int8Model(t, []int{45, 33}, false)
	for _, isa := range simd.Usable() {
		require.NoError(t, simd.Use(isa))
		for _, threads := range []int{1, 3} {
			m := fit(t, q, int8Settings(2), threads, 110)
			sum := uint32(0)
			for i := range m.Int8.Layers {
				l := &m.Int8.Layers[i]
				for _, v := range [][]int8{l.Up.Data, l.Down.Data, l.Lateral} {
					sum = crc32.Update(sum, crc32.IEEETable, unsignedOf(v))
				}
				sum = crc32.Update(sum, crc32.IEEETable, bytesOf(l.Bias))
				sum = crc32.Update(sum, crc32.IEEETable, bytesOf(l.Up.Scale))
			}
			sum = crc32.Update(sum, crc32.IEEETable, unsignedOf(m.Int8.Readout.Data))
			require.Equal(t, uint32(0xb7d43256), sum, "%v, %d threads: %#x", isa, threads, sum)
		}
	}
}

func unsignedOf(v []int8) []byte {
	b := make([]byte, len(v))
	for i, x := range v {
		b[i] = byte(x)
	}
	return b
}

// TestInt8SmallSteps: steps of far less than a code add up, in codes and residuals
// that a snapshot does not show.
func TestInt8SmallSteps(t *testing.T) {
	q, _ := int8Model(t, []int{60, 40}, false)
	set := int8Settings(30)
	set.Adam.Rate, set.Schedule = 2e-5, Constant
	moved := 0
	m := fit(t, q, set, 1, 200)
	for i, code := range m.Int8.Layers[0].Up.Data {
		if code != q.Int8.Layers[0].Up.Data[i] {
			moved++
		}
	}
	require.Greater(t, moved, 100)
}

func TestInt8SettingsThatItCannot(t *testing.T) {
	q, _ := int8Model(t, []int{20}, false)
	for name, change := range map[string]func(*Settings){
		"generative": func(s *Settings) { s.Generative, s.GeneratorDriven, s.GeneratorDescends = true, true, false },
		"noise":      func(s *Settings) { s.Generative, s.GenNoise = true, 0.1 },
		"sgd":        func(s *Settings) { s.Optimizer = SGD },
		"moments":    func(s *Settings) { s.Moments = 16 },
		"decay":      func(s *Settings) { s.Decay = 0.1 },
		"driven":     func(s *Settings) { s.ReadoutDriven = true },
	} {
		set := int8Settings(1)
		change(&set)
		_, err := NewTrainer(q, set, 1)
		require.ErrorIs(t, err, ErrSettings, name)
		require.ErrorContains(t, err, "int8", name)
	}
}

// TestInt8LearningAllocatesNothing once a batch of that size was learnt.
func TestInt8LearningAllocatesNothing(t *testing.T) {
	q, _ := int8Model(t, []int{60, 40}, false)
	trainer, err := NewTrainer(q, int8Settings(100), 1)
	require.NoError(t, err)
	defer trainer.Close()
	idx := make([]int, 25)
	for i := range idx {
		idx[i] = i
	}
	learn := func() {
		_, err := trainer.learn(stripes(25), idx, 1)
		require.NoError(t, err)
	}
	learn()
	require.Zero(t, testing.AllocsPerRun(5, learn))
}

// TestInt8Resume: a run that stops, is saved and goes on gives the weights, codes and
// residuals, of one that does not.
func TestInt8Resume(t *testing.T) {
	q, _ := int8Model(t, []int{45, 33}, true)
	run := func(stopAfter int) []byte {
		trainer, err := NewTrainer(q, int8Settings(4), 1)
		require.NoError(t, err)
		if stopAfter > 0 {
			ctx, cancel := context.WithCancel(context.Background())
			batches := 0
			err = trainer.Fit(ctx, stripes(110), func(Report) {
				if batches++; batches == stopAfter {
					cancel()
				}
			}, nil)
			require.ErrorIs(t, err, context.Canceled)
			c, err := trainer.Checkpoint()
			require.NoError(t, err)
			var file bytes.Buffer
			require.NoError(t, model.EncodeCheckpoint(&file, c))
			trainer.Close()
			c, err = model.DecodeCheckpoint(&file)
			require.NoError(t, err)
			trainer, err = Resume(c, 0, 2)
			require.NoError(t, err)
		}
		defer trainer.Close()
		require.NoError(t, trainer.Fit(context.Background(), stripes(110), nil, nil))
		c, err := trainer.Checkpoint()
		require.NoError(t, err)
		var file bytes.Buffer
		require.NoError(t, model.EncodeCheckpoint(&file, c))
		return file.Bytes()
	}
	whole := run(0)
	for _, batches := range []int{1, 5, 13} {
		require.True(t, bytes.Equal(whole, run(batches)), "stopped after %d batches", batches)
	}
}

// TestInt8LearnsToReconstruct as well as float32, and to imagine.
func TestInt8LearnsToReconstruct(t *testing.T) {
	q, _ := int8Model(t, []int{60, 40}, false)
	x, images := simd.NewMatrix(60, 196), simd.NewMatrix(60, 196)
	for r := range x.Rows {
		stripes(0).Sample(x.Row(r), 1_000_000+r)
	}
	off := func(m *model.Model) (sum float64) {
		s := int8Session(t, m, 1)
		require.NoError(t, s.Reconstruct(context.Background(), images, x))
		for r := range x.Rows {
			for i, v := range images.Row(r) {
				sum += float64(v-x.Row(r)[i]) * float64(v-x.Row(r)[i])
			}
		}
		return sum / float64(x.Rows)
	}
	errs := map[bool]float64{}
	for _, int8 := range []bool{true, false} {
		set := int8Settings(14)
		set.Generative, set.Int8 = true, int8
		m := fit(t, q, set, 2, 600)
		errs[int8] = off(m)
		s := int8Session(t, m, 1)
		require.NoError(t, FitMixtures(context.Background(), s, stripes(600), 1))
		require.NoError(t, s.Imagine(context.Background(), images, 1, 2))
		out, err := s.Predict(context.Background(), images, Goodness)
		require.NoError(t, err)
		right := 0
		for r := range out.Rows {
			if argMax(out.Row(r)) == 1 {
				right++
			}
		}
		require.Greater(t, right, 54, "int8 %v", int8)
	}
	require.Less(t, errs[false], 0.6*off(q), "it learns")
	require.Less(t, errs[true], 1.05*errs[false])
}

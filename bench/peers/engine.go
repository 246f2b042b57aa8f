package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// timing is the time of something that the whole engine does, in proportion
// to something else of the same rounds.
type timing struct {
	What    string  `json:"engine"`
	Threads int     `json:"threads"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"` // median, then the quartiles on either side
	Q1      float64 `json:"seconds_q1"`
	Q3      float64 `json:"seconds_q3"`

	Ratio   float64 `json:"ratio"` // median, then the quartiles
	RatioQ1 float64 `json:"ratio_q1"`
	RatioQ3 float64 `json:"ratio_q3"`
	Of      string  `json:"of"` // what the ratio counts
}

func newTiming(what, of string, threads int, seconds []float64, ratio quartiles) timing {
	q := quartilesOf(seconds)
	return timing{what, threads, len(seconds), q.median(), q[0], q[2], ratio.median(), ratio[0], ratio[2], of}
}

// engineBatch is the reference's batch: as many positive as negative rows.
const engineBatch = 500

// engineSizes are the networks whose batches are measured, and largest is the
// one whose predictions are.
var engineSizes = []int{2000, 500}

const largest = 2000

// learningInUnits measures a training batch of the reference's settings, both
// circuits on, for networks of two layers of each size, and the unit in turn
// with them.
func learningInUnits(b *blas, p plan, threads int, sizes []int) ([]timing, error) {
	b.setThreads(threads)
	list := []contender{{run: unitProduct(b)}}
	for _, hidden := range sizes {
		l, err := newLearning(hidden, threads)
		if err != nil {
			return nil, err
		}
		defer l.trainer.Close()
		list = append(list, contender{run: l.run})
	}
	seconds := p.measure(list)
	all := []timing{newTiming("unit", "units", threads, seconds[0], ratios(seconds[0], seconds[0]))}
	for i, hidden := range sizes {
		what := fmt.Sprintf("batch of %d+%d rows, 12 rounds, both circuits, 2×%d", engineBatch, engineBatch, hidden)
		all = append(all, newTiming(what, "units", threads, seconds[1+i], ratios(seconds[1+i], seconds[0])))
	}
	return all, nil
}

// learning learns batch after batch of one network.
type learning struct {
	trainer *runtime.Trainer
	data    images
}

func newLearning(hidden, threads int) (*learning, error) {
	m, s, err := referenceModel(hidden)
	if err != nil {
		return nil, err
	}
	s.Epochs = 1 << 20
	t, err := runtime.NewTrainer(m, s, threads)
	return &learning{t, newImages(engineBatch)}, err
}

// run learns so many batches.
func (l *learning) run(times int) {
	ctx, stop := context.WithCancel(context.Background())
	err := l.trainer.Fit(ctx, l.data, func(runtime.Report) {
		if times--; times == 0 {
			stop()
		}
	}, nil)
	if !errors.Is(err, context.Canceled) {
		must(err)
	}
}

// referenceModel returns a new network of two layers with the reference's
// settings, for images of handwritten digits.
func referenceModel(hidden int) (*model.Model, runtime.Settings, error) {
	s, c, err := runtime.Preset("reference")
	if err != nil {
		return nil, s, err
	}
	s.Batch = engineBatch
	c.Input, c.Hidden = model.Image(28, 28), []int{hidden, hidden}
	for i := range 10 {
		c.Classes = append(c.Classes, strconv.Itoa(i))
	}
	m, err := model.New(c, 0)
	return m, s, err
}

// images are samples as sparse as handwritten digits: a fifth of the pixels is
// not black.
type images struct{ pixels [][]float32 }

func newImages(n int) (list images) {
	r := rand.New(rand.NewPCG(6, 7))
	for range n {
		x := make([]float32, 28*28)
		for i := range x {
			if r.IntN(5) == 0 {
				x[i] = 0.2 + 0.8*r.Float32()
			}
		}
		list.pixels = append(list.pixels, x)
	}
	return list
}

// repeated is how many batches an epoch has: the images over and over.
const repeated = 16

// Len returns the number of samples in an epoch.
func (l images) Len() int { return repeated * len(l.pixels) }

// Sample writes sample i to dst and returns its label.
func (l images) Sample(dst []float32, i int) int {
	copy(dst, l.pixels[i%len(l.pixels)])
	return i % 10
}

// predictions measures predictions of one sample with a network of two layers:
// exact goodness beside the plain sweep, the read-out beside reading the
// weights that it goes through.
func predictions(p plan, threads, hidden int) ([]timing, error) {
	m, _, err := referenceModel(hidden)
	if err != nil {
		return nil, err
	}
	engine, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	s := runtime.NewSession(engine, threads)
	defer s.Close()
	pool := simd.NewPool(threads)
	defer pool.Close()
	sparse := matrixOf(1, 28*28, newImages(1).pixels[0])
	dense := matrixOf(1, 28*28, uniform(28*28, 8))
	predict := func(x simd.Matrix, method runtime.Method) func(times int) {
		return func(times int) {
			for range times {
				_, err := s.Predict(context.Background(), x, method)
				must(err)
			}
		}
	}
	w := newSweep(m, pool)
	if err := w.check(s, sparse); err != nil {
		return nil, err
	}
	seconds := p.measure([]contender{
		{run: predict(sparse, runtime.Goodness)}, {run: w.runner(sparse, false)}, {run: w.runner(sparse, true)},
		{run: predict(sparse, runtime.Readout)}, {run: predict(dense, runtime.Readout)}, {run: reader(m, pool)},
	})
	const faster, reading = "goodness beside it", "readings of the weights"
	name := func(what string) string { return fmt.Sprintf("%s, one sample, 2×%d", what, hidden) }
	var all []timing
	add := func(what, of string, i, over int) {
		all = append(all, newTiming(name(what), of, threads, seconds[i], ratios(seconds[i], seconds[over])))
	}
	add("exact goodness", faster, 0, 0)
	add("plain sweep, every product in full", faster, 1, 0)
	add("plain sweep, zeros skipped", faster, 2, 0)
	add("read-out, a fifth of the inputs not zero", reading, 3, 5)
	add("read-out, no input zero", reading, 4, 5)
	return all, nil
}

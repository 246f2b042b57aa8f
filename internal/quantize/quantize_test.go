package quantize

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
)

// learnt returns a network that has learnt some digits, and digits to test it.
func learnt(t *testing.T) (m *model.Model, train, test *data.Set) {
	var err error
	for split, set := range map[data.Split]**data.Set{data.Train: &train, data.Test: &test} {
		*set, err = data.Open(t.Context(), data.Synthetic, data.Options{Split: split, Samples: 600, Seed: 1})
		require.NoError(t, err)
	}
	s, c, err := runtime.Preset("fast")
	require.NoError(t, err)
	s.Epochs = 4
	s.SetBatch(20)
	c.Input, c.Classes, c.Hidden = train.Input, train.Classes, []int{48, 32}
	m, err = model.New(c, 1)
	require.NoError(t, err)
	trainer, err := runtime.NewTrainer(m, s, 1)
	require.NoError(t, err)
	defer trainer.Close()
	require.NoError(t, trainer.Fit(t.Context(), train, nil, nil))
	return trainer.Live().Model().Clone(), train, test
}

// TestRun: what is measured is so, and all of it.
func TestRun(t *testing.T) {
	m, train, test := learnt(t)
	steps := map[string]bool{}
	p := &Plan{Calibration: quant.LeastError, Samples: 120, MaxDrop: 100, Threads: 1, Rounds: 3, Progress: func(done, all int, what string) {
		require.True(t, done >= 0 && done <= all && all > 0, what)
		steps[what] = true
	}}
	q, r, err := p.Run(t.Context(), m, train, test)
	require.NoError(t, err)
	require.NoError(t, q.Validate())
	require.Equal(t, 120, r.Samples)
	for _, what := range []string{"calibrating", "comparing products", "float32, auto", "int8, goodness", "timing 100 by readout"} {
		require.True(t, steps[what], what)
	}
	require.Less(t, r.Bytes.Share, 0.45)
	require.Empty(t, r.Blame)
	for _, one := range r.Matrices {
		require.Greater(t, *one.Weights, 30.0, one.Name)
	}
	_, _, err = p.Run(t.Context(), q, train, test)
	require.ErrorIs(t, err, runtime.ErrInt8)

	ctx, stop := context.WithCancel(t.Context())
	p.Progress = func(int, int, string) { stop() }
	_, _, err = p.Run(ctx, m, train, test)
	require.ErrorIs(t, err, context.Canceled)
}

// TestBlame: the matrix whose limit is far off is found, though its weights are
// fine.
func TestBlame(t *testing.T) {
	m, train, test := learnt(t)
	p := &Plan{Calibration: quant.MinMax, Samples: 100, Threads: 1, Rounds: 1}
	q, err := p.Calibrated(t.Context(), m, train)
	require.NoError(t, err)
	q.Int8.Clip[0] = 1e6 // all codes of n(x) are 0
	trial, err := newTrial(p, m, q)
	require.NoError(t, err)
	defer trial.close()
	var r Report
	r.Accuracy, err = trial.accuracy(t.Context(), test)
	require.NoError(t, err)
	worst := r.worst()
	require.Greater(t, worst.Drop, 1.0)
	r.Blame, err = trial.blame(t.Context(), test, worst)
	require.NoError(t, err)
	require.Equal(t, "W1", r.Blame[0].Matrix)
	require.InDelta(t, worst.Drop, r.Blame[0].Drop, 3)
	for _, b := range r.Blame[1:] {
		require.LessOrEqual(t, math.Abs(b.Drop), r.Blame[0].Drop)
	}
	matrices, err := trial.matrices(t.Context(), train)
	require.NoError(t, err)
	for _, one := range matrices {
		if one.Product != nil && one.Name != "W1" {
			require.Greater(t, *one.Product, *matrices[0].Product+10, one.Name)
		}
	}
}

func TestJudge(t *testing.T) {
	fine := Accuracy{Method: runtime.Auto, Before: 0.9, After: 0.899, Drop: 0.1}
	bad := Accuracy{Method: runtime.Goodness, Before: 0.9, After: 0.88, Drop: 2}
	slow, fast := Latency{Method: runtime.Readout, Batch: 1, Gain: 0.5}, Latency{Method: runtime.Auto, Batch: 100, Gain: 1.2}
	for want, r := range map[string]Report{
		"": {Accuracy: []Accuracy{fine}, Latency: []Latency{slow, fast}},
		"nothing gets faster on this machine: at best, 1 by readout, it takes 2.00 times as long":                                                  {Accuracy: []Accuracy{fine}, Latency: []Latency{slow}},
		"accuracy by goodness falls by 2.00 points, from 90.00% to 88.00%, more than 0.2; V2 is to blame, which alone costs 1.90 points":           {Accuracy: []Accuracy{fine, bad}, Latency: []Latency{fast}, Blame: []Blame{{"V2", runtime.Goodness, 1.9}}},
		"accuracy by goodness falls by 2.00 points, from 90.00% to 88.00%, more than 0.2; no matrix alone is to blame, V2 costs most, 0.50 points": {Accuracy: []Accuracy{bad}, Latency: []Latency{fast}, Blame: []Blame{{"V2", runtime.Goodness, 0.5}}},
	} {
		r.MaxDrop = 0.2
		r.judge()
		if want == "" {
			require.Empty(t, r.Refused)
			continue
		}
		require.Equal(t, []string{want}, r.Refused)
	}
}

package runtime

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// TestSessionsShareAnEngine runs many sessions on one engine at a time, each
// with all operations, and expects what one session alone computes. The race
// detector watches.
func TestSessionsShareAnEngine(t *testing.T) {
	n := newNetwork(shape{[]int{70, 40}, 10}, 40, 5, 4)
	require.NoError(t, FitMixtures(background, n.session(t, 1), n.samples(60), 1))
	x := toSimd(n.inputs(203))
	engine := n.engine(t)
	want, err := useAll(engine, x, 1)
	require.NoError(t, err)

	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			got, err := useAll(engine, x, 1+i%3)
			for k := range got {
				if !sameBits(want[k].Data, got[k].Data) {
					err = errors.Join(err, fmt.Errorf("result %d differs", k))
				}
			}
			errs[i] = err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
}

// useAll returns the results of every operation of a session of its own.
func useAll(e *Engine, x simd.Matrix, threads int) ([]simd.Matrix, error) {
	s := NewSession(e, threads)
	defer s.Close()
	c := &e.Model().Config
	var results []simd.Matrix
	var errs []error
	keep := func(m simd.Matrix, err error) {
		out := simd.NewMatrix(m.Rows, m.Cols)
		copyRows(out, m)
		results, errs = append(results, out), append(errs, err)
	}
	into := func(cols int, f func(dst simd.Matrix) error) {
		dst := simd.NewMatrix(x.Rows, cols)
		keep(dst, f(dst))
	}
	for range 2 {
		keep(s.Predict(background, x, Readout))
		keep(s.Predict(background, x, Goodness))
		keep(s.Surprise(background, x))
		into(x.Cols, func(dst simd.Matrix) error { return s.Reconstruct(background, dst, x) })
		into(c.Latents, func(dst simd.Matrix) error { return s.Latents(background, dst, x, nil) })
		into(x.Cols, func(dst simd.Matrix) error { return s.Synthesize(background, dst, results[len(results)-1]) })
		into(x.Cols, func(dst simd.Matrix) error { return s.Imagine(background, dst, 2, 1) })
	}
	return results, errors.Join(errs...)
}

// TestLearningBesidePrediction: a snapshot may predict while its trainer goes
// on, and so may several trainers of their own models.
func TestLearningBesidePrediction(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		data := blobs(33, 13, 5, 1, 0.1)
		trainer := s.trainer(t, 2)
		fitUntil(t, trainer, data, 1)
		engine, err := New(trainer.Snapshot())
		require.NoError(t, err)
		want := predicted(t, NewSession(engine, 1), data.matrix(), Goodness)

		var group sync.WaitGroup
		var learnErr, otherErr, predictErr error
		other := s.trainer(t, 1)
		group.Go(func() { learnErr = trainer.Fit(background, data, nil, nil) })
		group.Go(func() { otherErr = other.Fit(background, data, nil, nil) })
		group.Go(func() {
			session := NewSession(engine, 1)
			defer session.Close()
			for range 5 {
				got, err := session.Predict(background, data.matrix(), Goodness)
				if err == nil && !sameBits(want.Data, got.Data) {
					err = errors.New("another prediction")
				}
				predictErr = errors.Join(predictErr, err)
			}
		})
		group.Wait()
		require.NoError(t, errors.Join(learnErr, otherErr, predictErr))
		requireSameTrainer(t, trainer, other)
	})
}

package bench

import (
	"context"
	"testing"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/stretchr/testify/require"
)

// some are the samples of a set that are chosen.
type some struct {
	*data.Set
	rows []int
}

func (s *some) Len() int { return len(s.rows) }

func (s *some) Sample(dst []float32, i int) int { return s.Set.Sample(dst, s.rows[i]) }

// nines splits a set: digits 0…8, and nines.
func nines(set *data.Set) (others, nines *some) {
	others, nines = &some{Set: set}, &some{Set: set}
	for i, label := range set.Labels {
		if label == 9 {
			nines.rows = append(nines.rows, i)
		} else {
			others.rows = append(others.rows, i)
		}
	}
	return others, nines
}

// TestMNISTTenthDigit: adding a class takes nothing from nine digits that are known,
// by either method, in float32 and in int8. What teaching it then gives, without replay
// of the others, is told.
func TestMNISTTenthDigit(t *testing.T) {
	others, taught := nines(mnist(t, data.Train, 60_000))
	known, new := nines(mnist(t, data.Test, 10_000))
	set, c, err := runtime.Preset("fast")
	require.NoError(t, err)
	set.Epochs, set.Generative = 3, false
	c.Input, c.Classes, c.Hidden = known.Input, known.Classes[:9], []int{200, 200}
	m, err := model.New(c, 1)
	require.NoError(t, err)
	m.Provenance.Settings = "fast"
	trainer, err := runtime.NewTrainer(m, set, 1)
	require.NoError(t, err)
	require.NoError(t, trainer.Fit(context.Background(), others, nil, nil))
	trainer.Close()
	small, err := m.Quantise()
	require.NoError(t, err)
	for name, m := range map[string]*model.Model{"float32": m, "int8": small} {
		grown, err := m.AddClass("9")
		require.NoError(t, err)
		before, after := bothAccuracies(t, m, known), bothAccuracies(t, grown, known)
		t.Logf("%s: goodness, read-out of nine digits %.4f, with a tenth class %.4f", name, before, after)
		require.InDeltaSlice(t, before[:], after[:], 0.0002)
		for _, n := range []int{20, 200} {
			l, err := runtime.NewLearner(grown.Clone(), 1)
			require.NoError(t, err)
			teachNines(t, l, taught, n)
			now := l.Snapshot()
			l.Close()
			t.Logf("%s: taught %d: %.4f, recall of the tenth %.4f", name, n, bothAccuracies(t, now, known), bothAccuracies(t, now, new))
		}
	}
}

// teachNines teaches the first n samples, ten a lesson.
func teachNines(t *testing.T, l *runtime.Learner, set *some, n int) {
	x := make([]float32, l.Input().Size())
	for at := 0; at < n; at += 10 {
		op := &runtime.Teach{Class: "9", Size: len(x)}
		for i := range 10 {
			set.Sample(x, at+i)
			op.Inputs = append(op.Inputs, x...)
		}
		require.NoError(t, l.Apply(op))
	}
}

// bothAccuracies are those of goodness and of the read-out.
func bothAccuracies(t *testing.T, m *model.Model, set runtime.Samples) (a [2]float64) {
	engine, err := runtime.New(m)
	require.NoError(t, err)
	session := runtime.NewSession(engine, 1)
	defer session.Close()
	for i, method := range []runtime.Method{runtime.Goodness, runtime.Readout} {
		r, err := evaluate.Predict(context.Background(), session, set, method, 0, nil)
		require.NoError(t, err)
		a[i] = r.Accuracy
	}
	return a
}

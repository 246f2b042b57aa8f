package bench

import (
	"context"
	"slices"
	"testing"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/stretchr/testify/require"
)

// TestMNISTForget: after a stream of all digits, remembered in 157 kB, the nines are
// forgotten. The others must keep what they have. How much of the nines is left in the
// network shows in how well it knows them again after ten samples, beside one that
// streamed the others alone.
func TestMNISTForget(t *testing.T) {
	train := mnist(t, data.Train, 60_000)
	test := mnist(t, data.Test, 10_000)
	without, nine := nines(train)
	others, fresh := nines(test)
	knew, never := streamed(t, train), streamed(t, without)
	a, b := knownOf(t, knew, others), knownOf(t, knew, fresh)
	t.Logf("after the stream: digits 0…8 %.4f, nines %.4f; of one that saw no nine %.4f", a, b, knownOf(t, never, others))

	require.NoError(t, never.Apply(&runtime.Forget{Class: "9"})) // whose output is untaught, for the same start
	require.NoError(t, knew.Apply(&runtime.Forget{Class: "9"}))
	forgotten := knownOf(t, knew, others)
	t.Logf("forgotten: digits 0…8 %.4f", forgotten)
	require.GreaterOrEqual(t, forgotten, a-0.005)
	slept, rested := cloneOf(t, knew), cloneOf(t, never)
	for _, l := range []*runtime.Learner{slept, rested} {
		require.NoError(t, l.Apply(&runtime.Sleep{Steps: runtime.SleepSteps, Of: runtime.SleepSteps}))
	}
	require.GreaterOrEqual(t, knownOf(t, slept, others), a-0.005)
	for _, c := range []struct {
		name string
		l    *runtime.Learner
	}{{"forgotten", knew}, {"forgotten, slept 1,500", slept}, {"never seen", never}, {"never seen, slept 1,500", rested}} {
		t.Logf("%s: digits 0…8 %.4f", c.name, knownOf(t, c.l, others))
		for _, n := range []int{1, 10, 20} {
			l := cloneOf(t, c.l)
			teachAtOnce(t, l, nine, n)
			t.Logf("%s, taught %d nines: nines %.4f, digits 0…8 %.4f", c.name, n, knownOf(t, l, fresh), knownOf(t, l, others))
		}
	}
}

// streamed returns a learner of 2×200 that has streamed a set once, and remembers it in
// 157 kB. Ten classes are there from the start.
func streamed(t *testing.T, set runtime.Samples) *runtime.Learner {
	_, c, err := runtime.Preset("fast")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden = model.Image(28, 28), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, []int{200, 200}
	m, err := model.New(c, 1)
	require.NoError(t, err)
	m.Provenance.Settings = "fast"
	l, err := runtime.NewLearner(m, 2)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	require.NoError(t, l.Rehearse(runtime.NewRehearsal(157_000, c.Input)))
	x := make([]float32, c.Input.Size())
	const atOnce = 1000
	for lo := 0; lo < set.Len(); lo += atOnce {
		op := &runtime.Learn{Size: len(x)}
		for i := lo; i < min(lo+atOnce, set.Len()); i++ {
			name := c.Classes[set.Sample(x, i)]
			if !slices.Contains(op.Classes, name) {
				op.Classes = append(op.Classes, name)
			}
			op.Labels = append(op.Labels, slices.Index(op.Classes, name))
			op.Inputs = append(op.Inputs, x...)
		}
		require.NoError(t, l.Apply(op))
	}
	return l
}

func cloneOf(t *testing.T, l *runtime.Learner) *runtime.Learner {
	other, err := l.Clone()
	require.NoError(t, err)
	t.Cleanup(other.Close)
	return other
}

// teachAtOnce teaches the first n nines in one lesson.
func teachAtOnce(t *testing.T, l *runtime.Learner, set *some, n int) {
	op := &runtime.Teach{Class: "9", New: true, Size: l.Input().Size()}
	x := make([]float32, op.Size)
	for i := range n {
		set.Sample(x, i)
		op.Inputs = append(op.Inputs, x...)
	}
	require.NoError(t, l.Apply(op))
}

// knownOf is the accuracy of goodness.
func knownOf(t *testing.T, l *runtime.Learner, set runtime.Samples) float64 {
	r, err := evaluate.Predict(context.Background(), l.Session(), set, runtime.Goodness, 0, nil)
	require.NoError(t, err)
	return r.Accuracy
}

package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// rehearsingTestLearner returns a learner of three classes that remembers ten samples
// of each.
func rehearsingTestLearner(t *testing.T) *Learner {
	l := newTestLearner(t, stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 3))
	require.NoError(t, l.Rehearse(NewRehearsal(4000, l.Input())))
	data := blobs(30, 13, 3, 9, 0.1)
	require.NoError(t, l.Remember(data))
	return l
}

// TestHarmOfRelabelling does not count the sample that gets another label, which was
// wrong before.
func TestHarmOfRelabelling(t *testing.T) {
	l := rehearsingTestLearner(t)
	first, end := l.Memory().Range(0)
	_, held := l.Held().Count(0)
	op := &Relabel{ID: l.Memory().ID(first), Class: l.Classes()[1]}
	trial, err := l.Try(background, op)
	require.NoError(t, err)
	for i, k := range trial.Before {
		require.Equal(t, k.Samples, trial.After[i].Samples)
	}
	require.Equal(t, end-first-1+int(held), trial.Before[0].Samples)
}

// TestHarmOfForgetting is what the classes lose that stay.
func TestHarmOfForgetting(t *testing.T) {
	l := rehearsingTestLearner(t)
	trial, err := l.Try(background, &Forget{Class: l.Classes()[1]})
	require.NoError(t, err)
	trial.Before[0].Right, trial.Before[1].Right, trial.Before[2].Right = 3, 0, 5
	trial.After[0].Right, trial.After[2].Right = 3, 5
	mean, worst, class := trial.Harm()
	require.Zero(t, mean)
	require.Zero(t, worst)
	require.Equal(t, l.Classes()[0], class)

	first, _ := l.Memory().Range(2)
	trial, err = l.Try(background, &Forget{IDs: []uint64{l.Memory().ID(first)}})
	require.NoError(t, err)
	mean, _, _ = trial.Harm()
	require.Zero(t, mean, "nothing is learned")
}

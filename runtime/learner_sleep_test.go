package runtime

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSleepInParts: it has the bits of the same steps at once, but that each part counts
// as a lesson.
func TestSleepInParts(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		const of = 60
		start := func() *Learner {
			l := rehearsing(t, tinyModel(t, 3, small), 3000, 1)
			require.NoError(t, l.Apply(learnOf(0, cycle(60, "0", "1", "2")...)))
			return l
		}
		whole := start()
		before := stateOf(t, whole)
		require.NoError(t, whole.Apply(&Sleep{of, 0, of}))
		require.False(t, bytes.Equal(before, stateOf(t, whole)))
		lessons := whole.Lessons()
		for _, parts := range [][]int{{30, 30}, {1, 58, 1}, {20, 20, 19, 1}, {7, 13, 40}} {
			l, from := start(), 0
			for i, n := range parts {
				require.NoError(t, l.Apply(&Sleep{n, from, of}))
				from += n
				if i == 0 {
					l = resumed(t, l, 2)
				}
			}
			require.Equal(t, lessons-1+len(parts), l.Lessons())
			l.lessons = lessons
			require.True(t, bytes.Equal(stateOf(t, whole), stateOf(t, l)), "%v", parts)
		}
		// The rate falls over all of it: the first half alone is something else.
		half := start()
		require.NoError(t, half.Apply(&Sleep{of, 0, 2 * of}))
		require.False(t, bytes.Equal(stateOf(t, whole), stateOf(t, half)))
	})
}

// TestSleepDreams: at its end, not before, a model that imagines has mixtures of what is
// remembered, with one for a class that came since; one that does not imagine gets none.
func TestSleepDreams(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		m := tinyModel(t, 3, small)
		s := int8Session(t, m, 1)
		require.NoError(t, FitMixtures(background, s, &samplesOf{tinyImage.Size(), 300, 3}, 1))
		require.Len(t, m.PerClass, 3)
		l := rehearsing(t, m, 20_000, 1)
		require.True(t, l.t.set.Generative)
		require.NoError(t, l.Remember(&samplesOf{tinyImage.Size(), 300, 3}))
		require.NoError(t, l.Apply(learnOf(0, cycle(120, "3")...)))
		require.Len(t, l.t.model.PerClass, 4)
		require.Empty(t, l.t.model.PerClass[3], "it has learned nothing to imagine yet")
		was := l.Snapshot()
		require.NoError(t, l.Apply(&Sleep{5, 0, 10}))
		require.Equal(t, was.Overall, l.Snapshot().Overall)
		require.Equal(t, was.PerClass, l.Snapshot().PerClass)
		require.NoError(t, l.Apply(&Sleep{5, 5, 10}))
		now := l.Snapshot()
		require.NotEqual(t, was.Overall, now.Overall)
		require.NotEmpty(t, now.PerClass[3])
		require.NoError(t, now.Validate())

		// They are a checkpoint's, and fitted alike by any number of threads.
		again := resumed(t, l, 3)
		require.Equal(t, now.PerClass, again.Snapshot().PerClass)
		require.NoError(t, l.Apply(&Sleep{3, 0, 3}))
		require.NoError(t, again.Apply(&Sleep{3, 0, 3}))
		require.True(t, bytes.Equal(stateOf(t, l), stateOf(t, again)))

		// A class that is forgotten takes its mixture along.
		third := l.Snapshot().PerClass[3]
		require.NoError(t, l.Apply(&Forget{Class: "1"}))
		require.Equal(t, third, l.Snapshot().PerClass[2])

		plain := rehearsing(t, tinyModel(t, 3, small), 20_000, 1)
		require.False(t, plain.t.set.Generative)
		require.NoError(t, plain.Remember(&samplesOf{tinyImage.Size(), 300, 3}))
		require.NoError(t, plain.Apply(&Sleep{5, 0, 5}))
		require.Empty(t, plain.Snapshot().Overall)
	})
}

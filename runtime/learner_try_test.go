package runtime

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/replay"
)

// TestTry: a trial changes nothing; applying what was tried gives the bits of applying
// it alone; anything else drops the trial.
func TestTry(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		start := func() *Learner {
			l := rehearsing(t, tinyModel(t, 3, small), 3000, 1)
			require.NoError(t, l.Apply(learnOf(0, cycle(60, "0", "1", "2")...)))
			return l
		}
		l, alone, id := start(), start(), uint64(0)
		id = l.Memory().ID(2)
		for _, op := range []Operation{
			learnOf(100, cycle(20, "0", "1")...), &Teach{Class: "new", New: true, Size: tinyImage.Size(), Pixels: glyphs("new", 0, 3)},
			&Sleep{2, 0, 2}, &Forget{IDs: []uint64{id}}, &Forget{Class: "2"}, &AddClass{"late"},
		} {
			before := stateOf(t, l)
			trial, err := l.Try(background, op)
			require.NoError(t, err)
			require.True(t, bytes.Equal(before, stateOf(t, l)), "%#v", op)
			require.Len(t, trial.Before, len(alone.Classes()))
			require.Len(t, trial.After, len(alone.Classes()))
			for i := range trial.Before {
				require.Equal(t, alone.Classes()[i], trial.Before[i].Class)
				require.Equal(t, alone.Classes()[i], trial.After[i].Class)
			}
			// An equal operation, not just the same one.
			b, err := op.Append(nil)
			require.NoError(t, err)
			again, err := DecodeOperation(op.Kind(), b)
			require.NoError(t, err)
			adopted := l.trial.after.t
			require.NoError(t, l.Apply(again))
			require.Same(t, adopted, l.t, "the copy's work was not done again")
			require.Nil(t, l.trial)
			require.NoError(t, alone.Apply(op))
			require.True(t, bytes.Equal(stateOf(t, alone), stateOf(t, l)), "%#v", op)
		}
	})
}

// TestTrialsEnd: with another operation, one refused aside, another trial, other
// memories or samples, and DropTrial.
func TestTrialsEnd(t *testing.T) {
	op, other := learnOf(100, cycle(20, "0", "1")...), learnOf(101, cycle(20, "0", "1")...)
	for name, does := range map[string]func(t *testing.T, l *Learner){
		"another operation": func(t *testing.T, l *Learner) { require.NoError(t, l.Apply(other)) },
		"a class":           func(t *testing.T, l *Learner) { require.NoError(t, l.AddClass("x")) },
		"remember":          func(t *testing.T, l *Learner) { require.NoError(t, l.Remember(&samplesOf{tinyImage.Size(), 30, 3})) },
		"rehearse": func(t *testing.T, l *Learner) {
			require.NoError(t, l.Rehearse(NewRehearsal(2000, tinyImage)))
			require.NoError(t, l.Remember(&samplesOf{tinyImage.Size(), 30, 3}))
		},
		"drop": func(t *testing.T, l *Learner) { l.DropTrial(); l.DropTrial() },
		"try another": func(t *testing.T, l *Learner) {
			_, err := l.Try(background, other)
			require.NoError(t, err)
		},
		"refused": func(t *testing.T, l *Learner) { require.Error(t, l.Apply(&Forget{Class: "nobody"})) },
		"a trial that fails": func(t *testing.T, l *Learner) {
			_, err := l.Try(background, &Forget{Class: "nobody"})
			require.Error(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := func() *Learner {
				l := rehearsing(t, tinyModel(t, 3, false), 3000, 1)
				require.NoError(t, l.Apply(learnOf(0, cycle(40, "0", "1", "2")...)))
				return l
			}
			l, alone := start(), start()
			_, err := l.Try(background, op)
			require.NoError(t, err)
			does(t, l)
			does(t, alone)
			require.True(t, bytes.Equal(stateOf(t, alone), stateOf(t, l)))
			require.NoError(t, l.Apply(op))
			alone.DropTrial()
			require.NoError(t, alone.Apply(op))
			require.True(t, bytes.Equal(stateOf(t, alone), stateOf(t, l)))
		})
	}
}

// TestTryWithoutRehearsal: there is nothing to tell by then, and the rest holds.
func TestTryWithoutRehearsal(t *testing.T) {
	l, err := NewLearner(tinyModel(t, 3, false), 1)
	require.NoError(t, err)
	defer func() { l.Close() }()
	before := stateOf(t, l)
	trial, err := l.Try(background, teachOf("1", 0, 4))
	require.NoError(t, err)
	mean, worst, class := trial.Harm()
	require.Equal(t, []any{0.0, 0.0, ""}, []any{mean, worst, class})
	require.True(t, bytes.Equal(before, stateOf(t, l)))
	require.NoError(t, l.Apply(teachOf("1", 0, 4)))
	require.False(t, bytes.Equal(before, stateOf(t, l)))
}

func TestHarm(t *testing.T) {
	for _, c := range []struct {
		before, after []Known
		mean, worst   float64
		class         string
	}{
		{nil, nil, 0, 0, ""},
		{[]Known{{"a", 10, 9}, {"b", 4, 4}}, []Known{{"a", 10, 8}, {"b", 4, 2}}, 0.3, 0.5, "b"},
		{[]Known{{"a", 10, 5}, {"b", 10, 5}}, []Known{{"a", 10, 8}, {"b", 10, 6}}, -0.2, -0.1, "b"}, // both gain
		{[]Known{{"a", 10, 9}, {"gone", 10, 2}}, []Known{{"a", 10, 7}, {"gone", 0, 0}}, 0.2, 0.2, "a"},
		{[]Known{{"none", 0, 0}, {"a", 10, 9}}, []Known{{"none", 0, 0}, {"a", 10, 10}}, -0.1, -0.1, "a"},
		{[]Known{{"a", 10, 10}, {"b", 10, 10}, {"c", 10, 10}}, []Known{{"a", 10, 10}, {"b", 10, 9}, {"c", 10, 8}}, 0.1, 0.2, "c"},
	} {
		mean, worst, class := (&Trial{Before: c.before, After: c.after}).Harm()
		require.InDelta(t, c.mean, mean, 1e-12)
		require.InDelta(t, c.worst, worst, 1e-12)
		require.Equal(t, c.class, class)
	}
}

// TestKnownCounts: of a class all held-back samples that Try looks at are counted, up to
// knownSamples, remembered ones where fewer are held back.
func TestKnownCounts(t *testing.T) {
	l := rehearsing(t, tinyModel(t, 3, false), 100_000, 1)
	require.NoError(t, l.Apply(learnOf(0, cycle(90, "0", "0", "1")...)))
	list, err := l.known(background, l, nil)
	require.NoError(t, err)
	require.Equal(t, []int{32, 30, 0}, []int{list[0].Samples, list[1].Samples, list[2].Samples})
	require.EqualValues(t, 1, list[2].Share())
	right := map[int]int{}
	for label := range 2 {
		n := 0
		for _, m := range []*replay.Memory{l.Held(), l.Memory()} {
			from, to := m.Range(label)
			for i := from; i < to && n < knownSamples; i++ {
				in := l.Session().Inputs(1)
				m.Sample(in.Row(0), i)
				p, err := l.Session().Predict(background, in, Goodness)
				require.NoError(t, err)
				if best, _ := Best(p.Row(0)); best == label {
					right[label]++
				}
				n++
			}
		}
		require.Equal(t, right[label], list[label].Right)
	}
}

// TestLowest against values of Wilson's interval worked out elsewhere: the lower ends
// for 0 of 10, 5 of 10, 10 of 10, 81 of 263 (Wilson's form, z = 1.96) and more.
func TestLowest(t *testing.T) {
	for _, c := range []struct {
		right, n int
		want     float64
	}{{0, 10, 0}, {5, 10, 0.2366}, {10, 10, 0.7225}, {81, 263, 0.2553}, {15, 148, 0.0624}, {1, 1, 0.2065}, {32, 32, 0.8928}, {95, 100, 0.8882}, {0, 0, 0}, {0, 1, 0}} {
		require.InDelta(t, c.want, lowest(c.right, c.n), 6e-5, "%d of %d", c.right, c.n)
	}
	for n := 1; n < 60; n++ {
		for right := range n {
			require.Less(t, lowest(right, n), lowest(right+1, n))
			require.LessOrEqual(t, lowest(right, n), float64(right)/float64(n))
			require.GreaterOrEqual(t, lowest(right, n), 0.0)
		}
	}
}

// TestRecalls agrees with predicting the held-back samples one by one.
func TestRecalls(t *testing.T) {
	l := rehearsing(t, tinyModel(t, 4, false), 100_000, 1)
	require.NoError(t, l.Apply(learnOf(0, cycle(200, "0", "1", "0", "2")...)))
	before := stateOf(t, l)
	list, err := l.Recalls(background)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, stateOf(t, l)))
	require.Len(t, list, 4)
	right := make([]int, 4)
	for i := range l.Held().Len() {
		in := l.Session().Inputs(1)
		label := l.Held().Sample(in.Row(0), i)
		p, err := l.Session().Predict(background, in, Goodness)
		require.NoError(t, err)
		if best, _ := Best(p.Row(0)); best == label {
			right[label]++
		}
	}
	taught := []uint64{100, 50, 50, 0}
	for label, r := range list {
		kept, _ := l.Memory().Count(label)
		held, _ := l.Held().Count(label)
		require.Equal(t, Recall{Class: l.Classes()[label], Held: held, Right: right[label], Taught: taught[label], Kept: kept, AtLeast: lowest(right[label], held)}, r)
		require.True(t, r.Enough(r.AtLeast))
		require.False(t, r.Enough(r.AtLeast+1e-9))
	}
	require.True(t, math.IsNaN(list[3].Share()))
	require.EqualValues(t, 0, list[3].AtLeast)
	require.False(t, list[3].Enough(0.01))
}

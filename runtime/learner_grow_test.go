package runtime

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// growingLessons are lessons of 15 classes, then of those and two more, one of
// which begins a panel.
func growingLessons(inputs int) (ops []Operation) {
	for i, op := range lessons(19, inputs, 15) {
		switch {
		case i == 3:
			ops = append(ops, &AddClass{Class: "fifteen"})
		case i == 5:
			ops = append(ops, &AddClass{Class: "sixteen"})
		case i > 5 && i%2 == 0:
			op.Class = "sixteen"
		case i > 3 && i%5 == 0:
			op.Class = "fifteen"
		}
		ops = append(ops, op)
	}
	return ops
}

// TestLearnerGrowsAnywhere: stopped before and after every operation and resumed, with
// another number of threads, it has the same bits as one that never stopped.
func TestLearnerGrowsAnywhere(t *testing.T) {
	eachStyle(t, shapes[4], 13, 15, func(t *testing.T, s *style) {
		whole, stopped := newTestLearner(t, s), newTestLearner(t, s)
		for i, op := range growingLessons(13)[:12] {
			require.NoError(t, whole.Apply(op))
			c, err := model.DecodeCheckpoint(bytes.NewReader(stateOf(t, stopped)))
			require.NoError(t, err)
			stopped, err = ResumeLearner(c, 1+i%3)
			require.NoError(t, err)
			t.Cleanup(stopped.Close)
			require.NoError(t, stopped.Apply(op))
			require.True(t, bytes.Equal(stateOf(t, whole), stateOf(t, stopped)), "operation %d", i+1)
		}
		require.Len(t, whole.Classes(), 17)
		require.Equal(t, 10, whole.Lessons(), "adding a class is no lesson")
	})
}

// TestAddClassKeepsTheLearner: moments and counters stay.
func TestAddClassKeepsTheLearner(t *testing.T) {
	l := newTestLearner(t, stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 5))
	ops := lessons(3, 13, 5)
	for _, op := range ops {
		require.NoError(t, l.Apply(op))
	}
	before, err := l.Checkpoint()
	require.NoError(t, err)
	want, err := before.AddClass("new")
	require.NoError(t, err)
	clock, done := l.t.clock, l.t.done
	require.NoError(t, l.AddClass("new"))
	got, err := l.Checkpoint()
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, clock, l.t.clock)
	require.Equal(t, done, l.t.done)
	require.Equal(t, 3, l.Lessons())
}

// TestSessionsOutliveAddClass: what was made before predicts what it did.
func TestSessionsOutliveAddClass(t *testing.T) {
	eachStyle(t, shapes[3], 13, 5, func(t *testing.T, s *style) {
		l := newTestLearner(t, s)
		ops := lessons(6, 13, 5)
		require.NoError(t, l.Apply(ops[0]))
		copied, err := New(l.Snapshot())
		require.NoError(t, err)
		sessions := []*Session{l.Session(), NewSession(l.Live(), 2), NewSession(copied, 2)}
		t.Cleanup(sessions[1].Close)
		t.Cleanup(sessions[2].Close)
		predict := func(s *Session) (all []float32) {
			for _, method := range []Method{Readout, Goodness} {
				in := s.Inputs(1)
				copy(in.Row(0), ops[5].Inputs)
				p, err := s.Predict(background, in, method)
				require.NoError(t, err)
				all = append(all, p.Row(0)...)
			}
			return all
		}
		var before [][]float32
		for _, s := range sessions {
			before = append(before, predict(s))
		}
		require.NoError(t, l.AddClass("new"))
		require.NoError(t, l.Teach("new", ops[1]))
		for i, s := range sessions {
			require.Equal(t, before[i], predict(s))
		}
		require.Len(t, predict(l.Session()), 2*6)
	})
}

// TestAddedClassIsLearned: by either method, a class that was added is told from the
// others once it has been taught beside them, also in int8, where its column of W may
// begin at a scale of next to nothing.
func TestAddedClassIsLearned(t *testing.T) {
	for name, int8 := range map[string]bool{"float32": false, "int8": true} {
		t.Run(name, func(t *testing.T) {
			l := newTestLearner(t, stylesOf(t, "fast", func(set *Settings) { set.Int8 = int8 })(shapes[3], 13, 4))
			require.NoError(t, l.AddClass(classNames(5)[4]))
			for range 25 {
				for _, op := range lessons(5, 13, 5) {
					require.NoError(t, l.Apply(op))
				}
			}
			data, session := blobs(60, 13, 5, 5, 0.1), l.Session()
			for _, method := range []Method{Readout, Goodness} {
				right, all := 0, 0
				for i, x := range data.x {
					if data.y[i] != 4 {
						continue
					}
					in := session.Inputs(1)
					copy(in.Row(0), x)
					p, err := session.Predict(background, in, method)
					require.NoError(t, err)
					if best, _ := Best(p.Row(0)); best == 4 {
						right++
					}
					all++
				}
				require.Greater(t, right, all/2, "%v: %d", method, all)
			}
		})
	}
}

func TestLearnerRefusesClasses(t *testing.T) {
	l := newTestLearner(t, stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 5))
	before := stateOf(t, l)
	known := classNames(5)[0]
	for name, part := range map[string]string{
		known: fmt.Sprintf("class name %q", known), "": "a class name of 0 bytes", "\xff": "of UTF-8", strings.Repeat("x", 1<<16): "65536 bytes",
	} {
		err := l.AddClass(name)
		require.ErrorIs(t, err, ErrOperation)
		require.ErrorContains(t, err, part)
	}
	err := l.Teach("nobody", lessons(1, 13, 5)[0])
	require.ErrorIs(t, err, ErrNoClass)
	require.ErrorIs(t, err, ErrOperation)
	require.True(t, bytes.Equal(before, stateOf(t, l)))

	// More labels than there is scratch memory for.
	l.t.set.Batch = maxScratchValues / 50
	require.ErrorIs(t, l.Check(&AddClass{Class: "new"}), ErrSettings)
}

package runtime

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

// TestRehearsalHasRoomForEveryClass: a class for which a memory has no room is
// refused before anything is learned, however it would be added.
func TestRehearsalHasRoomForEveryClass(t *testing.T) {
	_, c, err := Preset("tiny")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden, c.Group, c.Latents = model.Image(3, 2), []string{"cat", "dog"}, []int{9, 7}, 3, 4
	m, err := model.New(c, 5)
	require.NoError(t, err)
	l, err := NewLearner(m, 1)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	require.ErrorIs(t, l.Rehearse(NewRehearsal(700, l.Input())), replay.ErrBudget, "70 bytes for samples held back")
	require.NoError(t, l.Rehearse(NewRehearsal(1100, l.Input())))
	added := 0
	for ; added < 5; added++ {
		name := fmt.Sprint(added)
		op := &Learn{Classes: []string{name}, Labels: make([]int, 30), Size: 6, Pixels: make([]byte, 180)}
		if err = l.Apply(op); err != nil {
			break
		}
	}
	require.Equal(t, 1, added)
	require.ErrorIs(t, err, ErrOperation)
	require.ErrorIs(t, err, replay.ErrBudget)
	before := stateOf(t, l)
	pixels := make([]byte, 6)
	for _, op := range []Operation{
		&AddClass{"eel"}, &Teach{Class: "eel", New: true, Size: 6, Pixels: pixels}, &Correct{Class: "eel", New: true, Size: 6, Pixels: pixels},
		&Learn{Classes: []string{"cat", "eel"}, Labels: []int{0, 1}, Size: 6, Pixels: make([]byte, 12)},
	} {
		require.ErrorIs(t, l.Apply(op), replay.ErrBudget, "%T", op)
	}
	require.True(t, bytes.Equal(before, stateOf(t, l)))
	require.NoError(t, l.Apply(&Learn{Classes: []string{"cat"}, Labels: make([]int, 30), Size: 6, Pixels: make([]byte, 180)}))
}

// TestStreamHoldsItsShareBack: how many samples of a stream are held back does not
// depend on how many come at once.
func TestStreamHoldsItsShareBack(t *testing.T) {
	_, c, err := Preset("tiny")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden, c.Group, c.Latents = model.Image(3, 2), []string{"cat", "dog"}, []int{9, 7}, 3, 4
	for _, n := range []int{1, 3, 10, 40} {
		m, err := model.New(c, 5)
		require.NoError(t, err)
		l, err := NewLearner(m, 1)
		require.NoError(t, err)
		t.Cleanup(l.Close)
		require.NoError(t, l.Rehearse(NewRehearsal(5000, l.Input())))
		for lo := 0; lo < 120; lo += n {
			op := &Learn{Classes: []string{"cat", "dog"}, Size: 6, Pixels: make([]byte, 6*n)}
			for i := range n {
				op.Labels = append(op.Labels, (lo+i)%2)
			}
			if n == 1 {
				op.Classes, op.Labels = op.Classes[lo%2:][:1], []int{0}
			}
			require.NoError(t, l.Apply(op))
		}
		for label := range c.Classes {
			_, held := l.Held().Count(label)
			require.EqualValues(t, 6, held, "%d at once", n)
		}
	}
}

// TestMoreSamples: as many samples more as More says show the recall, a few less do not.
func TestMoreSamples(t *testing.T) {
	_, c, err := Preset("tiny")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden, c.Group, c.Latents = model.Image(3, 2), []string{"cat", "dog"}, []int{9, 7}, 3, 4
	m, err := model.New(c, 5)
	require.NoError(t, err)
	l, err := NewLearner(m, 1)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	rehearsal := NewRehearsal(10_000, l.Input())
	rehearsal.Held = 0.5
	require.NoError(t, l.Rehearse(rehearsal))
	for _, r := range []Recall{{Class: "cat", Held: 4, Right: 4}, {Class: "cat", Held: 20, Right: 19}, {Class: "cat", Held: 50, Right: 46}} {
		r.AtLeast = lowest(r.Right, r.Held)
		n, ok := l.More(&r, 0.8)
		require.True(t, ok)
		soon := min(n/2, max(heldEnough-r.Held, 0))
		need := r.Held + soon + (n/2-soon)/10
		require.InDelta(t, 0.8, lowest(int(r.Share()*float64(need)+0.5), need), 0.03, "%+v: %d more", r, n)
	}
	for _, r := range []Recall{{Class: "cat"}, {Class: "cat", Held: 10, Right: 8}, {Class: "cat", Held: 100_000, Right: 80_001, AtLeast: 0.79}, {Class: "eel", Held: 10, Right: 10}} {
		n, ok := l.More(&r, 0.8)
		require.False(t, ok, "%+v", r)
		require.Zero(t, n)
	}
	n, ok := l.More(&Recall{Class: "cat", Held: 10, Right: 10, AtLeast: 0.85}, 0.8)
	require.True(t, ok)
	require.Zero(t, n, "it is enough")
}

package runtime

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// spots returns samples of a class, each a bright spot in a place of its own.
func spots(class, n int) *Teach {
	op := &Teach{Class: string(rune('a' + class)), New: true, Size: 36}
	for i := range n {
		image := make([]byte, 36)
		for k := range 6 {
			image[6*k+class] = byte(150 + (i*37+k*11)%100)
		}
		image[(i*7)%36] = 80
		op.Pixels = append(op.Pixels, image...)
	}
	return op
}

func spotLearner(t *testing.T, r func(*Rehearsal)) *Learner {
	t.Helper()
	_, c, err := Preset("fast")
	require.NoError(t, err)
	c.Input, c.Hidden, c.Classes = model.Image(6, 6), []int{20, 20}, []string{"a", "b"}
	m, err := model.New(c, 3)
	require.NoError(t, err)
	l, err := NewLearner(m, 1)
	require.NoError(t, err)
	how := NewRehearsal(20000, c.Input)
	how.Shift, how.Warp = 0, false
	r(&how)
	require.NoError(t, l.Rehearse(how))
	t.Cleanup(l.Close)
	return l
}

// TestSecondOpinion: it knows what it was shown, through a new class, one that is
// forgotten in the middle, and a checkpoint.
func TestSecondOpinion(t *testing.T) {
	l := spotLearner(t, func(r *Rehearsal) { r.Opinion = 64 })
	x := make([]float32, 36)
	says := func(l *Learner, class int) string {
		s := spots(class, 40)
		l.Input().ScaleBytes(x, s.Pixels[39*36:])
		got, lead, err := l.SecondOpinion(context.Background(), x)
		require.NoError(t, err)
		require.GreaterOrEqual(t, lead, float32(0))
		if got < 0 {
			return ""
		}
		return l.Classes()[got]
	}
	require.Empty(t, says(l, 0))
	for class := range 4 {
		require.NoError(t, l.Apply(spots(class, 30)))
	}
	for class := range 4 {
		require.Equal(t, string(rune('a'+class)), says(l, class))
	}
	require.NoError(t, l.Apply(&Forget{Class: "b"}))
	require.NotEqual(t, "b", says(l, 1))
	require.NoError(t, l.Apply(spots(4, 30)))
	for _, class := range []int{0, 2, 3, 4} {
		require.Equal(t, string(rune('a'+class)), says(l, class))
	}
	c, err := l.Checkpoint()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&b, c))
	c, err = model.DecodeCheckpoint(&b)
	require.NoError(t, err)
	again, err := ResumeLearner(c, 2)
	require.NoError(t, err)
	defer again.Close()
	for _, class := range []int{0, 2, 3, 4} {
		require.Equal(t, says(l, class), says(again, class))
	}
	_, _, err = spotLearner(t, func(*Rehearsal) {}).SecondOpinion(context.Background(), x)
	require.ErrorIs(t, err, ErrNoOpinion)
	require.ErrorIs(t, spotLearner(t, func(*Rehearsal) {}).Rehearse(Rehearsal{Budget: 9000, Batch: 1, Replays: 1, Opinion: 3}), ErrSettings)
}

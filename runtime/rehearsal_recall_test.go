package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

// kept returns the checkpoint of a learner that rehearses, with memory of its own.
func kept(t testing.TB) *model.Checkpoint {
	l := rehearsing(t, tinyModel(t, 3, false), 3000, 1)
	require.NoError(t, l.Apply(learnOf(0, cycle(50, "0", "1", "2")...)))
	c, err := model.DecodeCheckpoint(bytes.NewReader(stateOf(t, l)))
	require.NoError(t, err)
	require.Len(t, c.Kept, 2)
	require.Equal(t, "held", c.Kept[0].Name)
	require.Equal(t, "memory", c.Kept[1].Name)
	return c
}

// foreign returns an encoded memory.
func foreign(t testing.TB, inputs, budget, classes int) []byte {
	m, err := replay.New(replay.Options{Inputs: inputs, Budget: budget})
	require.NoError(t, err)
	for label := range classes {
		_, err = m.Add(make([]float32, inputs), label)
		require.NoError(t, err)
	}
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	return b
}

// TestRecallRefuses memories that are not the learner's.
func TestRecallRefuses(t *testing.T) {
	for name, of := range map[string]struct {
		spoil func(c *model.Checkpoint)
		want  error
	}{
		"no memory":        {func(c *model.Checkpoint) { c.Kept = c.Kept[:1] }, ErrSettings},
		"nothing":          {func(c *model.Checkpoint) { c.Kept = nil }, ErrSettings},
		"none held back":   {func(c *model.Checkpoint) { c.Kept = c.Kept[1:] }, ErrSettings},
		"changed places":   {func(c *model.Checkpoint) { c.Kept[0].Data, c.Kept[1].Data = c.Kept[1].Data, c.Kept[0].Data }, ErrSettings},
		"other inputs":     {func(c *model.Checkpoint) { c.Kept[1].Data = foreign(t, 29, 2700, 1) }, ErrSettings},
		"other budget":     {func(c *model.Checkpoint) { c.Kept[1].Data = foreign(t, 30, 2701, 1) }, ErrSettings},
		"larger held":      {func(c *model.Checkpoint) { c.Kept[0].Data = foreign(t, 30, 301, 1) }, ErrSettings},
		"classes to spare": {func(c *model.Checkpoint) { c.Kept[1].Data = foreign(t, 30, 2700, 4) }, ErrSettings},
		"cut short":        {func(c *model.Checkpoint) { c.Kept[1].Data = c.Kept[1].Data[:100] }, replay.ErrTruncated},
		"empty":            {func(c *model.Checkpoint) { c.Kept[0].Data = nil }, replay.ErrTruncated},
		"something else":   {func(c *model.Checkpoint) { c.Kept[1].Data = bytes.Repeat([]byte("x"), 200) }, replay.ErrMagic},
		"damaged":          {func(c *model.Checkpoint) { c.Kept[1].Data[len(c.Kept[1].Data)-1] ^= 1 }, replay.ErrChecksum},
		"of times to come": {func(c *model.Checkpoint) { c.Kept = append(c.Kept, model.Blob{Name: "morrow", Data: []byte("x")}) }, model.ErrVersion},
		"not in order":     {func(c *model.Checkpoint) { c.Kept[0], c.Kept[1] = c.Kept[1], c.Kept[0] }, model.ErrFormat},
		"smaller budget":   {changeLearner(t, func(s map[string]any) { s["rehearsal"].(map[string]any)["budget"] = 2999 }), ErrSettings},
		"other share":      {changeLearner(t, func(s map[string]any) { s["rehearsal"].(map[string]any)["held"] = 0 }), ErrSettings},
		"larger steps":     {changeLearner(t, func(s map[string]any) { s["rehearsal"].(map[string]any)["replays"] = 65 }), ErrSettings},
		"bad rehearsal":    {changeLearner(t, func(s map[string]any) { s["rehearsal"].(map[string]any)["batch"] = -1 }), ErrSettings},
		"negative steps":   {changeLearner(t, func(s map[string]any) { s["steps"] = -1 }), ErrSettings},
		"huge budget":      {changeLearner(t, func(s map[string]any) { s["rehearsal"].(map[string]any)["budget"] = int64(1) << 30 << 10 }), ErrSettings},
	} {
		c := kept(t)
		of.spoil(c)
		l, err := ResumeLearner(c, 2)
		require.ErrorIs(t, err, of.want, name)
		require.Nil(t, l, name)
		require.NotContains(t, err.Error(), "\n", name)
	}
	l, err := ResumeLearner(kept(t), 1)
	require.NoError(t, err)
	l.Close()
}

// changeLearner changes the learner's part of a checkpoint's state.
func changeLearner(t testing.TB, change func(state map[string]any)) func(*model.Checkpoint) {
	return func(c *model.Checkpoint) {
		var state map[string]any
		require.NoError(t, json.Unmarshal(c.Trainer, &state))
		change(state["learner"].(map[string]any))
		var err error
		c.Trainer, err = json.Marshal(state)
		require.NoError(t, err)
	}
}

// recallErrors are the names that errors of recalling have.
var recallErrors = []error{
	ErrSettings, model.ErrVersion, model.ErrFormat, model.ErrChecksum, model.ErrTooLarge,
	replay.ErrMagic, replay.ErrTruncated, replay.ErrBudget,
}

func requireNamedRecall(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	for _, known := range recallErrors {
		if errors.Is(err, known) {
			return
		}
	}
	t.Fatalf("%v has no name", err)
}

// TestRecallOfDamage: whatever bit of a memory is wrong, and wherever it ends, that is
// told by name.
func TestRecallOfDamage(t *testing.T) {
	c, step := kept(t), 3
	if testing.Short() {
		step = 101
	}
	l := rehearsing(t, tinyModel(t, 3, false), 3000, 1)
	r := NewRehearsal(3000, tinyImage)
	for k := range c.Kept {
		whole := c.Kept[k].Data
		for i := 0; i < 8*len(whole); i += step {
			whole[i/8] ^= 1 << (i % 8)
			requireNamedRecall(t, l.recall(&learnerState{Rehearsal: &r}, c.Kept))
			whole[i/8] ^= 1 << (i % 8)
		}
		for n := range whole {
			c.Kept[k].Data = whole[:n]
			requireNamedRecall(t, l.recall(&learnerState{Rehearsal: &r}, c.Kept))
		}
		c.Kept[k].Data = whole
	}
	require.NoError(t, l.recall(&learnerState{Rehearsal: &r}, c.Kept))
}

// FuzzRecall: kept memories of any bytes are refused by name, or come out as they went
// in and can be learned from.
func FuzzRecall(f *testing.F) {
	c := kept(f)
	f.Add(c.Kept[0].Data, c.Kept[1].Data)
	f.Add(c.Kept[1].Data, c.Kept[0].Data)
	f.Add(c.Kept[0].Data, foreign(f, 30, 2700, 2))
	f.Add(foreign(f, 30, 300, 3), c.Kept[1].Data[:80])
	l := rehearsing(f, tinyModel(f, 3, false), 3000, 1)
	r := NewRehearsal(3000, tinyImage)
	f.Fuzz(func(t *testing.T, held, memory []byte) {
		blobs := []model.Blob{{Name: keepHeld, Data: held}, {Name: keepMemory, Data: memory}}
		if err := l.recall(&learnerState{Rehearsal: &r}, blobs); err != nil {
			requireNamedRecall(t, err)
			return
		}
		require.Equal(t, blobs, l.keep())
		x := make([]float32, tinyImage.Size())
		for label := range 4 {
			require.NoError(t, l.store(x, label, l.holds(label)))
		}
		l.batch.reset(l.memory, tinyImage)
		l.batch.replay(64, 1)
		for i := range l.batch.Len() {
			require.Less(t, l.batch.Sample(x, i), 4)
			require.Negative(t, firstNonFinite(x))
		}
		require.NoError(t, l.memory.DropClass(1))
		require.LessOrEqual(t, l.RememberedBytes(), 3000)
	})
}

package runtime

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// lessons returns operations that teach a class each, with samples of blobs.
func lessons(n, inputs, classes int) []*Teach {
	data := blobs(3*n*classes, inputs, classes, 5, 0.1)
	names := classNames(classes)
	var list []*Teach
	for i := range n {
		op := &Teach{Class: names[i%classes], Size: inputs}
		for j := range 1 + i%13 { // some of several batches
			op.Inputs = append(op.Inputs, data.x[(i%classes+(i+j)*classes)%len(data.x)]...)
		}
		list = append(list, op)
	}
	return list
}

func newTestLearner(t testing.TB, s *style) *Learner {
	m, err := model.New(s.config, 3)
	require.NoError(t, err)
	m.Provenance.Settings = s.set.Preset
	trainer, err := NewTrainer(m, s.set, 1)
	require.NoError(t, err)
	defer trainer.Close()
	l, err := ResumeLearner(reload(t, trainer), 1)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// stateOf returns a learner's checkpoint as a file.
func stateOf(t testing.TB, l *Learner) []byte {
	t.Helper()
	c, err := l.Checkpoint()
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&file, c))
	return file.Bytes()
}

// TestLearnerResumesAnywhere: stopped after every lesson and resumed with another
// number of threads, it has the same bits as one that never stopped.
func TestLearnerResumesAnywhere(t *testing.T) {
	eachStyle(t, shapes[4], 13, 5, func(t *testing.T, s *style) {
		ops := lessons(7, 13, 5)
		whole, stopped := newTestLearner(t, s), newTestLearner(t, s)
		for i, op := range ops {
			require.NoError(t, whole.Apply(op))
			c, err := model.DecodeCheckpoint(bytes.NewReader(stateOf(t, stopped)))
			require.NoError(t, err)
			stopped, err = ResumeLearner(c, 1+i%3)
			require.NoError(t, err)
			t.Cleanup(stopped.Close)
			require.Equal(t, i, stopped.Lessons())
			require.NoError(t, stopped.Apply(op))
			require.True(t, bytes.Equal(stateOf(t, whole), stateOf(t, stopped)), "lesson %d", i+1)
		}
	})
}

func TestLearnerLearns(t *testing.T) {
	c, n := stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 5), 5
	l := newTestLearner(t, c)
	data := blobs(60, 13, n, 9, 0.1)
	right := func() (count int) {
		session := l.Session()
		for i, x := range data.x {
			in := session.Inputs(1)
			copy(in.Row(0), x)
			p, err := session.Predict(background, in, Readout)
			require.NoError(t, err)
			if best, _ := Best(p.Row(0)); best == data.y[i] {
				count++
			}
		}
		return count
	}
	before := right()
	for range 8 {
		for _, op := range lessons(n, 13, n) {
			require.NoError(t, l.Apply(op))
		}
	}
	require.Greater(t, right(), before+15, "%d of 60 before", before)
}

func TestLearnerOfAModel(t *testing.T) {
	s := stylesOf(t, "tiny", func(*Settings) {})(shapes[3], 13, 5)
	for preset, want := range map[string]string{"tiny": "tiny", "reference": "reference", "": "fast", "someone's": "fast"} {
		m, err := model.New(s.config, 3)
		require.NoError(t, err)
		m.Provenance.Settings, m.Provenance.Seed = preset, 42
		l, err := NewLearner(m, 1)
		require.NoError(t, err)
		t.Cleanup(l.Close)
		require.Equal(t, want, l.t.set.Preset)
		require.EqualValues(t, 42, l.t.set.Seed)
		require.Equal(t, TeachBatch, l.t.set.Batch)
		require.NoError(t, l.Apply(lessons(1, 13, 5)[0]))
	}
}

func TestLearnerRefusesLessons(t *testing.T) {
	l := newTestLearner(t, stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 5))
	before := stateOf(t, l)
	known := classNames(5)[0]
	for part, op := range map[string]*Teach{
		`no class "nobody"`: {Class: "nobody", Size: 13, Inputs: make([]float32, 13)},
		"samples of 12":     {Class: known, Size: 12, Inputs: make([]float32, 12)},
		"pixels":            {Class: known, Size: 13, Pixels: make([]byte, 13)},
		"input 1 is 2":      {Class: known, Size: 13, Inputs: append(make([]float32, 14), 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)},
		"is NaN":            {Class: known, Size: 13, Inputs: append(make([]float32, 12), float32(math.NaN()))},
		"0 values":          {Class: known, Size: 13},
	} {
		require.ErrorContains(t, l.Apply(op), part)
	}
	require.True(t, bytes.Equal(before, stateOf(t, l)))
	require.NoError(t, l.Teach(known, &Teach{Size: 13, Inputs: make([]float32, 13)}))
	require.Equal(t, 1, l.Lessons())
}

// TestPixelsAreInputs: a lesson of pixels is one of the same pixels as inputs.
func TestPixelsAreInputs(t *testing.T) {
	s := stylesOf(t, "fast", func(*Settings) {})(shapes[3], 12, 5)
	s.config.Input = model.Image(4, 3)
	a, b := newTestLearner(t, s), newTestLearner(t, s)
	pixels := []byte{0, 1, 2, 3, 50, 100, 150, 200, 252, 253, 254, 255}
	inputs := make([]float32, 12)
	s.config.Input.ScaleBytes(inputs, pixels)
	require.NoError(t, a.Apply(&Teach{Class: classNames(5)[1], Size: 12, Pixels: pixels}))
	require.NoError(t, b.Apply(&Teach{Class: classNames(5)[1], Size: 12, Inputs: inputs}))
	require.True(t, bytes.Equal(stateOf(t, a), stateOf(t, b)))
}

func TestBadLearnerStates(t *testing.T) {
	l := newTestLearner(t, stylesOf(t, "fast", func(*Settings) {})(shapes[3], 13, 5))
	for _, change := range []func(state map[string]any){
		func(s map[string]any) { s["learner"] = map[string]any{"lessons": -1} },
		func(s map[string]any) { s["learner"] = 5 },
		func(s map[string]any) { s["clock"].(map[string]any)["top"] = -1 },
		func(s map[string]any) { s["settings"].(map[string]any)["batch"] = 0 },
	} {
		c, err := l.Checkpoint()
		require.NoError(t, err)
		var state map[string]any
		require.NoError(t, json.Unmarshal(c.Trainer, &state))
		change(state)
		c.Trainer, err = json.Marshal(state)
		require.NoError(t, err)
		_, err = ResumeLearner(c, 1)
		require.ErrorIs(t, err, ErrSettings)
	}
}

package runtime

import (
	"testing"

	"github.com/pffedge/pffedge/model"
	"github.com/stretchr/testify/require"
)

// TestKeptStays: what a checkpoint keeps goes through trainers and learners that do
// not know what it is, and through a class that is added.
func TestKeptStays(t *testing.T) {
	eachStyle(t, shapes[4], 13, 5, testKeptStays)
}

func testKeptStays(t *testing.T, s *style) {
	c, err := newTestLearner(t, s).Checkpoint()
	require.NoError(t, err)
	require.Nil(t, c.Kept)
	c.Kept = []model.Blob{{Name: "memory", Data: []byte("\x00bytes")}, {Name: "stats", Data: []byte{7}}}
	want := c.Kept

	learner, err := ResumeLearner(c, 1)
	require.NoError(t, err)
	defer learner.Close()
	require.NoError(t, learner.Apply(&AddClass{Class: "another"}))
	c, err = learner.Checkpoint()
	require.NoError(t, err)
	require.Equal(t, want, c.Kept)

	trainer, err := Resume(c, 1, 1)
	require.NoError(t, err)
	defer trainer.Close()
	require.Equal(t, want, reload(t, trainer).Kept)
}

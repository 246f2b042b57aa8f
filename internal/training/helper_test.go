package training

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

const (
	size    = 36 // points, of which 30 are to learn from
	classes = 3
	batch   = 10
	batches = 3 // an epoch
	epochs  = 2
)

// points returns a CSV file of n points around three centres.
func points(n int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	var b bytes.Buffer
	for i := range n {
		c := float64(i % classes)
		fmt.Fprintf(&b, "%.3f,%.3f,class %d\n", 3*c+r.Float64(), 4*c*(2-c)+r.Float64(), i%classes)
	}
	return b.Bytes()
}

// opened writes a CSV file and opens a split of it.
func opened(t *testing.T, content []byte, split data.Split, of *data.Set) *data.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "points.csv")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	opt := data.Options{Split: split}
	if of != nil {
		opt.Input, opt.Classes = &of.Input, of.Classes
	}
	set, err := data.Open(t.Context(), path, opt)
	require.NoError(t, err)
	return set
}

// newJob returns a job of two epochs of three batches.
func newJob(t *testing.T, change func(*runtime.Settings)) *Job {
	t.Helper()
	content := points(size)
	j := &Job{Threads: 1, Train: opened(t, content, data.Train, nil)}
	j.Test = opened(t, content, data.Test, j.Train)
	dir := t.TempDir()
	j.Out, j.Checkpoint = filepath.Join(dir, "m.pff"), filepath.Join(dir, "m.ckpt")

	set, c, err := runtime.Preset("fast")
	require.NoError(t, err)
	set.Epochs, set.Batch = epochs, batch
	if change != nil {
		change(&set)
	}
	c.Input, c.Classes, c.Hidden, c.Latents = j.Train.Input, j.Train.Classes, []int{20, 12}, 4
	m, err := model.New(c, set.Seed)
	require.NoError(t, err)
	j.Trainer, err = runtime.NewTrainer(m, set, j.Threads)
	require.NoError(t, err)
	t.Cleanup(func() { j.Trainer.Close() })
	j.Trainer.SetData(Fingerprint(j.Train))
	return j
}

// resumed makes a job go on from its own checkpoint, as another process would.
func resumed(t *testing.T, j *Job) *Job {
	t.Helper()
	c, err := model.LoadCheckpoint(j.Checkpoint)
	require.NoError(t, err)
	next := *j
	next.OnBatch, next.OnEpoch, next.OnWarning = nil, nil, nil
	next.Trainer, err = runtime.Resume(c, 0, j.Threads)
	require.NoError(t, err)
	require.Equal(t, Fingerprint(j.Train), next.Trainer.Data())
	t.Cleanup(func() { next.Trainer.Close() })
	return &next
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

func TestPlanOfTraining(t *testing.T) {
	dir := t.TempDir()
	data := barIDXFolder(t, filepath.Join(dir, "bars"), 60, 12, true)
	out := filepath.Join(dir, "m.pff")
	command := "train --plan --hidden 24,16 --batch 7 --threads 2 --out " + out + " --data " + data
	var p memoryPlan
	only(t, done(t, words(command+" --json")...), &p)
	require.NoFileExists(t, out, "nothing is trained")
	set, c, err := runtime.Preset("fast")
	require.NoError(t, err)
	set.Batch = 7
	c.Input, c.Classes, c.Hidden = model.Image(8, 8), []string{"0", "1"}, []int{24, 16}
	require.Equal(t, memoryPlan{"fast", c.Hidden, 7, true, 60, 2, training.Plan(&c, &set, 2, 60)}, p)
	require.Equal(t, c.ParamBytes(), p.Weights)
	require.Equal(t, 2*p.Weights, p.Moments)
	require.Greater(t, p.Peak, p.Weights+p.Moments+p.Scratch)

	var off memoryPlan
	only(t, done(t, words(command+" --json --no-generative")...), &off)
	require.Less(t, off.Peak, p.Peak)
	require.Zero(t, off.Mixtures)

	text := done(t, words(command)...)
	for _, part := range []string{"preset fast", "24 16", "batches of 7", "circuit on", "60 samples, 2 threads", "weights", "at most"} {
		require.Contains(t, text, part)
	}
	requireUsage(t, pffedge(t, words(command+" --resume")...), "--plan")
	requireUsage(t, pffedge(t, words(command+" --rounds 0")...), "rounds")
}

// TestInspectMemory: what inspect tells of memory is what is planned.
func TestInspectMemory(t *testing.T) {
	_, path := flowerModel(t)
	var i inspection
	only(t, done(t, "inspect", "--json", path), &i)
	require.Equal(t, "fast", i.Memory.Preset)
	require.Equal(t, runtime.PlanPrediction(&i.Config, false, i.Memory.Threads), i.Memory.Predicting)
	require.Equal(t, i.Config.ParamBytes(), i.Memory.Learning.Weights)
	require.Contains(t, done(t, "inspect", path), "learning by preset fast")

	n, err := needsOf(&i.Config, false, &model.Provenance{Settings: "by hand"})
	require.NoError(t, err)
	require.Equal(t, "fast", n.Preset)
}

// TestTiny: data that stay on disk give the model that data in memory give, a
// stopped run goes on, and temporary files are gone.
func TestTiny(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	data := barIDXFolder(t, filepath.Join(dir, "bars"), 60, 12, true)
	train := func(name, more string) string {
		out := filepath.Join(dir, name)
		done(t, words("train --preset tiny --epochs 2 --out "+out+" --data "+data+more)...)
		return out
	}
	tiny := train("tiny.pff", "")
	m, err := model.Load(tiny)
	require.NoError(t, err)
	require.Equal(t, []int{112, 112}, m.Config.Hidden)
	require.Equal(t, runtime.Tiny, m.Provenance.Settings)

	done(t, words("train --epochs 3 --resume --out "+tiny+" --data "+data)...)
	require.Equal(t, read(t, train("again.pff", " --epochs 2 --threads 1")), read(t, train("other.pff", " --threads 3")))
	require.Equal(t, read(t, train("disk.pff", " --preset fast --hidden 20,20 --on-disk")), read(t, train("memory.pff", " --preset fast --hidden 20,20")))
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestDataVanish: images that are cut while they are learned from end the run
// with a word about the file.
func TestDataVanish(t *testing.T) {
	dir := t.TempDir()
	data := barIDXFolder(t, filepath.Join(dir, "bars"), 60, 12, false)
	var f trainFlags
	f.data.path, f.data.onDisk = data, true
	job := &training.Job{Threads: 1}
	set, c, err := runtime.Preset(runtime.Tiny)
	require.NoError(t, err)
	job.Train, err = f.data.open(t.Context(), 0)
	require.NoError(t, err)
	c.Input, c.Classes = job.Train.Input, job.Train.Classes
	require.NoError(t, f.openTest(t.Context(), job, &c))
	require.NoError(t, startJob(job, set, c))
	defer job.Trainer.Close()
	require.NoError(t, os.Truncate(filepath.Join(data, "train-images-idx3-ubyte"), 100))
	_, err = job.Run(t.Context())
	require.ErrorContains(t, err, "train-images-idx3-ubyte")
	require.ErrorContains(t, err, "file has become shorter while in use")
}

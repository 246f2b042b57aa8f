package training

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

func TestRun(t *testing.T) {
	j := newJob(t, nil)
	samples := j.Train.Len()
	var learned []runtime.Report
	var seen []Epoch
	j.OnBatch = func(r runtime.Report) { learned = append(learned, r) }
	j.OnEpoch = func(e Epoch) {
		seen = append(seen, e)
		require.FileExists(t, j.Checkpoint, "an epoch is reported when it is safe")
	}
	j.OnWarning = func(err error) { require.NoError(t, err) }
	r, err := j.Run(t.Context())
	require.NoError(t, err)

	require.Len(t, learned, epochs*batches)
	require.Len(t, seen, epochs)
	for i, e := range seen {
		require.Equal(t, []int{i + 1, epochs, samples, j.Test.Len()}, []int{e.Epoch, e.Epochs, e.Samples, e.LiveSamples})
		requireMeans(t, e, learned[i*batches:(i+1)*batches])
		if i > 0 {
			require.Greater(t, e.Seconds, seen[i-1].Seconds)
		}
	}
	require.Equal(t, seen[epochs-1].Goodness, r.Test["goodness"].Accuracy, "nothing was learned since")
	require.Equal(t, seen[epochs-1].Readout, r.Test["readout"].Accuracy)
	require.Equal(t, []any{"fast", epochs, samples, j.Out, j.Checkpoint}, []any{r.Preset, r.Epochs, r.Samples, r.Model, r.Checkpoint})
	require.InDelta(t, seen[epochs-1].Seconds, r.TrainSeconds, 1e-6)
	require.Greater(t, r.Seconds, r.TrainSeconds)
	requireSaved(t, j, r)
}

// requireMeans demands that an epoch's losses are the means over its samples.
func requireMeans(t *testing.T, e Epoch, learned []runtime.Report) {
	t.Helper()
	var goodness, readout, generative, samples float64
	for _, b := range learned {
		n := float64(b.Samples)
		goodness, readout, generative = goodness+n*b.Goodness, readout+n*b.Readout, generative+n*b.Generative
		samples += n
	}
	require.EqualValues(t, e.Samples, samples)
	require.InEpsilon(t, goodness/samples, e.GoodnessLoss, 1e-12)
	require.InEpsilon(t, readout/samples, e.ReadoutLoss, 1e-12)
	require.InEpsilon(t, generative/samples, e.GenerativeLoss, 1e-12)
}

// requireSaved demands that the model file is what the result speaks of.
func requireSaved(t *testing.T, j *Job, r *Result) {
	t.Helper()
	m, err := model.Load(j.Out)
	require.NoError(t, err)
	require.Equal(t, r.Epochs, m.Provenance.Epochs)
	require.NotEmpty(t, m.Overall)
	require.Len(t, m.PerClass, classes)
	engine, err := runtime.New(m)
	require.NoError(t, err)
	session := runtime.NewSession(engine, 1)
	defer session.Close()
	for method, whole := range map[runtime.Method]*evaluate.Result{runtime.Goodness: r.Goodness, runtime.Readout: r.Readout} {
		again, err := evaluate.Predict(t.Context(), session, j.Test, method, 0, nil)
		require.NoError(t, err)
		require.Equal(t, again.Confusion, whole.Confusion)
		require.Equal(t, Test{again.Accuracy, j.Test.Len(), whole.Seconds}, r.Test[string(method)])
	}
	loss, err := evaluate.Reconstruction(t.Context(), session, j.Test, 0)
	require.NoError(t, err)
	require.Equal(t, loss, *r.ReconstructionError)
}

func TestRunIsReproducible(t *testing.T) {
	files := map[int][]byte{}
	for _, threads := range []int{1, 2} {
		j := newJob(t, nil)
		j.Threads = threads
		_, err := j.Run(t.Context())
		require.NoError(t, err)
		files[threads] = read(t, j.Out)
	}
	require.Equal(t, files[1], files[2])
}

// TestRunWithoutObservers and files is a run all the same.
func TestRunWithoutObservers(t *testing.T) {
	j := newJob(t, nil)
	j.Out, j.Checkpoint = "", ""
	r, err := j.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, epochs, r.Epochs)
	require.Empty(t, r.Model)
	require.Empty(t, r.Checkpoint)
}

func TestRunWithoutGenerativeCircuit(t *testing.T) {
	j := newJob(t, func(s *runtime.Settings) { s.Generative = false })
	_, err := j.Run(t.Context())
	require.NoError(t, err)
	m, err := model.Load(j.Out)
	require.NoError(t, err)
	require.Empty(t, m.Overall)
	require.Empty(t, m.PerClass)
}

// TestCheckpointFailureIsAWarning: the run may yet be saved at its end.
func TestCheckpointFailureIsAWarning(t *testing.T) {
	j := newJob(t, nil)
	require.NoError(t, os.Mkdir(j.Checkpoint, 0o755))
	var warnings []error
	j.OnWarning = func(err error) { warnings = append(warnings, err) }
	_, err := j.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, warnings, epochs)
	require.ErrorContains(t, warnings[0], j.Checkpoint)
	require.FileExists(t, j.Out)

	j = newJob(t, nil)
	require.NoError(t, os.Mkdir(j.Checkpoint, 0o755))
	_, err = j.Run(t.Context())
	require.NoError(t, err, "nor does it matter that nobody listens")
}

func TestUnwritableModel(t *testing.T) {
	j := newJob(t, nil)
	require.NoError(t, os.Mkdir(j.Out, 0o755))
	_, err := j.Run(t.Context())
	require.ErrorContains(t, err, j.Out)
	require.FileExists(t, j.Checkpoint, "what was learned is not lost")

	require.NoError(t, os.Remove(j.Out))
	_, err = resumed(t, j).Run(t.Context())
	require.NoError(t, err)
	require.FileExists(t, j.Out)
}

func TestRunReportsBadSamples(t *testing.T) {
	j := newJob(t, nil)
	j.Train.Labels[17] = classes
	_, err := j.Run(t.Context())
	require.ErrorIs(t, err, runtime.ErrSample)
	_, err = os.Stat(j.Out)
	require.True(t, errors.Is(err, fs.ErrNotExist))
}

func TestResultJSON(t *testing.T) {
	r, err := newJob(t, nil).Run(t.Context())
	require.NoError(t, err)
	b, err := json.Marshal(r)
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(b, &o))
	for _, key := range []string{"epochs", "train_seconds", "samples", "test", "reconstruction_error", "model", "checkpoint"} {
		require.Contains(t, o, key)
	}
	test := o["test"].(map[string]any)
	require.Equal(t, r.Goodness.Accuracy, test["goodness"].(map[string]any)["accuracy"])
	require.Equal(t, r.Readout.Accuracy, test["readout"].(map[string]any)["accuracy"])
}

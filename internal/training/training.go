// Package training runs a training job: learning with checkpoints, evaluation
// on the way and at the end, the latent mixtures, the model file.
package training

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// Job is a training run from data to model file.
type Job struct {
	Trainer     *runtime.Trainer
	Train, Test *data.Set
	Threads     int
	Out         string // model file; empty: none
	Checkpoint  string // written after each epoch and when interrupted; empty: none

	// The observers may be nil.
	OnBatch func(runtime.Report)
	OnEpoch func(Epoch)
	// OnPhase hears what the job does after the last epoch.
	OnPhase func(what string)
	// OnWarning hears of what went wrong without ending the run.
	OnWarning func(error)
}

// Epoch describes a completed pass over the training set.
type Epoch struct {
	Epoch   int     `json:"epoch"` // counted from 1
	Epochs  int     `json:"epochs"`
	Samples int     `json:"samples"` // training samples in a pass
	Seconds float64 `json:"seconds"` // of learning, all epochs of this run so far

	// Accuracies on the first LiveSamples test samples.
	LiveSamples int     `json:"live_samples"`
	Goodness    float64 `json:"live_goodness_accuracy"`
	Readout     float64 `json:"live_readout_accuracy"`

	// Mean losses over the pass.
	GoodnessLoss   float64 `json:"goodness_loss"`
	ReadoutLoss    float64 `json:"readout_loss"`
	GenerativeLoss float64 `json:"generative_loss"`
}

// Result is what a finished job reports.
type Result struct {
	Preset              string          `json:"preset"`
	Epochs              int             `json:"epochs"`
	Samples             int             `json:"samples"`                        // training samples
	TrainSeconds        float64         `json:"train_seconds"`                  // learning alone, of this run
	Seconds             float64         `json:"seconds"`                        // the whole job: learning, evaluation, mixtures, files
	Test                map[string]Test `json:"test"`                           // by method
	ReconstructionError *float64        `json:"reconstruction_error,omitempty"` // absent without a generative circuit
	Model               string          `json:"model,omitempty"`
	Checkpoint          string          `json:"checkpoint,omitempty"`

	Goodness *evaluate.Result `json:"-"` // the whole story of Test
	Readout  *evaluate.Result `json:"-"`
}

// Test is the outcome of one prediction method on the test set.
type Test struct {
	Accuracy float64 `json:"accuracy"`
	Samples  int     `json:"samples"`
	Seconds  float64 `json:"seconds"`
}

// liveSamples bounds the test samples looked at after each epoch.
const liveSamples = 2000

// Run does the job. If ctx ends it first writes the checkpoint, then returns
// ctx's error; what has been learned is never lost to an evaluation. Of a set on
// disk that can no longer be read it returns the set's own error.
func (j *Job) Run(ctx context.Context) (*Result, error) {
	result, err := j.run(ctx)
	if err != nil && ctx.Err() == nil {
		err = cmp.Or(j.Train.Err(), j.Test.Err(), err)
	}
	return result, err
}

func (j *Job) run(ctx context.Context) (*Result, error) {
	begin := time.Now()
	vacate()
	learning, err := j.learn(ctx)
	if err != nil {
		return nil, err
	}
	result, err := j.finish(ctx)
	if err != nil {
		return nil, j.keep(ctx, err)
	}
	result.TrainSeconds, result.Seconds = learning.Seconds(), time.Since(begin).Seconds()
	return result, nil
}

// learn runs the epochs that are left and returns the time spent learning.
func (j *Job) learn(ctx context.Context) (time.Duration, error) {
	var spent time.Duration
	begin := time.Now()
	losses := lossMeans{}
	err := j.Trainer.Fit(ctx, j.Train, func(r runtime.Report) {
		losses.add(r)
		if j.OnBatch != nil {
			j.OnBatch(r)
		}
	}, func(epoch int) error {
		spent += time.Since(begin)
		j.saveOrWarn()
		tidy()
		err := j.report(ctx, epoch, spent, &losses)
		tidy()
		begin = time.Now()
		return err
	})
	return spent, j.keep(ctx, err)
}

// keep writes the checkpoint of a run that err, by the end of ctx, stops.
func (j *Job) keep(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if saveErr := j.saveCheckpoint(); saveErr != nil {
		return fmt.Errorf("stopped, and the checkpoint could not be written: %w", saveErr)
	}
	return err
}

// saveOrWarn writes the checkpoint. A full disk now does not end a run that
// may yet be saved at its end.
func (j *Job) saveOrWarn() {
	if err := j.saveCheckpoint(); err != nil && j.OnWarning != nil {
		j.OnWarning(err)
	}
}

func (j *Job) saveCheckpoint() error {
	if j.Checkpoint == "" {
		return nil
	}
	c, err := j.Trainer.Checkpoint()
	if err != nil {
		return err
	}
	j.recordRun(&c.Model.Provenance)
	return model.SaveCheckpoint(j.Checkpoint, c)
}

// report measures the epoch on some test samples.
func (j *Job) report(ctx context.Context, epoch int, spent time.Duration, losses *lossMeans) error {
	if j.OnEpoch == nil {
		return nil
	}
	e := Epoch{Epoch: epoch, Epochs: j.Trainer.Settings().Epochs, Samples: j.Train.Len(), Seconds: spent.Seconds()}
	e.GoodnessLoss, e.ReadoutLoss, e.GenerativeLoss = losses.means()
	*losses = lossMeans{}
	session := j.Trainer.Session()
	goodness, err := evaluate.Predict(ctx, session, j.Test, runtime.Goodness, liveSamples, nil)
	if err != nil {
		return err
	}
	readout, err := evaluate.Predict(ctx, session, j.Test, runtime.Readout, liveSamples, nil)
	if err != nil {
		return err
	}
	e.LiveSamples, e.Goodness, e.Readout = goodness.Samples, goodness.Accuracy, readout.Accuracy
	j.OnEpoch(e)
	return nil
}

// finish fits the mixtures, evaluates and saves the model.
func (j *Job) finish(ctx context.Context) (*Result, error) {
	set := j.Trainer.Settings()
	session := j.Trainer.Session()
	m := session.Model()
	j.recordRun(&m.Provenance)
	if set.Generative {
		j.phase("fitting the latent mixtures")
		if err := runtime.FitMixtures(ctx, session, j.Train, set.Seed); err != nil {
			return nil, err
		}
		tidy()
	}
	if j.Out != "" {
		if err := model.Save(j.Out, m); err != nil {
			return nil, err
		}
	}
	j.phase("measuring")
	r := &Result{
		Preset: set.Preset, Epochs: j.Trainer.Epoch(), Samples: j.Train.Len(),
		Test: map[string]Test{}, Model: j.Out, Checkpoint: j.Checkpoint,
	}
	for _, method := range runtime.Methods() {
		e, err := evaluate.Predict(ctx, session, j.Test, method, 0, nil)
		if err != nil {
			return nil, err
		}
		r.Test[string(method)] = Test{e.Accuracy, e.Samples, e.Seconds}
		switch method {
		case runtime.Goodness:
			r.Goodness = e
		case runtime.Readout:
			r.Readout = e
		}
	}
	if !set.Generative {
		return r, nil
	}
	reconstruction, err := evaluate.Reconstruction(ctx, session, j.Test, 0)
	r.ReconstructionError = &reconstruction
	return r, err
}

func (j *Job) phase(what string) {
	if j.OnPhase != nil {
		j.OnPhase(what)
	}
}

// lossMeans averages losses over samples.
type lossMeans struct {
	samples                       int
	goodness, readout, generative float64
}

func (l *lossMeans) add(r runtime.Report) {
	n := float64(r.Samples)
	l.samples += r.Samples
	l.goodness += n * r.Goodness
	l.readout += n * r.Readout
	l.generative += n * r.Generative
}

func (l *lossMeans) means() (goodness, readout, generative float64) {
	n := float64(max(l.samples, 1))
	return l.goodness / n, l.readout / n, l.generative / n
}

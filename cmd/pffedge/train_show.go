package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/runtime"
)

// learn runs the job, showing how it goes, and prints its result. again is
// the command line that resumes it.
func (a *app) learn(ctx context.Context, job *training.Job, again string) error {
	a.watch(job)
	result, err := job.Run(ctx)
	a.bar.Close()
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return hinted{stopped(fmt.Sprintf("stopped after %d of %d epochs; everything learned so far is in %s",
				job.Trainer.Epoch(), job.Trainer.Settings().Epochs, job.Checkpoint)), "go on with: " + again}
		}
		return err
	}
	if a.json {
		return a.print(result)
	}
	return a.showTraining(job, result)
}

// watch shows a job's progress on standard error, and its epochs on standard
// output or error.
func (a *app) watch(job *training.Job) {
	set := job.Trainer.Settings()
	total := int64(set.Epochs) * int64(job.Train.Len())
	a.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), total, "samples")
	correct, seen := 0, 0
	job.OnBatch = func(r runtime.Report) {
		if r.Batch == 0 {
			correct, seen = 0, 0
		}
		correct, seen = correct+r.Correct, seen+r.Samples
		text := fmt.Sprintf("epoch %d/%d", r.Epoch+1, set.Epochs)
		if !set.ReadoutDriven {
			text = show.Percent(float64(correct)/float64(seen)) + " running accuracy, " + text
		}
		text += fmt.Sprintf(", losses %.3g %.3g %.3g", r.Goodness, r.Readout, r.Generative)
		a.bar.Set(int64(r.Epoch)*int64(job.Train.Len())+int64(r.Learned), text)
	}
	job.OnPhase = func(what string) {
		a.bar.Close()
		a.bar = show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "")
		a.bar.Set(0, what)
	}
	job.OnWarning = func(err error) {
		a.bar.Clear()
		fmt.Fprintf(a.stderr, "pffedge: warning: %s\n", show.OneLine(err.Error()))
	}
	job.OnEpoch = func(e training.Epoch) {
		if a.json {
			a.print(e)
			return
		}
		a.bar.Clear()
		fmt.Fprintf(a.stderr, "epoch %d/%d, %s: test goodness %s, read-out %s; losses %.3g %.3g %.3g\n",
			e.Epoch, e.Epochs, show.Duration(e.Seconds), show.Percent(e.Goodness), show.Percent(e.Readout),
			e.GoodnessLoss, e.ReadoutLoss, e.GenerativeLoss)
	}
}

func (a *app) showTraining(job *training.Job, r *training.Result) error {
	text := fmt.Sprintf("learned from %d samples, %s; this run took %s\n", r.Samples, show.Plural(r.Epochs, "epoch"), show.Duration(r.Seconds))
	text += fmt.Sprintf("test accuracy: goodness %s, read-out %s", show.Percent(r.Goodness.Accuracy), show.Percent(r.Readout.Accuracy))
	if r.ReconstructionError != nil {
		text += fmt.Sprintf("; reconstruction error %.2f", *r.ReconstructionError)
	}
	text += "\n"
	if r.Model != "" {
		text += fmt.Sprintf("model: %s\n", r.Model)
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}

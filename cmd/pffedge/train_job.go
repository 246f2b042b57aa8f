package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newJob fills job for a fresh run.
func (f *trainFlags) newJob(cmd *cobra.Command, job *training.Job) error {
	set, c, err := f.choose(cmd, job)
	if err != nil {
		return err
	}
	if f.mask != 0 && !c.Input.IsImage() {
		return usagef("--mask %v, but the samples are no images (%s)", f.mask, c.Input)
	}
	if err := f.openTest(cmd.Context(), job, &c); err != nil {
		return err
	}
	return startJob(job, set, c)
}

// choose opens a fresh run's training split and returns the settings and the
// configuration that the flags and the data ask for.
func (f *trainFlags) choose(cmd *cobra.Command, job *training.Job) (set runtime.Settings, c model.Config, err error) {
	if set, c, err = runtime.Preset(f.preset); err != nil {
		return set, c, usageError{err}
	}
	if err := f.apply(cmd, &set, &c); err != nil {
		return set, c, err
	}
	f.data.onDisk = f.data.onDisk || set.Preset == runtime.Tiny
	if job.Train, err = f.data.open(cmd.Context(), data.Train); err != nil {
		return set, c, err
	}
	c.Input, c.Classes = job.Train.Input, job.Train.Classes
	return set, c, checkChoice(&set, &c)
}

// checkChoice reports what is wrong with a fresh run's settings.
func checkChoice(set *runtime.Settings, c *model.Config) error {
	if err := c.Validate(); err != nil {
		return usageError{err}
	}
	if err := set.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

// startJob makes the model and the trainer of a fresh run.
func startJob(job *training.Job, set runtime.Settings, c model.Config) error {
	if err := checkChoice(&set, &c); err != nil {
		return err
	}
	m, err := model.New(c, set.Seed)
	if err != nil {
		return err
	}
	return startWith(job, set, m)
}

// startWith makes the trainer of a run that begins with m.
func startWith(job *training.Job, set runtime.Settings, m *model.Model) (err error) {
	m.Provenance.Tool = "pffedge " + toolVersion()
	m.Provenance.Data, m.Provenance.Samples, m.Provenance.Settings = job.Train.Source, job.Train.Len(), set.Preset
	fingerprint, hash := training.Identify(job.Train)
	m.Provenance.DataHash = hash
	training.Settled()
	if job.Trainer, err = runtime.NewTrainer(m, set, job.Threads); errors.Is(err, runtime.ErrSettings) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	job.Trainer.SetData(fingerprint)
	return job.Train.Err()
}

// resumeJob fills job from a checkpoint.
func (f *trainFlags) resumeJob(cmd *cobra.Command, job *training.Job) error {
	for _, name := range settledFlags() {
		if cmd.Flags().Changed(name) {
			return usagef("--%s cannot change when resuming: the checkpoint has settled it", name)
		}
	}
	if cmd.Flags().Changed("epochs") && f.epochs < 1 {
		return usagef("--epochs %d, want at least 1", f.epochs)
	}
	from := f.resume
	if from == ownCheckpoint {
		from = job.Checkpoint
	}
	c, err := model.LoadCheckpoint(from)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted{err, "there is nothing to resume; leave --resume out to start afresh"}
	}
	if err != nil {
		return err
	}
	config := &c.Model.Config
	f.data.onDisk = f.data.onDisk || c.Model.Provenance.Settings == runtime.Tiny
	if job.Train, err = f.data.openFor(cmd.Context(), data.Train, config); err != nil {
		return err
	}
	if err := f.openTest(cmd.Context(), job, config); err != nil {
		return err
	}
	training.Settled()
	if job.Trainer, err = runtime.Resume(c, f.epochs, job.Threads); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if done := job.Trainer.Epoch(); cmd.Flags().Changed("epochs") && f.epochs < done {
		job.Trainer.Close()
		return usagef("--epochs %d, but %s has %d behind it", f.epochs, from, done)
	}
	if now := training.Fingerprint(job.Train); now != job.Trainer.Data() {
		job.Trainer.Close()
		return fmt.Errorf("%s: the run began on other data: %s; this is %s", from, job.Trainer.Data(), now)
	}
	return nil
}

// openTest opens the test split, whole whatever the training split's limit.
func (f *trainFlags) openTest(ctx context.Context, job *training.Job, c *model.Config) error {
	whole := f.data
	whole.limit = 0
	var err error
	job.Test, err = whole.openFor(ctx, data.Test, c)
	switch {
	case errors.Is(err, data.ErrEmpty):
		return hinted{err, "a set without splits of its own keeps every sixth sample of a class for testing: six of each class are the least"}
	case errors.Is(err, data.ErrNoSplit):
		return hinted{err, "a model is tested after training; put the test files beside the training files"}
	}
	return err
}

// writable finds out now, not after hours of training, whether path can be
// written.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".pffedge-*.tmp")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// spareUnfinished moves the checkpoint of an unfinished run out of the way of a
// fresh one.
func (a *app) spareUnfinished(path string) error {
	c, err := model.LoadCheckpoint(path)
	if err != nil || runtime.Finished(c) {
		return nil // there is none, or nothing to lose
	}
	old := path + ".old"
	if err := os.Rename(path, old); err != nil {
		return fmt.Errorf("an unfinished run would be overwritten: %w", err)
	}
	fmt.Fprintf(a.stderr, "pffedge: warning: %s held an unfinished run; it is now in %s (to go on with it: --resume=%s)\n", path, old, old)
	return nil
}

// resumeLine returns the command line that goes on where this one stopped:
// the same without what the checkpoint has settled.
func resumeLine(cmd *cobra.Command) string {
	line := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "resume" && !slices.Contains(settledFlags(), f.Name) {
			line = append(line, shellQuote(fmt.Sprintf("--%s=%s", f.Name, f.Value)))
		}
	})
	return strings.Join(append(line, "--resume"), " ")
}

// shellQuote returns a word as a shell takes it for one.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./,:@%+", r)
	}
	if strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

package main

import (
	"slices"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// fromFlags choose what a fresh run begins with, and whether it learns in int8.
type fromFlags struct {
	from string
	int8 bool
}

func (f *fromFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.from, "from", "", "begin with the weights of a model `FILE`, which may be int8, instead of random ones")
	cmd.Flags().BoolVar(&f.int8, "int8", false, "learn in int8: a third of the memory")
}

// shaped lists the flags that a model to begin with has settled.
var shaped = []string{"hidden", "rounds", "latents", "latent", "size"}

// applyInt8 makes set learn in int8 if asked to.
func (f *fromFlags) applyInt8(given func(flag string) bool, set *runtime.Settings) error {
	if !f.int8 {
		return nil
	}
	for _, name := range []string{"optimizer", "moments"} {
		if given(name) {
			return usagef("--%s does not go with --int8, which learns by adam with moments of 8 bits", name)
		}
	}
	set.Int8 = true
	return nil
}

// fromModel fills job for a run that begins with the weights of a model.
func (f *trainFlags) fromModel(cmd *cobra.Command, job *training.Job) error {
	for _, name := range shaped {
		if cmd.Flags().Changed(name) {
			return usagef("--%s cannot change: %s has settled it", name, f.from)
		}
	}
	m, err := model.Load(f.from)
	if err != nil {
		return err
	}
	set, c, err := runtime.Preset(f.preset)
	if err != nil {
		return usageError{err}
	}
	if err := f.apply(cmd, &set, &c); err != nil {
		return err
	}
	f.data.onDisk = f.data.onDisk || set.Preset == runtime.Tiny
	if job.Train, err = f.data.openFor(cmd.Context(), data.Train, &m.Config); err != nil {
		return err
	}
	if err := f.openTest(cmd.Context(), job, &m.Config); err != nil {
		return err
	}
	m.Provenance = model.Provenance{Seed: set.Seed}
	return startWith(job, set, m)
}

// settledFlags lists what a resumed run may not change.
func settledFlags() []string { return slices.Concat(settled, []string{"from", "int8"}) }

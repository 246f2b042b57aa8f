package main

import (
	"slices"
	"strings"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// optimizerFlags choose what gradients do and what is remembered of them.
type optimizerFlags struct {
	optimizer string
	moments   int
}

func (f *optimizerFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.optimizer, "optimizer", "adam", strings.Join(runtime.Optimizers(), " or ")+"; sgd keeps no moments and learns less")
	fl.IntVar(&f.moments, "moments", 32, "bits of each of Adam's two moments of a weight: 32, 16 or 8")
}

// apply sets the optimiser and its memory.
func (f *optimizerFlags) apply(given func(flag string) bool, set *runtime.Settings) error {
	if !slices.Contains(runtime.Optimizers(), f.optimizer) {
		return usagef("--optimizer %q, want %s", f.optimizer, strings.Join(runtime.Optimizers(), " or "))
	}
	set.Optimizer = runtime.Optimizer(f.optimizer)
	if !given("moments") {
		return nil
	}
	if !simd.MomentBits(f.moments) {
		return usagef("--moments %d, want 32, 16 or 8", f.moments)
	}
	if set.Optimizer != runtime.Adam {
		return usagef("--moments %d: %s has no moments", f.moments, f.optimizer)
	}
	set.Moments = f.moments
	return nil
}

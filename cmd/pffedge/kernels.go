package main

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// checkKernels refuses a choice of kernels that this CPU lacks and, before a
// command that computes, replaces kernels that compute wrongly by the next
// best that do not.
func (a *app) checkKernels(cmd *cobra.Command, _ []string) error {
	if err := simd.ActiveErr(); err != nil {
		return err
	}
	if cmd.Flags().Lookup("threads") == nil { // see addThreads
		return nil
	}
	usable, wanted := simd.Usable(), simd.Active()
	for i := slices.Index(usable, wanted); i > 0; i-- {
		wrong := a.quickTest(usable[i])
		if wrong == nil {
			return nil
		}
		if err := simd.Use(usable[i-1]); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "pffedge: warning: the %s kernels compute wrongly on this machine (%s); using %s\n", usable[i], show.OneLine(wrong.Error()), usable[i-1])
	}
	return nil
}

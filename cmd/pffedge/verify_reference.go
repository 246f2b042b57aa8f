package main

import (
	"fmt"
	"math"
	"os"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/internal/verify"
	"github.com/spf13/cobra"
)

// verified is what `pffedge verify-reference --json` prints for a file.
type verified struct {
	File       string             `json:"file"`
	OK         bool               `json:"ok"`
	Tolerance  float64            `json:"tolerance"`
	Worst      float64            `json:"worst_relative"`
	Quantities []verify.Deviation `json:"quantities"`
}

func (a *app) verifyReference() *cobra.Command {
	var tolerance float64
	cmd := &cobra.Command{
		Use:   "verify-reference FILE.json…",
		Short: "Replay recorded runs of the reference implementation and compare",
		Long: `Replay recorded runs of the authors' reference implementation with their exact
parameters and noise, and print for every recorded quantity the largest
deviation: absolute, and relative to the largest recorded value of the
quantity. Exit status 1 if one exceeds the tolerance.`,
		Example: "  pffedge verify-reference golden/*.json",
		Args:    cobra.MinimumNArgs(1),
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			if !(tolerance >= 0) {
				return usagef("--tolerance %v, want ≥ 0", tolerance)
			}
			var missed error
			for _, path := range args {
				v, err := a.verifyFile(cmd, path, tolerance)
				if err != nil {
					return err
				}
				if err := a.showVerified(v); err != nil {
					return err
				}
				if !v.OK && missed == nil {
					missed = fmt.Errorf("%s: a deviation of %.3g, the tolerance is %g", path, v.Worst, tolerance)
				}
			}
			return missed
		}),
	}
	cmd.Flags().Float64Var(&tolerance, "tolerance", 1e-4, "largest relative deviation to accept")
	a.addThreads(cmd)
	return cmd
}

func (a *app) verifyFile(cmd *cobra.Command, path string, tolerance float64) (*verified, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rec, err := oracle.ReadRecording(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	report, err := verify.Run(cmd.Context(), rec, a.threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	worst := report.Worst()
	// JSON has no infinity, which stands for a value that is no number.
	worst = math.Min(worst, math.MaxFloat64)
	for i := range report.Quantities {
		q := &report.Quantities[i]
		q.Absolute, q.Relative = math.Min(q.Absolute, math.MaxFloat64), math.Min(q.Relative, math.MaxFloat64)
	}
	return &verified{path, worst <= tolerance, tolerance, worst, report.Quantities}, nil
}

func (a *app) showVerified(v *verified) error {
	if a.json {
		return a.print(v)
	}
	fmt.Fprintf(a.stdout, "%s\n", v.File)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  quantity\tabsolute\trelative\tscale\t")
	for _, q := range v.Quantities {
		mark := ""
		if q.Relative > v.Tolerance {
			mark = "exceeds the tolerance"
		}
		fmt.Fprintf(w, "  %s\t%.2e\t%.2e\t%.3g\t%s\n", q.Quantity, q.Absolute, q.Relative, q.Scale, mark)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	verdict := "ok"
	if !v.OK {
		verdict = "FAILED"
	}
	_, err := fmt.Fprintf(a.stdout, "%s: largest relative deviation %.2e, tolerance %g\n\n", verdict, v.Worst, v.Tolerance)
	return err
}

package main

import "github.com/spf13/cobra"

func (a *app) bench() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine",
		Example: `  pffedge bench engine
  pffedge bench continual --protocol b --data mnist
  pffedge bench kernels --isa avx2 --op gemm,gemm-i8`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.benchEngine(), a.benchKernels(), a.benchContinual())
	return cmd
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	goruntime "runtime"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports a program ended by Ctrl-C
)

// app is what the commands share: the streams and the global flags.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	json           bool
	threads        int
	bar            *show.Progress // of the job at hand
	disk           durable.FS     // where stores lie
	canAsk         bool           // a person reads standard error and answers

	// The comparison of kernels with pure Go: all of it, and that of every start.
	selfTest, quickTest func(simd.ISA) error
}

// run executes one command line and returns its exit status. It is the whole
// program but for the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, disk: durable.OS{}, canAsk: isTerminal(stdin) && isTerminal(stderr), selfTest: simd.SelfTest, quickTest: simd.SelfTestQuick}
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	return a.explain(ctx, cmd, err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "pffedge",
		Short: "Predict and learn on the spot with the Predictive Forward-Forward algorithm",
		Long: `pffedge trains small networks with the Predictive Forward-Forward algorithm
(arXiv 2301.01452): every layer learns from signals of its own, in forward
passes, without backpropagation. One circuit classifies, another reconstructs
and imagines.

Results go to standard output, diagnostics and progress to standard error.
Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
		Example: `  pffedge demo
  pffedge train --data mnist --out mnist.pff
  pffedge eval --model mnist.pff --data mnist
  pffedge predict --model mnist.pff digit.png`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              knownCommand,
		PersistentPreRunE: a.checkKernels,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(a.stdout)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print results as JSON, one object a line")
	root.AddCommand(a.demo(), a.train(), a.eval(), a.predict(), a.reconstruct(), a.generate(),
		a.inspect(), a.convert(), a.quantize(), a.sign(), a.verify(), a.storeCommand(), a.learnCommand(), a.teach(), a.correct(), a.forget(), a.undo(), a.sleepCommand(), a.serve(), a.data(), a.bench(), a.doctor(), a.verifyReference(), a.version())
	root.InitDefaultCompletionCmd()
	return root
}

// noArgs refuses arguments that a command does not take.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	advice := ""
	for _, flag := range []string{"resume", "model", "data"} {
		if cmd.Flags().Lookup(flag) != nil {
			advice = fmt.Sprintf("; did you mean --%s=%s?", flag, args[0])
			break
		}
	}
	return fmt.Errorf("unexpected argument %q%s", args[0], advice)
}

// knownCommand refuses words that are no command.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	advice := ""
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		advice = fmt.Sprintf("; did you mean %s?", similar[0])
	}
	return fmt.Errorf("unknown command %q%s", args[0], advice)
}

// failure is an error that a command met while doing its work, in contrast to
// one in how it was called.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// usageError marks an error in how a command was called.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// hinted is an error with advice on what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// stopped says that the user stopped the program and what became of the work.
type stopped string

func (s stopped) Error() string { return string(s) }
func (stopped) Unwrap() error   { return context.Canceled }

// doing turns a function into a command's RunE whose errors are failures
// unless marked otherwise.
func doing(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		var usage usageError
		if err == nil || errors.As(err, &usage) {
			return err
		}
		return failure{err}
	}
}

// explain prints err, in one line and perhaps a hint, and returns the exit
// status that goes with it.
func (a *app) explain(ctx context.Context, cmd *cobra.Command, err error) int {
	var failed failure
	var told stopped
	var advice hinted
	interrupted := ctx.Err() != nil && errors.Is(err, context.Canceled)
	if interrupted && !errors.As(err, &told) {
		err = failure{stopped("interrupted")}
	}
	fmt.Fprintf(a.stderr, "pffedge: error: %s\n", show.OneLine(err.Error()))
	if errors.As(err, &advice) {
		fmt.Fprintf(a.stderr, "pffedge: hint: %s\n", advice.hint)
	}
	switch {
	case !errors.As(err, &failed):
		fmt.Fprintf(a.stderr, "pffedge: hint: %s --help\n", cmd.CommandPath())
		return exitUsage
	case interrupted:
		return exitInterrupted
	}
	return exitFailed
}

// print writes v as one line of JSON.
func (a *app) print(v any) error { return json.NewEncoder(a.stdout).Encode(v) }

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// addThreads adds --threads to a command that computes.
func (a *app) addThreads(cmd *cobra.Command) {
	cmd.Flags().IntVar(&a.threads, "threads", goruntime.GOMAXPROCS(0), "threads to compute with; the result does not depend on it")
}

// checkThreads refuses numbers of threads that make no sense.
func (a *app) checkThreads() error {
	const most = 256
	if a.threads < 1 || a.threads > most {
		return usagef("--threads %d, want 1…%d", a.threads, most)
	}
	return nil
}

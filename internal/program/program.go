// Package program is what the programs in bench have in common: how they start, how they
// end, and what they say when they fail.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/pffedge/pffedge/simd"
)

// Main runs a program with the process's arguments and streams, and ends the process
// with the status that it returns. An interrupt ends its context.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Exit returns the exit status of a program of that name, whose command line gave
// parsed: 0 for help, which has been printed, and 2 for any other error, which it
// prints. Otherwise it does the work, unless PFFEDGE_CPU asks for kernels that there
// are not: 0 or, with the error, 1.
func Exit(name string, stderr io.Writer, parsed error, work func() error) int {
	fail := func(err error, status int) int {
		fmt.Fprintf(stderr, "%s: error: %v\n", name, err)
		return status
	}
	switch {
	case errors.Is(parsed, flag.ErrHelp):
		return 0
	case parsed != nil:
		return fail(parsed, 2)
	}
	if err := simd.ActiveErr(); err != nil {
		return fail(err, 1)
	}
	if err := work(); err != nil {
		return fail(err, 1)
	}
	return 0
}

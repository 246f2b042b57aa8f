// Command run performs operations of package simd, one after the other, and
// calls mark before and after each: a counter outside attributes what is
// executed in between to the operation.
//
// Each argument names an operation and its shape, "GemmF32:m=10,k=2000,n=80";
// a row operation has k values. Before the first it prints the implementation
// in use.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/pffedge/pffedge/simd"
)

func main() {
	// A collection would turn on write barriers, which are instructions too.
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(cases []string) error {
	if err := simd.ActiveErr(); err != nil {
		return err
	}
	fmt.Println(simd.Active())
	pool := simd.NewPool(1)
	defer pool.Close()
	for _, c := range cases {
		operation, err := prepare(pool, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		mark()
		operation()
		mark()
	}
	return nil
}

// mark does nothing; that it is called is what counts.
//
//go:noinline
func mark() {}

// prepare returns the operation that c names, with operands of its own. It
// performs a small one first: stacks and scratch buffers grow only once.
func prepare(pool *simd.Pool, c string) (func(), error) {
	name, rest, _ := strings.Cut(c, ":")
	var m, k, n int
	if _, err := fmt.Sscanf(rest, "m=%d,k=%d,n=%d", &m, &k, &n); err != nil {
		return nil, err
	}
	if m < 1 || k < 1 || n < 1 {
		return nil, errors.New("sizes must be positive")
	}
	operation, known := operations[name]
	if !known {
		return nil, errors.New("no such operation")
	}
	operation(pool, min(m, 2), k, min(n, simd.PanelWidth))()
	return operation(pool, m, k, n), nil
}

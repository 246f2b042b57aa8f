// Command build makes static binaries of pffedge for boards and PCs:
//
//	go run ./firmware/build [-out DIR] [TARGET…]
//
// Equal sources and toolchains give equal bytes, whatever the folder. Beside
// the binaries it writes SHA256SUMS in the form that sha256sum -c reads.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// target is a platform that binaries are built for.
type target struct {
	name, goarch, goarm string
	boards              string
}

var targets = []target{
	{"linux-arm64", "arm64", "", "Raspberry Pi 3, 4, 5, Zero 2 W with a 64-bit system"},
	{"linux-armv7", "arm", "7", "Raspberry Pi 2, 3, 4 with a 32-bit system"},
	{"linux-armv6", "arm", "6", "Raspberry Pi 1, Zero"},
	{"linux-amd64", "amd64", "", "PCs"},
	{"linux-riscv64", "riscv64", "", "RISC-V boards"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "build: error: %v\n", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "dist", "folder for the binaries")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: go run ./firmware/build [-out DIR] [TARGET…]\ntargets (default: all):")
		for _, t := range targets {
			fmt.Fprintf(stderr, "  %-14s %s\n", t.name, t.boards)
		}
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, t := range chosen {
		line, err := t.build(ctx, *out, stderr)
		if err != nil {
			return err
		}
		sums.WriteString(line)
		fmt.Fprint(stdout, line)
	}
	return model.WriteFileAtomic(filepath.Join(*out, "SHA256SUMS"), func(w io.Writer) error {
		_, err := w.Write(sums.Bytes())
		return err
	})
}

// choose returns the targets of those names, all if there are none.
func choose(names []string) ([]target, error) {
	if len(names) == 0 {
		return targets, nil
	}
	var chosen []target
	for _, name := range names {
		i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
		if i < 0 {
			known := make([]string, len(targets))
			for i, t := range targets {
				known[i] = t.name
			}
			return nil, fmt.Errorf("no target %q, there are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, targets[i])
	}
	return chosen, nil
}

// build makes one binary and returns its line of SHA256SUMS.
func (t target) build(ctx context.Context, out string, stderr io.Writer) (string, error) {
	name := "pffedge-" + t.name
	path := filepath.Join(out, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=",
		"-o", path, "github.com/pffedge/pffedge/cmd/pffedge")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+t.goarch, "GOARM="+t.goarm, "GOFLAGS=")
	cmd.Stderr = stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", t.name, err)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x  %s\n", sha256.Sum256(binary), name), nil
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// finish runs a process to its end.
func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestCPUChoice(t *testing.T) {
	for _, isa := range simd.Usable() {
		o := finish(t, program(t.Context(), words("version --json"), "PFFEDGE_CPU="+string(isa)))
		require.Zero(t, o.code, o.stderr)
		require.Equal(t, string(isa), objects(t, o.stdout)[0].at(t, "kernels"))
	}
	_, model := flowerModel(t)
	for _, args := range [][]string{words("version"), words("inspect", model), words("generate --model", model)} {
		o := finish(t, program(t.Context(), args, "PFFEDGE_CPU=sse9"))
		require.Contains(t, []int{exitFailed, exitUsage}, o.code)
		require.Empty(t, o.stdout)
		requireError(t, o, 1, "PFFEDGE_CPU=", "sse9", string(simd.Generic))
	}
}

// TestSignals sends a running program what Ctrl-C and a shutdown send.
func TestSignals(t *testing.T) {
	if goruntime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	for name, signal := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
			cmd := program(t.Context(), words("train --hidden 24,16 --batch 20 --epochs 1000000 --data", data, "--out", out))
			stderr, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			lines := bufio.NewReader(stderr)
			first, err := lines.ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, first, "epoch 1/1000000")
			require.NoError(t, cmd.Process.Signal(signal))
			rest, err := io.ReadAll(lines)
			require.NoError(t, err)
			require.Error(t, cmd.Wait())
			require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), "%s", rest)
			require.Contains(t, string(rest), "pffedge: hint: go on with: pffedge train ")
			require.Equal(t, []string{"f.csv", "m.pff.ckpt"}, names(t, dir))
		})
	}
}

// TestInterruptedWhileWaiting for standard input.
func TestInterruptedWhileWaiting(t *testing.T) {
	_, model := flowerModel(t)
	stdin, in := io.Pipe()
	defer in.Close()
	f := newFuse(t, 0)
	go func() {
		io.WriteString(in, "10,30,-2\n")
		f.cancel()
	}()
	o := exec1(f, stdin, "predict", "--model", model)
	require.Equal(t, exitInterrupted, o.code)
	requireError(t, o, 0, "interrupted")
}

// shell returns the path of sh. Only Windows may lack it.
func shell(t *testing.T) string {
	t.Helper()
	if goruntime.GOOS == "windows" {
		t.Skip("no shell on this platform")
	}
	sh, err := exec.LookPath("sh")
	require.NoError(t, err)
	return sh
}

// TestFullDisk limits the size of files, which is how a full disk looks to
// the program: a write fails in the middle of a file.
func TestFullDisk(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("the coverage data of the process would not fit either")
	}
	sh := shell(t)
	limited := func(args ...string) outcome {
		cmd := program(t.Context(), nil)
		cmd.Path = sh
		// Blocks of 512 bytes, in some shells of 1024.
		cmd.Args = append([]string{sh, "-c", `ulimit -f 8 && exec "$@"`, "sh", os.Args[0]}, args...)
		return finish(t, cmd)
	}
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	o := limited(words(small+"--data", data, "--out", out)...)
	require.Equal(t, exitFailed, o.code, o.stderr)
	require.Empty(t, o.stdout)
	lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
	require.Regexp(t, `^pffedge: error: save .*m\.pff: .*too large`, lines[len(lines)-1])
	require.Equal(t, 1, strings.Count(o.stderr, "pffedge: error: "))
	require.Equal(t, []string{"f.csv"}, names(t, dir))

	_, model := barModel(t)
	o = limited("generate", "--model", model, "--count", "3000", "--out", filepath.Join(dir, "grid.png"))
	requireFailure(t, o, "grid.png", "too large")
	require.Equal(t, []string{"f.csv"}, names(t, dir))

	for _, name := range []string{"m.npz", "m.safetensors", "m.onnx", "m.pff"} {
		requireFailure(t, limited("convert", model, filepath.Join(dir, name)), name, "too large")
		require.Equal(t, []string{"f.csv"}, names(t, dir))
	}
}

// broken is a stream that cannot be written to, like that of a full disk.
type broken struct{}

var errBroken = errors.New("nobody listens")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// TestUnwritableResults: results that nobody got are a failure.
func TestUnwritableResults(t *testing.T) {
	data, model := flowerModel(t)
	pictures, pictureModel := barModel(t)
	recording := saveRecording(t, filepath.Join(t.TempDir(), "r.json"), newRecording(0))
	out := filepath.Join(t.TempDir(), "m.pff")
	for _, line := range []string{
		"eval --model " + model + " --data " + data, "predict --model " + model + " " + data, "version",
		"inspect " + model, "inspect --sections " + model, "generate --model " + model,
		"generate --model " + pictureModel, "reconstruct --model " + model + " " + data,
		"reconstruct --model " + pictureModel + " " + filepath.Join(pictures, "left", "0.png"),
		"convert " + model + " " + filepath.Join(filepath.Dir(out), "m.npz"),
		"verify-reference " + recording, small + "--data " + data + " --out " + out,
	} {
		for _, form := range []string{"", " --json"} {
			t.Run(line+form, func(t *testing.T) {
				var stderr bytes.Buffer
				code := run(t.Context(), words(line+form), strings.NewReader(""), broken{}, &stderr)
				require.Equal(t, exitFailed, code)
				require.Contains(t, stderr.String(), "pffedge: error: ")
				require.Contains(t, stderr.String(), errBroken.Error())
			})
		}
	}
}

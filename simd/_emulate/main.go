// Command emulate runs a Linux program on an emulated CPU that has AVX-512 and
// its int8 dot product, for machines without them:
//
//	go test -short -exec "$PWD/simd/_emulate/avx512" ./simd
//
// It packs the program (statically linked: CGO_ENABLED=0), the working
// directory's files and its folder testdata, and the environment variables
// PFFEDGE_*, GODEBUG, GOMAXPROCS and GOGC into the root file system of a Linux
// kernel, boots that in Bochs, prints what the program printed once it has
// ended, and exits with its status.
//
// It needs Debian's packages bochs, bochs-term, bochsbios, vgabios, isolinux
// and genisoimage. The kernel is taken from the package linux-image-cloud-amd64,
// fetched once into the user's cache; the variable EMULATE_KERNEL names another
// file to boot. EMULATE_KEEP=1 keeps the folder with the machine's files, whose
// console.txt can be followed while the program runs.
//
// A boot takes 15 to 20 seconds. The emulator then executes 30 to 50 million
// instructions a second, a hundredth of what the CPU itself does, and
// its clock says a second for every 1.5 billion: tests want -short and -run, a
// -timeout of go test that is real time, and nothing here measures speed.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: emulate init program [argument …]")
		os.Exit(2)
	}
	dieWithParent()
	code, err := run(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "emulate:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// dieWithParent ends this program, and Bochs with it (see boot), when go test
// gives up and kills the script that started it.
func dieWithParent() {
	runtime.LockOSThread() // the signal comes when a parent's thread ends
	unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0)
}

func run(init, program string, args []string) (code int, err error) {
	kernel, err := findKernel()
	if err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "emulate")
	if err != nil {
		return 1, err
	}
	if os.Getenv("EMULATE_KEEP") != "" {
		fmt.Fprintln(os.Stderr, "emulate: files in", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	root, err := rootFS(dir, init, program, args)
	if err != nil {
		return 1, err
	}
	if err := boot(dir, kernel, root); err != nil {
		return 1, err
	}
	console, err := os.ReadFile(filepath.Join(dir, consoleFile))
	if err != nil {
		return 1, err
	}
	return report(console)
}

// These marks enclose the program's output on the console; init prints them.
const (
	startMark = "=== emulated run\n"
	endMark   = "=== emulated exit status "
)

// report prints the program's part of the console and returns its status.
func report(console []byte) (code int, err error) {
	text := strings.ReplaceAll(string(bytes.ToValidUTF8(console, []byte("?"))), "\r\n", "\n")
	_, output, started := strings.Cut(text, startMark)
	if !started {
		return 1, fmt.Errorf("the kernel did not start the program; the console's end:\n%s", text[max(0, len(text)-4000):])
	}
	end := strings.LastIndex(output, endMark)
	if end < 0 {
		fmt.Print(output)
		return 1, fmt.Errorf("the machine stopped before the program ended")
	}
	fmt.Print(output[:end])
	if _, err := fmt.Sscanf(output[end+len(endMark):], "%d", &code); err != nil {
		return 1, fmt.Errorf("exit status: %w", err)
	}
	return code, nil
}

// Command emulate runs a Linux program on an emulated CPU that has AVX-512 and
// its int8 dot product, for machines without them:
//
//	go test -short -exec "$PWD/simd/_emulate/avx512" ./simd
//
// It packs the program (statically linked: CGO_ENABLED=0), the working
// directory's files and its folder testdata, and the environment variables
// PFFEDGE_*, GODEBUG, GOMAXPROCS and GOGC into the root file system of a Linux
// kernel, boots that in Bochs, prints what the program prints, and exits with
// its status.
//
// It needs Debian's packages bochs, bochs-term, bochsbios, vgabios, isolinux
// and genisoimage. The kernel is taken from the package linux-image-cloud-amd64,
// fetched once into the user's cache; the variable EMULATE_KERNEL names another
// file to boot. EMULATE_KEEP=1 keeps the folder with the machine's files.
//
// A boot takes 15 to 20 seconds. The emulator then executes 30 to 50 million
// instructions a second, a hundredth of what the CPU itself does, and
// its clock says a second for every 1.5 billion: tests want -short and -run, a
// -timeout of go test that is real time, and nothing here measures speed.
package main

import (
	"fmt"
	"os"
	"runtime"

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
	return boot(dir, kernel, root)
}

// Command init is the first and only process of the emulated machine: it runs
// one test binary and stops the machine.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"
	"time"
)

// request is what the launcher left in the root file system.
type request struct {
	Args []string // without the program's name
	Env  []string
	Dir  string
}

// The console also carries the kernel's lines; these enclose the test's.
const (
	startMark = "=== emulated run"
	endMark   = "=== emulated exit status"
)

func main() {
	debug.SetGCPercent(-1) // Go's collector may use AVX-512, see goDebug in the launcher
	fmt.Println(startMark)
	code, err := run()
	if err != nil {
		fmt.Println("init:", err)
	}
	fmt.Println(endMark, code)
	// The serial line empties before the kernel's last words. A restart is a
	// triple fault (reboot=t), at which the emulator ends.
	time.Sleep(time.Second)
	if err := syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART); err != nil {
		fmt.Println("init: reboot:", err)
	}
	select {}
}

func run() (code int, err error) {
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return 1, fmt.Errorf("mount /proc: %w", err)
	}
	if err := syscall.Mount("dev", "/dev", "devtmpfs", 0, ""); err != nil {
		return 1, fmt.Errorf("mount /dev: %w", err)
	}
	text, err := os.ReadFile("/request.json")
	if err != nil {
		return 1, err
	}
	var r request
	if err := json.Unmarshal(text, &r); err != nil {
		return 1, err
	}
	cmd := exec.Command("/program", r.Args...)
	cmd.Env, cmd.Dir = r.Env, r.Dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return 1, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

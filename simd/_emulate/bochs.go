package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

const (
	consoleFile = "console.txt"
	logFile     = "bochs.log"
)

// machine is Bochs' configuration: an Ice Lake laptop CPU, which has AVX-512
// F, BW, DQ, VL and VNNI, a CD to boot from and a serial console. A triple
// fault, by which the kernel restarts, ends the emulator.
const machine = `cpu: model=corei7_icelake_u, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=%[2]d, host=%[2]d
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path="%[1]s/cd.iso", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="%[1]s/console.txt"
clock: sync=none, time0=1700000000
display_library: term
sound: waveoutdrv=dummy
log: "%[1]s/bochs.log"
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
`

// isolinux starts the kernel at once.
const isolinux = `default linux
prompt 0
timeout 0
label linux
  kernel /vmlinuz
  append initrd=/root.cpio rdinit=/init console=ttyS0,115200 quiet `

// options are the kernel's. Of the features that clearcpuid takes away, the
// compacted register state and the protection keys (whose sizes disagree) and
// at least one of the others stop the kernel on Bochs 2.7. A restart by triple
// fault ends the emulator. The rest leaves out what costs emulated time and
// serves nothing here.
const options = "clearcpuid=xsaves,xsavec,pku,umip,rdpid,la57,fsrm,sha_ni,gfni,vaes,vpclmulqdq reboot=t panic=-1 " +
	"mitigations=off nokaslr cryptomgr.notests initcall_blacklist=load_system_certificate_list lsm= audit=0 " +
	"tsc=reliable no_timer_check 8250.nr_uarts=1\n"

const memoryMB = 512

// boot runs the machine until it ends and returns the program's status.
func boot(dir, kernel, root string) (code int, err error) {
	if err := makeCD(dir, kernel, root); err != nil {
		return 1, err
	}
	config, commands := filepath.Join(dir, "bochsrc"), filepath.Join(dir, "commands")
	if err := os.WriteFile(config, fmt.Appendf(nil, machine, dir, memoryMB), 0o644); err != nil {
		return 1, err
	}
	// Debian's Bochs is built with its debugger, which waits to be told.
	if err := os.WriteFile(commands, []byte("continue\nquit\n"), 0o644); err != nil {
		return 1, err
	}
	// Bochs' display wants a terminal, which script provides. Its status says
	// nothing: every way to end is a panic of the emulator.
	script := exec.Command("script", "-qc", "TERM=linux exec bochs -q -f '"+config+"' -rc '"+commands+"'", "/dev/null")
	script.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := script.Start(); err != nil {
		return 1, err
	}
	done := make(chan struct{})
	go func() {
		script.Wait()
		close(done)
	}()
	c := console{out: os.Stdout}
	if err := c.follow(filepath.Join(dir, consoleFile), done); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, logFile))
		return 1, fmt.Errorf("%w\n%s", err, log)
	}
	return c.exitStatus()
}

// makeCD writes a CD with the kernel, the root file system and the loader.
func makeCD(dir, kernel, root string) error {
	cd := filepath.Join(dir, "cd")
	if err := os.MkdirAll(filepath.Join(cd, "isolinux"), 0o755); err != nil {
		return err
	}
	for _, file := range [][2]string{
		{"vmlinuz", kernel},
		{"root.cpio", root},
		{"isolinux/isolinux.bin", "/usr/lib/ISOLINUX/isolinux.bin"},
		{"isolinux/ldlinux.c32", "/usr/lib/syslinux/modules/bios/ldlinux.c32"},
	} {
		if err := copyFile(filepath.Join(cd, file[0]), file[1]); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(cd, "isolinux/isolinux.cfg"), []byte(isolinux+options), 0o644); err != nil {
		return err
	}
	return command("genisoimage", "-quiet", "-o", filepath.Join(dir, "cd.iso"), "-b", "isolinux/isolinux.bin",
		"-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-r", cd)
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// command runs a program whose output matters only if it fails.
func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

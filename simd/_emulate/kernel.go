package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// kernelPackage depends on the newest kernel for virtual machines.
const kernelPackage = "linux-image-cloud-amd64"

// findKernel returns the kernel to boot, fetching it the first time.
func findKernel() (path string, err error) {
	if path := os.Getenv("EMULATE_KERNEL"); path != "" {
		return path, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path = filepath.Join(cache, "pffedge-emulate", "vmlinuz")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, fetchKernel(path)
}

// fetchKernel downloads the kernel's package and keeps the kernel alone.
func fetchKernel(path string) error {
	depends, err := exec.Command("apt-cache", "depends", kernelPackage).Output()
	if err != nil {
		return fmt.Errorf("apt-cache depends %s: %w (set EMULATE_KERNEL to a kernel)", kernelPackage, err)
	}
	name := regexp.MustCompile(`linux-image-[0-9]\S+`).Find(depends)
	if name == nil {
		return fmt.Errorf("%s depends on no kernel; is apt's list up to date?", kernelPackage)
	}
	dir, err := os.MkdirTemp("", "emulate-kernel")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	get := exec.Command("apt-get", "download", string(name))
	get.Dir = dir
	if out, err := get.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get download %s: %w\n%s", name, err, out)
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		return fmt.Errorf("apt-get download left %d packages", len(debs))
	}
	if err := command("dpkg-deb", "-x", debs[0], dir); err != nil {
		return err
	}
	kernels, err := filepath.Glob(filepath.Join(dir, "boot/vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		return fmt.Errorf("%s holds %d kernels", name, len(kernels))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// Renamed when complete: two runs may fetch at the same time.
	part := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := copyFile(part, kernels[0]); err != nil {
		return err
	}
	return os.Rename(part, path)
}

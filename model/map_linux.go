//go:build linux && (amd64 || arm64 || loong64 || riscv64)

package model

import (
	"os"
	"syscall"
	"unsafe"
)

const canMap = true

// mapFile maps n bytes of f for reading.
func mapFile(f *os.File, n int64) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, int(n), syscall.PROT_READ, syscall.MAP_SHARED)
}

// populate brings b, a part of data, which starts a page, into memory and the
// page table at once. Without it, which is what kernels before 5.14 do, each
// page that is read costs an interruption.
func populate(data, b []byte) {
	const populateRead = 22 // MADV_POPULATE_READ
	skip := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	page := uintptr(os.Getpagesize())
	first := skip / page * page
	_ = syscall.Madvise(data[first:skip+uintptr(len(b))], populateRead)
}

// mapMemory returns n zero bytes that start a page.
func mapMemory(n int64) ([]byte, error) {
	return syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

// mapInto puts the bytes of f from offset on, for reading, where b is: whole
// pages of memory that mapMemory returned.
func mapInto(b []byte, f *os.File, offset int64) error {
	address, length := uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))
	_, _, errno := syscall.Syscall6(syscall.SYS_MMAP, address, length,
		syscall.PROT_READ, syscall.MAP_SHARED|syscall.MAP_FIXED, f.Fd(), uintptr(offset))
	if errno != 0 {
		return os.NewSyscallError("mmap", errno)
	}
	return nil
}

// unmap gives back what mapFile or mapMemory returned.
func unmap(b []byte) { _ = syscall.Munmap(b) }

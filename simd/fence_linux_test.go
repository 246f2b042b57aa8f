//go:build linux

package simd

import (
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// mapRegion returns at least n values that fill whole pages, with an
// inaccessible page before and behind.
func mapRegion(t testing.TB, n int) []float32 {
	page := unix.Getpagesize()
	size := (4*n + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(mem)) })
	require.NoError(t, unix.Mprotect(mem[page:page+size], unix.PROT_READ|unix.PROT_WRITE))
	return unsafe.Slice((*float32)(unsafe.Pointer(&mem[page])), size/4)
}

// faultSink keeps the compiler from dropping the reads below.
var faultSink float32

func TestGuardPagesFault(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	region := mapRegion(t, 1)
	behind := unsafe.Add(unsafe.Pointer(unsafe.SliceData(region)), 4*len(region))
	before := unsafe.Add(unsafe.Pointer(unsafe.SliceData(region)), -4)
	for _, p := range []unsafe.Pointer{before, behind} {
		require.Panics(t, func() { faultSink = *(*float32)(p) }, "read")
		require.Panics(t, func() { *(*float32)(p) = 1 }, "write")
	}
}

//go:build !purego && !noasm

package simd

import "github.com/klauspost/cpuid/v2"

// The NEON kernels of the products exist in two orders: one for CPUs that
// execute in order, named after the Cortex-A53, and one for those that find
// their own order, named after the Cortex-A72. Both run everywhere and give
// the same bits.
const (
	inOrder    = "a53"
	outOfOrder = "a72"
)

var schedule = scheduleOf(cpuid.CPU.VendorID, cpuid.CPU.Model>>4)

// Schedule names the CPU that the active kernels' instructions are ordered
// for, or "" where there is one order only.
func Schedule() string {
	if active == Generic {
		return ""
	}
	return schedule
}

// scheduleOf chooses by the part number of the CPU that the program started
// on. Where it is unknown, or an operating system hides it, the CPU is taken
// to execute out of order.
func scheduleOf(vendor cpuid.Vendor, part int) string {
	if vendor != cpuid.ARM {
		return outOfOrder
	}
	switch part {
	case 0xd03, 0xd04, 0xd05: // Cortex-A53, A35, A55
		return inOrder
	}
	return outOfOrder
}

//go:build !purego && !noasm

package simd

import "github.com/klauspost/cpuid/v2"

// usableArch: every arm64 CPU that Go runs on has NEON.
func usableArch() []ISA {
	if cpuid.CPU.Supports(cpuid.ASIMDDP) {
		return []ISA{NEON, NEONDot}
	}
	return []ISA{NEON}
}

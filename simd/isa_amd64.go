//go:build !purego && !noasm

package simd

import "github.com/klauspost/cpuid/v2"

func usableArch() (list []ISA) {
	if !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return nil
	}
	list = append(list, AVX2)
	// The operating system's part, saving the wider registers, is included.
	if !cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
		return list
	}
	list = append(list, AVX512)
	if !cpuid.CPU.Supports(cpuid.AVX512VNNI) {
		return list
	}
	return append(list, VNNI)
}

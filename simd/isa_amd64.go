//go:build !purego && !noasm

package simd

import "github.com/klauspost/cpuid/v2"

func usableArch() (list []ISA) {
	if !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return nil
	}
	return append(list, AVX2)
}

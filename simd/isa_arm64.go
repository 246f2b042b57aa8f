//go:build !purego && !noasm

package simd

func usableArch() []ISA { return nil }

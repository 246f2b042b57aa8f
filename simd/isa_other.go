//go:build (!amd64 && !arm64) || purego || noasm

package simd

func usableArch() []ISA { return nil }

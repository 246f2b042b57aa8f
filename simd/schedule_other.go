//go:build !arm64 || purego || noasm

package simd

// Schedule names the CPU that the active kernels' instructions are ordered
// for, or "" where there is one order only.
func Schedule() string { return "" }

// Package peak holds loops that reach what a core can do at most: multiply-adds
// on nothing but registers, and reading memory from front to back. A kernel's
// speed is a fraction of these, measured in the same run.
//
// Each loop exists for every instruction set that has kernels of its own, and
// for pure Go. Callers time them.
package peak

//go:generate go run -C ../_asm ./peak -out ../peak/peak_amd64.s -stubs ../peak/peak_amd64.go -pkg peak
//go:generate go run -C ../_asm ./arm64/peak -out ../peak/peak_arm64.s -stubs ../peak/peak_arm64.go -pkg peak

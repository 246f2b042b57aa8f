// Package instructions holds the exact instruction budgets of the arm64
// kernels.
//
// Its test runs operations of package simd under qemu-aarch64 with a plugin
// that counts every executed instruction of that package, kernels and the Go
// code that drives them, and compares with budgets.json: a count that rises
// fails. Counts repeat exactly, which no time on an emulator does, and say
// nothing about how long an instruction takes. After a change that lowers a
// count, or one that raises it for a reason:
//
//	go test ./bench/instructions -update
//
// It needs gcc, the dynamic qemu-aarch64 (Debian: qemu-user; the static one
// takes no plugins) and the Go toolchain, and skips without them unless
// PFFEDGE_REQUIRE is set.
package instructions

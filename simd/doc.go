// Package simd holds the float32 kernels that everything else is made of, and
// chooses the fastest implementation that the CPU can run.
//
// Weights live in one packed layout on every instruction set (see Packed);
// activations are row-major (see Matrix). Exported operations check shapes
// and panic, before the first write, when they do not agree: a wrong shape is
// a bug of the caller. They neither allocate nor lock.
//
// # Determinism
//
// An element of a product is summed over k in order, whatever the number of
// rows computed with it and whatever the number of threads: a Pool splits a
// result's panels or rows among its threads and never a sum. Results
// therefore do not depend on threads or on how samples are batched. They do
// depend on the instruction set in their last bits: AVX2 fuses
// multiplication and addition, the pure Go kernels round both. Element-wise
// kernels (AdamF32, AddNormalF32 and the row operations without sums) give
// the same bits everywhere.
//
// # Concurrency
//
// A Pool belongs to one goroutine. The functions that are not methods of a
// Pool touch only their arguments.
package simd

//go:generate go run -C _asm . -out ../f32_avx2_amd64.s -stubs ../f32_avx2_amd64.go -pkg simd

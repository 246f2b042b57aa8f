// Package simd holds the float32 and int8 kernels that everything else is made
// of, and chooses the fastest implementation that the CPU can run: pure Go
// everywhere, AVX2, AVX-512 and VNNI on amd64, NEON and its dot product on
// arm64.
//
// Weights live in one packed layout on every instruction set (see Packed);
// activations are row-major (see Matrix). Exported operations check shapes
// and panic, before the first write, when they do not agree: a wrong shape is
// a bug of the caller. They do not lock, and allocate nothing but a Pool's
// scratch when it meets a larger size.
//
// Padding stays zero as long as operands are finite: 0·Inf is NaN, and a value
// that is not finite may spread to the padding of its row and panel.
//
// # Determinism
//
// An element of a product is summed in one order, whatever the number of rows
// computed with it and whatever the number of threads: a Pool splits a result's
// panels or rows among its threads and never a sum. Results therefore do not
// depend on threads or on how samples are batched.
//
// Nor do they depend on the instruction set, with one exception: a float32
// product fuses multiplication and addition in assembly, on every instruction
// set alike, and rounds both in pure Go. Everything else is the same bits
// everywhere: int8 products are exact, and row operations, noise and optimiser
// steps fuse nothing.
//
// # Concurrency
//
// A Pool belongs to one goroutine. The functions that are not methods of a
// Pool touch only their arguments.
package simd

//go:generate go run -C _asm ./avx2 -out ../f32_avx2_amd64.s -stubs ../f32_avx2_amd64.go -pkg simd
//go:generate go run -C _asm ./avx512 -out ../f32_avx512_amd64.s -stubs ../f32_avx512_amd64.go -pkg simd
//go:generate go run -C _asm ./i8 -isa avx2 -out ../i8_avx2_amd64.s -stubs ../i8_avx2_amd64.go -pkg simd
//go:generate go run -C _asm ./i8 -isa avx512 -out ../i8_avx512_amd64.s -stubs ../i8_avx512_amd64.go -pkg simd
//go:generate go run -C _asm ./i8 -isa vnni -out ../i8_vnni_amd64.s -stubs ../i8_vnni_amd64.go -pkg simd
//go:generate go run -C _asm ./rows -isa avx2 -out ../rows_avx2_amd64.s -stubs ../rows_avx2_amd64.go -pkg simd
//go:generate go run -C _asm ./rows -isa avx512 -out ../rows_avx512_amd64.s -stubs ../rows_avx512_amd64.go -pkg simd
//go:generate go run -C _asm ./arm64/rows -out ../rows_neon_arm64.s -stubs ../rows_neon_arm64.go -pkg simd
//go:generate go run -C _asm ./arm64/f32 -out ../f32_neon_arm64.s -stubs ../f32_neon_arm64.go -pkg simd
//go:generate go run -C _asm ./arm64/i8 -out ../i8_neon_arm64.s -stubs ../i8_neon_arm64.go -pkg simd
//go:generate go run -C _asm ./arm64/i8dot -out ../i8_neondot_arm64.s -stubs ../i8_neondot_arm64.go -pkg simd

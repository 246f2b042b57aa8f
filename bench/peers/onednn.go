package main

// #include "onednn.h"
import "C"

import "unsafe"

// openOneDNN loads oneDNN. The variable OMP_NUM_THREADS must be set before.
func openOneDNN() error { return failure(oneDNN, C.onednn_open(C.CString(files[oneDNN]))) }

func oneDNNVersion() string { return C.GoString(C.onednn_version()) }

// oneDNNISA returns the instruction set that oneDNN uses.
func oneDNNISA() string { return C.GoString(C.onednn_isa()) }

// oneDNNGemm computes c = a·b, row-major, as often as told.
func oneDNNGemm(times int, s shape, c []int32, a []uint8, b []int8) error {
	return failure(oneDNN, C.onednn_gemm(C.int(times), C.int(s.M), C.int(s.N), C.int(s.K), uint8s(a), int8s(b), int32s(c)))
}

// matmul is the same product as a oneDNN primitive that holds its operands,
// the weights in the layout that the library prefers.
type matmul struct {
	shape
	p *C.onednn_matmul
}

func newMatmul(s shape, a []uint8, b []int8) (*matmul, error) {
	p := &matmul{shape: s}
	why := C.onednn_matmul_new(&p.p, C.int(s.M), C.int(s.N), C.int(s.K), uint8s(a), int8s(b))
	return p, failure(oneDNN, why)
}

func (p *matmul) run(times int) error { return failure(oneDNN, C.onednn_matmul_run(p.p, C.int(times))) }

// read copies the result, m·n values.
func (p *matmul) read(c []int32) error { return failure(oneDNN, C.onednn_matmul_read(p.p, int32s(c))) }

func (p *matmul) free() { C.onednn_matmul_free(p.p) }

// mlp is three layers of int8 products as oneDNN primitives, see onednn.h.
type mlp struct {
	results int
	p       *C.onednn_mlp
}

func newMLP(m int, sizes [4]int, x []uint8, weights [3][]int8, scales [3]float32) (*mlp, error) {
	var n [4]C.int
	for i, size := range sizes {
		n[i] = C.int(size)
	}
	var s [3]C.float
	for i, scale := range scales {
		s[i] = C.float(scale)
	}
	p := &mlp{results: m * sizes[3]}
	why := C.onednn_mlp_new(&p.p, C.int(m), &n[0], uint8s(x), int8s(weights[0]), int8s(weights[1]), int8s(weights[2]), &s[0])
	return p, failure(oneDNN, why)
}

func (p *mlp) run(times int) error { return failure(oneDNN, C.onednn_mlp_run(p.p, C.int(times))) }

// read returns the outputs, row after row.
func (p *mlp) read() ([]float32, error) {
	y := make([]float32, p.results)
	return y, failure(oneDNN, C.onednn_mlp_read(p.p, (*C.float)(unsafe.SliceData(y))))
}

func (p *mlp) free() { C.onednn_mlp_free(p.p) }

// uint8s, int8s and int32s are x as C sees it.
func uint8s(x []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(x)) }
func int8s(x []int8) *C.int8_t    { return (*C.int8_t)(unsafe.SliceData(x)) }
func int32s(x []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(x)) }

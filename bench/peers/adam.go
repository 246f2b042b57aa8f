package main

// #cgo CFLAGS: -O3 -march=native
// #include "adam.h"
import "C"

import (
	"unsafe"

	"github.com/pffedge/pffedge/simd"
)

// adamTask is one Adam step in C, split over the threads of a pool.
type adamTask struct {
	w, m, v, g []float32
	step       simd.AdamStep
}

// Part does part i of n.
func (t *adamTask) Part(i, n int) {
	lo, hi := simd.Share(len(t.w), i, n)
	if lo < hi {
		C.adam(C.int(hi-lo), floats(t.w[lo:]), floats(t.m[lo:]), floats(t.v[lo:]), floats(t.g[lo:]), constants(&t.step))
	}
}

// constants is step as C sees it: the same eight values in the same order.
func constants(step *simd.AdamStep) *C.adam_step { return (*C.adam_step)(unsafe.Pointer(step)) }

// floats is x as C sees it.
func floats(x []float32) *C.float { return (*C.float)(unsafe.SliceData(x)) }

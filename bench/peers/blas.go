package main

// #cgo LDFLAGS: -ldl
// #include "blas.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// blas is a loaded BLAS library, OpenBLAS or BLIS.
type blas struct {
	c    C.blas
	name string
}

// The environment variables by which the libraries choose their kernels. They
// are read when OpenBLAS is loaded and when BLIS is first used.
const (
	envOpenBLASCore = "OPENBLAS_CORETYPE"
	envBLISArch     = "BLIS_ARCH_TYPE"
)

// openBlas loads a library with the kernels named, or those that it prefers
// when kernels is empty. It must come before any other use of the library in
// this process.
func openBlas(name, kernels string, threads int) (*blas, error) {
	if name == openBLAS && kernels != "" {
		os.Setenv(envOpenBLASCore, kernels)
	}
	b := &blas{name: name}
	if err := failure(name, C.blas_open(&b.c, C.CString(files[name]))); err != nil {
		return nil, err
	}
	if name == blis && kernels != "" {
		if err := b.setArch(kernels); err != nil {
			return nil, err
		}
	}
	b.setThreads(threads)
	return b, nil
}

// setArch makes BLIS use the kernels named.
func (b *blas) setArch(kernels string) error {
	arch := C.blis_arch(&b.c, C.CString(kernels))
	if arch < 0 {
		return fmt.Errorf("%s has no kernels called %q", b.name, kernels)
	}
	return os.Setenv(envBLISArch, strconv.Itoa(int(arch)))
}

func (b *blas) setThreads(n int) { C.blas_set_threads(&b.c, C.int(n)) }

// kernels returns what the library calls the kernels that it uses.
func (b *blas) kernels() string { return C.GoString(C.blas_core(&b.c)) }

func (b *blas) version() string { return C.GoString(C.blas_version(&b.c)) }

// product computes c = a·w, m×n = m×k · k×n, as often as told.
func (b *blas) product(times int, s shape, c, a, w []float32) {
	C.blas_product(&b.c, C.int(times), C.int(s.M), C.int(s.N), C.int(s.K), floats(a), floats(w), floats(c))
}

// row computes the same for m = 1 as a product of a matrix and a vector.
func (b *blas) row(times int, s shape, y, x, w []float32) {
	C.blas_row(&b.c, C.int(times), C.int(s.K), C.int(s.N), floats(x), floats(w), floats(y))
}

// gradient computes g = aᵀ·d, k×n = (m×k)ᵀ · m×n.
func (b *blas) gradient(s shape, g, a, d []float32) {
	C.blas_gradient(&b.c, C.int(s.M), C.int(s.N), C.int(s.K), floats(a), floats(d), floats(g))
}

// outer computes the same for m = 1 as a rank-one update of zeros.
func (b *blas) outer(s shape, g, a, d []float32) {
	C.blas_outer(&b.c, C.int(s.N), C.int(s.K), floats(a), floats(d), floats(g))
}

// failure is the error that a C function reported, or nil.
func failure(library string, why *C.char) error {
	if why == nil {
		return nil
	}
	return errors.New(library + ": " + C.GoString(why))
}

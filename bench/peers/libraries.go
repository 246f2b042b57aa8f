package main

import (
	"os"
	"strconv"
)

// The libraries by the names that the table gives them.
const (
	ours     = "pffedge"
	openBLAS = "openblas"
	blis     = "blis"
	oneDNN   = "onednn"
	gonum    = "gonum"
	vek      = "vek"
)

// files are what is loaded, as the dynamic linker knows it.
var files = map[string]string{openBLAS: "libopenblas.so.0", blis: "libblis.so.4", oneDNN: "libdnnl.so.2"}

// libraries are the peers in C that this machine has.
type libraries struct {
	blas    []*blas // OpenBLAS, BLIS
	oneDNN  bool
	absent  []error // why each of the others is left out
	threads int
}

// loadAll loads every library, with the kernels named for it.
func loadAll(kernels map[string]string, threads int) *libraries {
	setThreadVariables(threads)
	l := &libraries{threads: threads}
	for _, name := range []string{openBLAS, blis} {
		if b, err := openBlas(name, kernels[name], threads); err != nil {
			l.absent = append(l.absent, err)
		} else {
			l.blas = append(l.blas, b)
		}
	}
	if err := openOneDNN(); err != nil {
		l.absent = append(l.absent, err)
	} else {
		l.oneDNN = true
	}
	return l
}

// setThreadVariables sets what the libraries read when they are loaded. Idle
// workers of OpenBLAS would spin through the next contender's burst: they go
// to sleep after 2²² cycles, about a millisecond.
func setThreadVariables(threads int) {
	for _, name := range []string{"OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"} {
		os.Setenv(name, strconv.Itoa(threads))
	}
	os.Setenv("OPENBLAS_THREAD_TIMEOUT", "22")
}

// find returns a BLAS by name, or nil.
func (l *libraries) find(name string) *blas {
	for _, b := range l.blas {
		if b.name == name {
			return b
		}
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/pffedge/pffedge/simd"
)

// int8Job is the product of activations 0…127 with weights −127…127 into
// 32-bit sums.
func int8Job(s shape, l *libraries, pool *simd.Pool) (*job, error) {
	x, weights := integers(s)
	dst, a, w := simd.NewMatrixI32(s.M, s.N), simd.NewMatrixU7(s.M, s.K), simd.NewPackedI8(s.K, s.N)
	for i := range s.M {
		copy(a.Row(i), x[i*s.K:])
	}
	for i, q := range weights {
		w.Data[w.Index(i/s.N, i%s.N)] = q
	}
	run := func(times int) {
		for range times {
			pool.GemmI8(dst, a, w)
		}
	}
	run(1)
	j := &job{op: "int8", shape: s, contenders: []contender{{ours, "GemmI8", run, nil}}}
	if !l.oneDNN {
		return j, nil
	}
	return j, j.addOneDNN(x, weights, dst)
}

// addOneDNN adds both ways that oneDNN has to the product.
func (j *job) addOneDNN(x []uint8, weights []int8, want simd.MatrixI32) error {
	c := make([]int32, j.shape.M*j.shape.N)
	gemm := func(times int) { must(oneDNNGemm(times, j.shape, c, x, weights)) }
	p, err := newMatmul(j.shape, x, weights)
	if err != nil {
		return err
	}
	j.free = p.free
	run := func(times int) { must(p.run(times)) }
	j.contenders = append(j.contenders,
		contender{oneDNN, "gemm_u8s8s32", gemm, func() error {
			gemm(1)
			return equal(c, want)
		}},
		contender{oneDNN, "matmul", run, func() error {
			run(1)
			return errors.Join(p.read(c), equal(c, want))
		}})
	return nil
}

// must panics on an error of a call that succeeded with the same arguments
// before, or that none can recover from.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// integers returns row-major activations and weights over their whole ranges.
func integers(s shape) (x []uint8, weights []int8) {
	r := rand.New(rand.NewPCG(6, 0))
	x, weights = make([]uint8, s.M*s.K), make([]int8, s.K*s.N)
	for i := range x {
		x[i] = uint8(r.IntN(simd.MaxU7 + 1))
	}
	for i := range weights {
		weights[i] = int8(r.IntN(255) - 127)
	}
	return x, weights
}

// equal reports the first value of got, row-major, that is not want's.
func equal(got []int32, want simd.MatrixI32) error {
	for i := range want.Rows {
		for j, w := range want.Row(i) {
			if g := got[i*want.Cols+j]; g != w {
				return fmt.Errorf("sum %d,%d is %d instead of %d", i, j, g, w)
			}
		}
	}
	return nil
}

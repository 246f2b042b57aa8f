package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pffedge/pffedge/simd"
)

// contender is one way to compute a shape.
type contender struct {
	library string
	variant string          // the function or method that is called
	run     func(times int) // computes the result that often
	check   func() error    // computes it and compares it with ours; nil in ours
}

// job is one operation on one shape, with every contender for it: ours first,
// whose result stands when the job is made.
type job struct {
	op         string
	shape      shape
	contenders []contender
	work       float64 // operations, where they are not those of the shape's product
	free       func()
}

// operation makes the jobs of one row kind of the table.
type operation struct {
	name   string
	peers  []string // the libraries that have it, in the table's order
	shapes []shape
	job    func(s shape, l *libraries, pool *simd.Pool) (*job, error)
}

// operations lists what is measured.
func operations() []operation {
	batches, sizes := []int{1, 10, 20, 64, 1000}, []int{2000, 500, 512}
	return []operation{
		{"gemm", append([]string{openBLAS, blis, gonum}, vekNames...), square(batches, sizes), gemmJob},
		{"update", []string{openBLAS, blis}, square([]int{1, 10, 20, 64, 100, 1000}, []int{2000, 500}), updateJob},
		{"int8", []string{oneDNN}, square(batches, sizes), int8Job},
		{"mlp", []string{oneDNN}, mlpShapes(), mlpJob},
	}
}

// check compares every peer's result with ours.
func (j *job) check() error {
	for _, c := range j.contenders[1:] {
		if err := c.check(); err != nil {
			return fmt.Errorf("%s %v: %s of %s differs: %w", j.op, j.shape, c.variant, c.library, err)
		}
	}
	return nil
}

// uniform returns n values between −1 and 1, none of them zero, at the start
// of a cache line.
func uniform(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	x := simd.NewVector(n)[:n]
	for i := range x {
		x[i] = r.Float32()*1.998 - 0.999
		if x[i] == 0 {
			x[i] = 0.5
		}
	}
	return x
}

// matrixOf returns row-major values as a Matrix.
func matrixOf(rows, cols int, values []float32) simd.Matrix {
	m := simd.NewMatrix(rows, cols)
	for i := range rows {
		copy(m.Row(i), values[i*cols:])
	}
	return m
}

// near reports the first value of got that is further from want than
// tolerance, or that is no number.
func near(got, want []float32, tolerance float64) error {
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= tolerance) {
			return fmt.Errorf("value %d is %g instead of %g", i, got[i], w)
		}
	}
	return nil
}

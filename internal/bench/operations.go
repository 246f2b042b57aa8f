package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/simd"
)

// Operation is one of simd's operations.
type Operation struct {
	Name    string
	DType   string
	Meaning string // what it computes
	shapes  []Shape
	fit     func(s Shape) Shape // makes any shape one that the operation has
	prepare func(pool *simd.Pool, s Shape) workload
}

// workload is one call of an operation, ready to be repeated.
type workload struct {
	run    func()
	ops    float64 // arithmetic operations of a call
	bytes  float64 // of operands that a call reads or writes; twice where it does both
	bound  Bound
	memory [][]byte // the operands that count for bytes
}

// Operations lists all of them.
func Operations() []*Operation { return slices.Concat(products(), updates(), rowOperations()) }

// Names returns the operations' names.
func Names() []string {
	var names []string
	for _, o := range Operations() {
		names = append(names, o.Name)
	}
	return names
}

// Find returns the operations with these names, all of them if there are none.
func Find(names []string) (found []*Operation, err error) {
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("operation %q, want some of %s", name, strings.Join(Names(), ", "))
		}
	}
	for _, o := range Operations() {
		if len(names) == 0 || slices.Contains(names, o.Name) {
			found = append(found, o)
		}
	}
	return found, nil
}

// Cases pairs operations with shapes, or with those that count for them if
// there are none.
func Cases(operations []*Operation, shapes []Shape) (cases []Case) {
	for _, o := range operations {
		chosen := shapes
		if len(shapes) == 0 {
			chosen = o.shapes
		}
		for _, s := range chosen {
			c := Case{o, o.fit(s)}
			if !slices.Contains(cases, c) {
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// across pairs numbers of rows with sizes of square weights.
func across(rows []int, sizes ...int) (list []Shape) {
	for _, n := range sizes {
		for _, m := range rows {
			list = append(list, Shape{m, n, n})
		}
	}
	return list
}

// any leaves a shape as it is.
func anyShape(s Shape) Shape { return s }

func oneRow(s Shape) Shape { return Shape{1, s.K, s.N} }

// rowsOnly is the shape of an operation without weights.
func rowsOnly(s Shape) Shape { return Shape{s.M, 0, s.N} }

// product returns a workload of a matrix product: a single row's is bound by
// reading the operands, others by multiplying.
func product(s Shape, bound Bound, run func(), memory ...[]byte) workload {
	if s.M == 1 {
		bound = Read
	}
	w := workload{run: run, ops: 2 * float64(s.M) * float64(s.K) * float64(s.N), bound: bound, memory: memory}
	for _, x := range memory {
		w.bytes += float64(len(x))
	}
	return w
}

package main

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// loaded is the libraries of this machine: a process loads each once.
var loaded = loadAll(nil, 1)

// need skips a test of a library that is not here.
func need(t *testing.T, name string) {
	for _, err := range loaded.absent {
		t.Log(err)
	}
	if name == oneDNN && !loaded.oneDNN || name != oneDNN && loaded.find(name) == nil {
		t.Skipf("%s is not installed: run.sh installs it", name)
	}
}

// oddShapes leave tails in every direction.
var oddShapes = []shape{{1, 1, 1}, {1, 5, 3}, {2, 17, 33}, {7, 64, 50}, {13, 129, 16}}

// TestPeersAgree: every way through every library gives our results.
func TestPeersAgree(t *testing.T) {
	for _, threads := range []int{1, 2} {
		pool := simd.NewPool(threads)
		defer pool.Close()
		for _, op := range operations() {
			for _, s := range oddShapes {
				j, err := op.job(s, loaded, pool)
				require.NoError(t, err)
				require.NoError(t, j.check())
				if j.free != nil {
					j.free()
				}
			}
		}
	}
}

// TestEveryPeerHasItsContenders: a library that is here is measured.
func TestEveryPeerHasItsContenders(t *testing.T) {
	pool := simd.NewPool(1)
	defer pool.Close()
	for _, op := range operations() {
		j, err := op.job(shape{1, 20, 20}, loaded, pool)
		require.NoError(t, err)
		require.Equal(t, ours, j.contenders[0].library)
		for _, name := range op.peers {
			here := name == oneDNN && loaded.oneDNN || name == gonum || name == vek || loaded.find(name) != nil
			has := slices.ContainsFunc(j.contenders, func(c contender) bool { return c.library == name })
			require.Equal(t, here, has, "%s in %s", name, op.name)
		}
		if j.free != nil {
			j.free()
		}
	}
}

// TestDifferencesAreErrors: a contender that computes something else, or
// nothing, stops the measurement.
func TestDifferencesAreErrors(t *testing.T) {
	g := &gemm{shape: shape{1, 2, 2}, y: make([]float32, 2), want: []float32{1, 2}}
	g.add(ours, "", nil)
	g.add("right", "", func(int) { copy(g.y, g.want) })
	j := &job{op: "gemm", contenders: g.contenders}
	require.NoError(t, j.check())
	g.add("idle", "sgemm", func(int) {})
	j.contenders = g.contenders
	require.ErrorContains(t, j.check(), "sgemm of idle differs: value 0 is 0 instead of 1")

	require.Error(t, near([]float32{1, float32(math.NaN())}, []float32{1, 2}, 1e-3))
	require.Error(t, near([]float32{1, 2.01}, []float32{1, 2}, 1e-3))
	require.NoError(t, near([]float32{1, 2.0005}, []float32{1, 2}, 1e-3))

	want := simd.NewMatrixI32(2, 3)
	require.NoError(t, equal(make([]int32, 6), want))
	require.ErrorContains(t, equal([]int32{0, 0, 0, 0, 0, 1}, want), "sum 1,2 is 1 instead of 0")
}

// TestProductsAgainstFloat64 compares each BLAS with plain loops.
func TestProductsAgainstFloat64(t *testing.T) {
	for _, name := range []string{openBLAS, blis} {
		t.Run(name, func(t *testing.T) {
			need(t, name)
			b, s := loaded.find(name), shape{5, 37, 19}
			a, w, e := uniform(s.M*s.K, 1), uniform(s.K*s.N, 2), uniform(s.M*s.N, 3)
			c, g := make([]float32, s.M*s.N), make([]float32, s.K*s.N)
			b.product(2, s, c, a, w)
			require.NoError(t, near(c, sums(s.M, s.N, s.K, func(i, j, k int) float32 { return a[i*s.K+k] * w[k*s.N+j] }), 1e-5))
			b.gradient(s, g, a, e)
			require.NoError(t, near(g, sums(s.K, s.N, s.M, func(i, j, k int) float32 { return a[k*s.K+i] * e[k*s.N+j] }), 1e-5))
			s.M = 1
			b.row(2, s, c, a, w)
			require.NoError(t, near(c[:s.N], sums(1, s.N, s.K, func(_, j, k int) float32 { return a[k] * w[k*s.N+j] }), 1e-5))
			b.outer(s, g, a, e)
			require.NoError(t, near(g, sums(s.K, s.N, 1, func(i, j, _ int) float32 { return a[i] * e[j] }), 1e-6))
		})
	}
}

// sums adds the terms of every element of a rows×cols matrix in float64.
func sums(rows, cols, terms int, term func(i, j, k int) float32) []float32 {
	var list []float32
	for i := range rows {
		for j := range cols {
			sum := 0.0
			for k := range terms {
				sum += float64(term(i, j, k))
			}
			list = append(list, float32(sum))
		}
	}
	return list
}

// TestLibrariesStayApart: both BLAS in one process, each with its own
// functions although the names are the same.
func TestLibrariesStayApart(t *testing.T) {
	need(t, openBLAS)
	need(t, blis)
	a, b := loaded.find(openBLAS), loaded.find(blis)
	require.NotSame(t, a.c.sgemm, b.c.sgemm)
	require.Contains(t, a.version(), "OpenBLAS")
	require.NotContains(t, b.version(), "OpenBLAS")
	require.NotEmpty(t, a.kernels())
	require.NotEmpty(t, b.kernels())
}

func TestAbsentLibrary(t *testing.T) {
	files["none"] = "libnone-of-that-name.so.7"
	defer delete(files, "none")
	_, err := openBlas("none", "", 1)
	require.ErrorContains(t, err, "none: libnone-of-that-name.so.7: ")
}

// TestAbsentLibraryIsNamedAndLeftOut: the others are measured all the same.
func TestAbsentLibraryIsNamedAndLeftOut(t *testing.T) {
	saved := files[blis]
	files[blis] = "libnone-of-that-name.so.7"
	defer func() { files[blis] = saved }()
	l := loadAll(nil, 1)
	require.Nil(t, l.find(blis))
	require.Contains(t, errors.Join(l.absent...).Error(), "blis: libnone-of-that-name.so.7: ")
	require.Equal(t, loaded.find(openBLAS) != nil, l.find(openBLAS) != nil)
	m := describe(l, "", false)
	require.NotContains(t, m.Libraries, blis)
	require.Len(t, m.Absent, len(l.absent))
}

// TestInt8AgainstInt64 compares both ways of oneDNN with plain loops, at the
// extremes of the operands.
func TestInt8AgainstInt64(t *testing.T) {
	need(t, oneDNN)
	s := shape{3, 130, 18}
	a, w := integers(s)
	for k := range s.K {
		a[k], w[k*s.N], w[k*s.N+1] = simd.MaxU7, -127, 127
	}
	want := simd.NewMatrixI32(s.M, s.N)
	for i := range s.M {
		for k := range s.K {
			for j, q := range w[k*s.N : k*s.N+s.N] {
				want.Row(i)[j] += int32(a[i*s.K+k]) * int32(q)
			}
		}
	}
	c := make([]int32, s.M*s.N)
	require.NoError(t, oneDNNGemm(2, s, c, a, w))
	require.NoError(t, equal(c, want))
	p, err := newMatmul(s, a, w)
	require.NoError(t, err)
	defer p.free()
	clear(c)
	require.NoError(t, errors.Join(p.run(2), p.read(c)))
	require.NoError(t, equal(c, want))
	require.Regexp(t, `^2\.`, oneDNNVersion())
	require.NotEqual(t, "unknown", oneDNNISA())
}

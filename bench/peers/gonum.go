package main

import (
	transpose "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// addGonum adds gonum, which runs as many goroutines as GOMAXPROCS allows.
func (g *gemm) addGonum() {
	x := blas32.General{Rows: g.M, Cols: g.K, Stride: g.K, Data: g.x}
	w := blas32.General{Rows: g.K, Cols: g.N, Stride: g.N, Data: g.w}
	y := blas32.General{Rows: g.M, Cols: g.N, Stride: g.N, Data: g.y}
	g.add(gonum, "Gemm", func(times int) {
		for range times {
			blas32.Gemm(transpose.NoTrans, transpose.NoTrans, 1, x, w, 0, y)
		}
	})
	if g.M > 1 {
		return
	}
	g.add(gonum, "Gemv", func(times int) {
		for range times {
			blas32.Gemv(transpose.Trans, 1, w, blas32.Vector{N: g.K, Inc: 1, Data: g.x}, 0, blas32.Vector{N: g.N, Inc: 1, Data: g.y})
		}
	})
}

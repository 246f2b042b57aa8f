package main

import "github.com/viterin/vek/vek32"

// vekNames is vek where it has more than plain Go.
var vekNames = []string{vek}

// addVek adds vek, which runs a goroutine for each core; GOMAXPROCS bounds how
// many run at a time.
func (g *gemm) addVek() {
	g.add(vek, "MatMul", func(times int) {
		for range times {
			vek32.MatMul_Into(g.y, g.x, g.w, g.K)
		}
	})
}

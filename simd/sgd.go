package simd

import "fmt"

// SGDStep holds the constants of one step of plain gradient descent. Assembly
// reads it as three float32 values in this order.
type SGDStep struct {
	Rate  float32
	Clip  float32 // bound on |gradient|, +0 or more, applied first
	Decay float32 // weight decay: the gradient gains Decay·w before the clip
}

// SGDF32 applies one step to the weights w with gradient g, of equal length.
// See sgdF32Generic for the formula.
func SGDF32(w, g []float32, step SGDStep) {
	if len(g) != len(w) {
		panic(fmt.Sprintf("simd: SGDF32: %d weights, %d gradients", len(w), len(g)))
	}
	for len(w) > longestRow {
		sgdF32(w[:longestRow], g[:longestRow], &step)
		w, g = w[longestRow:], g[longestRow:]
	}
	n := whole(len(w))
	if n > 0 {
		sgdF32(w[:n], g[:n], &step)
	}
	sgdF32Generic(w[n:], g[n:], &step)
}

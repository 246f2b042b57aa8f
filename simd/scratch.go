package simd

// GemmScratch returns how many values of scratch memory each thread takes for
// a product of samples×k values with weights, with the active kernels.
func GemmScratch(samples, k int) int {
	rows, steps := blocking(samples, k)
	if samples <= rows || k <= steps {
		return 0
	}
	return rows * Stride(steps)
}

// GradientScratch returns how many values of scratch memory each of a pool's
// threads takes for the gradient of k×n weights over up to samples samples, or
// their update, with the active kernels.
func GradientScratch(samples, k, n, threads int) int {
	height, width := tileShape()
	// The bounds of samples·gradientDepth and samples·gradientGroup for fewer
	// samples too, which are not always less.
	depth, share := (k+height-1)/height*height, (panels(n)+threads-1)/threads
	inputs := min(max(inputValues, samples*height), samples*depth)
	errors := min(max(errorValues, samples*8*PanelWidth), samples*share*PanelWidth)
	return width*gradientChunk*PanelWidth + inputs + errors
}

// SparseBytes returns the memory that a pool takes for products with a single
// sample of k values.
func SparseBytes(k int) int { return 8 * k }

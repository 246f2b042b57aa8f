package show

// resample averages an image of w×h pixels over the areas of its toW×toH
// pixels. Enlarged by whole numbers, pixels are repeated.
func resample(pixels []float32, w, h, toW, toH int) []float32 {
	narrow := make([]float32, toW*h)
	for y := range h {
		average(narrow[y*toW:], toW, 1, pixels[y*w:], w, 1)
	}
	out := make([]float32, toW*toH)
	for x := range toW {
		average(out[x:], toH, toW, narrow[x:], h, toW)
	}
	return out
}

// average fills n values of dst, step apart, with the means of the equal
// parts into which they divide m values of src, step apart. Values of src
// count as far as they reach into a part, and are clamped to 0…1.
func average(dst []float32, n, dstStep int, src []float32, m, srcStep int) {
	for i := range n {
		// Positions are in units of 1/n of a value of src.
		begin, end := i*m, (i+1)*m
		sum := 0.0
		for j := begin / n; j*n < end; j++ {
			overlap := min(end, (j+1)*n) - max(begin, j*n)
			sum += float64(overlap) * float64(min(max(src[j*srcStep], 0), 1))
		}
		dst[i*dstStep] = float32(sum / float64(m))
	}
}

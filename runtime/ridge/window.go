package ridge

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

// window is the part of an image that a feature looks at. Features of windows tell
// more apart than as many of whole images (McDonnell et al., "Fast, simple and
// accurate handwritten digit classification by training shallow neural network
// classifiers with the 'extreme learning machine' algorithm", PLoS ONE 10, 2015).
type window struct {
	left, top, right, bottom int
	width                    int // of the image
}

// newWindow draws the window of feature j: of 2/7 to 4/7 of the image each way,
// anywhere. Inputs that are no image are all in it.
func newWindow(opt *Options, j int) window {
	if opt.Width == 0 {
		return window{right: opt.Inputs, bottom: 1, width: opt.Inputs}
	}
	height := opt.Inputs / opt.Width
	draw := func(purpose uint64, lo, hi int) int {
		return lo + int(simd.Mix(opt.Seed, forWindow, uint64(j), purpose)%uint64(hi-lo+1))
	}
	side := func(purpose uint64, n int) int { return draw(purpose, max(1, 2*n/7), max(1, 4*n/7)) }
	w, h := side(0, opt.Width), side(1, height)
	left, top := draw(2, 0, opt.Width-w), draw(3, 0, height-h)
	return window{left, top, left + w, top + h, opt.Width}
}

// has tells whether input i lies in the window.
func (w window) has(i int) bool {
	x, y := i%w.width, i/w.width
	return x >= w.left && x < w.right && y >= w.top && y < w.bottom
}

// gain makes up for the inputs that a feature does not see.
func (w window) gain(inputs int) float32 {
	area := (w.right - w.left) * (w.bottom - w.top)
	return float32(math.Sqrt(float64(inputs) / float64(area)))
}

package ridge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWindowsLieInTheImage and cover it.
func TestWindowsLieInTheImage(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 3}, {7, 1}, {28, 28}, {5, 40}} {
		width, height := size[0], size[1]
		opt, seen := Options{Inputs: width * height, Width: width}, map[int]bool{}
		for j := range 400 {
			w, n := newWindow(&opt, j), 0
			for i := range opt.Inputs {
				if w.has(i) {
					seen[i] = true
					n++
				}
			}
			require.Equal(t, (w.right-w.left)*(w.bottom-w.top), n, "%v: %+v", size, w)
			require.Positive(t, n)
			require.LessOrEqual(t, w.right-w.left, max(1, 4*width/7))
			require.LessOrEqual(t, w.bottom-w.top, max(1, 4*height/7))
			require.InDelta(t, float64(opt.Inputs)/float64(n), float64(w.gain(opt.Inputs)*w.gain(opt.Inputs)), 1e-3)
		}
		require.GreaterOrEqual(t, len(seen), opt.Inputs*98/100, "%v: corners are seldom seen", size)
	}
}

// TestWithoutAWidth a feature sees all inputs.
func TestWithoutAWidth(t *testing.T) {
	opt := Options{Inputs: 33}
	w := newWindow(&opt, 5)
	for i := range 33 {
		require.True(t, w.has(i))
	}
	require.EqualValues(t, 1, w.gain(33))
}

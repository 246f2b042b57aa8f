package runtime

import "github.com/pffedge/pffedge/simd"

// shiftSample shifts sample i, D inputs, as Settings.Shift asks. Where to
// depends on seed, epoch and sample alone.
func (t *Trainer) shiftSample(x []float32, i int) {
	if t.set.Shift == 0 {
		return
	}
	in := t.model.Config.Input
	places := uint64(2*t.set.Shift + 1)
	key := simd.Mix(t.set.Seed, forShift, uint64(t.epoch), uint64(i))
	copy(t.still, x)
	shiftImage(x, t.still, in.Width, int(key%places)-t.set.Shift, int((key>>32)%places)-t.set.Shift)
}

// shiftImage writes src, rows of width pixels, to dst, moved by right pixels to
// the right and by down pixels down. What comes in from outside is zero.
func shiftImage(dst, src []float32, width, right, down int) {
	height := len(src) / width
	clear(dst)
	for row := max(down, 0); row < min(height, height+down); row++ {
		to, from := dst[row*width:(row+1)*width], src[(row-down)*width:(row-down+1)*width]
		switch {
		case right >= width || -right >= width:
		case right >= 0:
			copy(to[right:], from)
		default:
			copy(to, from[-right:])
		}
	}
}

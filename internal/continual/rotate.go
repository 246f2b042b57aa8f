package continual

import "math"

// Rotation turns images by a fixed angle about their centre. A pixel is interpolated
// bilinearly between the four around the place that it comes from; what comes from
// outside is 0.
type Rotation struct {
	taps []tap // a pixel each
}

// tap is where a pixel comes from: four places, and a weight, 0…1, each. What lies
// outside the image has weight 0.
type tap struct {
	at     [4]int32
	weight [4]float32
}

// NewRotation returns a rotation of images of that size, clockwise as one sees them
// with row 0 on top, by an angle in degrees.
func NewRotation(width, height int, degrees float64) *Rotation {
	r := &Rotation{taps: make([]tap, width*height)}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	midX, midY := float64(width-1)/2, float64(height-1)/2
	for i := range r.taps {
		x, y := float64(i%width)-midX, float64(i/width)-midY
		r.taps[i] = tapAt(midX+cos*x+sin*y, midY+cos*y-sin*x, width, height)
	}
	return r
}

// tapAt interpolates at a place between pixels.
func tapAt(x, y float64, width, height int) (t tap) {
	left, top := math.Floor(x), math.Floor(y)
	right, below := x-left, y-top
	for k, w := range [4]float64{(1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below} {
		px, py := int(left)+k%2, int(top)+k/2
		if px >= 0 && px < width && py >= 0 && py < height {
			t.at[k], t.weight[k] = int32(py*width+px), float32(w)
		}
	}
	return t
}

// Apply implements Transform.
func (r *Rotation) Apply(dst, src []byte) {
	for i := range r.taps {
		t, sum := &r.taps[i], float32(0.5)
		for k, at := range t.at {
			sum += t.weight[k] * float32(src[at])
		}
		dst[i] = byte(sum)
	}
}

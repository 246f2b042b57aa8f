package runtime

import "github.com/pffedge/pffedge/simd"

// What warp does at most, in 1/65536.
const (
	warpTurn  = 8573  // tan of half the angle: ±15°
	warpScale = 6554  // ±0.1 of the width, and of the height
	warpShear = 13107 // ±0.2
)

// warp writes the image src of rows of width pixels to dst, turned by up to ±15°,
// scaled by up to ±10 % either way and sheared by up to ±0.2 about its middle, all
// by key: what a hand does to a digit. Outside of src all is zero.
//
// Places are whole numbers of 1/65536 of a pixel, and nothing is fused: the image
// has equal bits on all machines.
func warp(dst, src []float32, width int, key uint64) {
	w := newAffine(key)
	w.draw(dst, src, width)
}

// draw is warp by a map.
func (a *affine) draw(dst, src []float32, width int) {
	height := len(src) / width
	for y := range height {
		for x := range width {
			u, v := a.at(int64(2*x-(width-1)), int64(2*y-(height-1)))
			dst[y*width+x] = sampleAt(src, width, height, u+int64(width-1)*one/2, v+int64(height-1)*one/2)
		}
	}
}

// one is 1 as a whole number of 1/65536.
const one = 1 << 16

// affine maps a place of the new image to one of the old, both from the middle. An
// int may have too few bits for that.
type affine struct{ xx, xy, yx, yy int64 }

// newAffine draws an affine map: one over the scale times a turn, then the shear.
func newAffine(key uint64) affine {
	draw := func(i uint64, most int64) int64 { return int64(simd.Mix(key, i)>>32)%(2*most+1) - most }
	// With t the tangent of half the angle: cos = (1−t²)/(1+t²), sin = 2t/(1+t²).
	t := draw(0, warpTurn)
	square := t * t / one
	cos, sin := (one-square)*one/(one+square), 2*t*one/(one+square)
	sx, sy, shear := one+draw(1, warpScale), one+draw(2, warpScale), draw(3, warpShear)
	return affine{xx: cos * one / sx, xy: sin*one/sx + shear, yx: -sin * one / sy, yy: cos * one / sy}
}

// at maps a place given in halves of a pixel to one in 1/65536.
func (a *affine) at(x, y int64) (u, v int64) { return (a.xx*x + a.xy*y) / 2, (a.yx*x + a.yy*y) / 2 }

// sampleAt returns src at a place in 1/65536 of a pixel, linear between pixels.
func sampleAt(src []float32, width, height int, u, v int64) float32 {
	if u < -one || v < -one || u>>16 >= int64(width) || v>>16 >= int64(height) {
		return 0
	}
	x, y := int(u>>16), int(v>>16) // rounded down
	pixel := func(x, y int) float32 {
		if x < 0 || y < 0 || x >= width || y >= height {
			return 0
		}
		return src[y*width+x]
	}
	right, down := float32(u&(one-1))/one, float32(v&(one-1))/one
	top := between(pixel(x, y), pixel(x+1, y), right)
	return between(top, between(pixel(x, y+1), pixel(x+1, y+1), right), down)
}

// between returns what lies at share between a and b.
func between(a, b, share float32) float32 { return float32(a*(1-share)) + float32(b*share) }

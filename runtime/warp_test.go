package runtime

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// warpedBy returns src as map w makes it.
func warpedBy(w affine, src []float32, width int) []float32 {
	dst := make([]float32, len(src))
	w.draw(dst, src, width)
	return dst
}

// still is the map that changes nothing.
var still = affine{xx: one, yy: one}

// noisyImage returns an image of values in 0…1, some of them just that.
func noisyImage(width, height int, seed uint64) []float32 {
	x := make([]float32, width*height)
	for i := range x {
		v := float32(simd.Mix(seed, uint64(i))>>40) / (1 << 24)
		switch {
		case v > 0.8:
			v = 1
		case v < 0.2:
			v = 0
		}
		x[i] = v
	}
	return x
}

func TestWarpByNothing(t *testing.T) {
	for _, size := range warpSizes {
		src := noisyImage(size[0], size[1], 1)
		require.Equal(t, src, warpedBy(still, src, size[0]), "%v", size)
	}
}

var warpSizes = [][2]int{{1, 1}, {1, 2}, {2, 1}, {1, 9}, {9, 1}, {2, 2}, {3, 2}, {5, 8}, {8, 5}, {17, 33}, {33, 17}, {28, 28}}

// TestWarpStaysWithin: values stay in 0…1, nothing but the image is read or written,
// and src stays, at all sizes.
func TestWarpStaysWithin(t *testing.T) {
	for _, size := range warpSizes {
		for _, fill := range []float32{-1, 1} { // random, or all ones
			n := size[0] * size[1]
			frame, out := make([]float32, n+200), make([]float32, n+200)
			for i := range frame {
				frame[i], out[i] = float32(math.NaN()), 7
			}
			src, dst := frame[100:100+n], out[100:100+n]
			copy(src, noisyImage(size[0], size[1], 2))
			if fill > 0 {
				for i := range src {
					src[i] = fill
				}
			}
			before := append([]float32{}, src...)
			keys := uint64(300)
			if testing.Short() {
				keys = 20
			}
			for key := range keys {
				warp(dst, src, size[0], key)
				for i, v := range dst {
					require.True(t, v >= 0 && v <= 1, "%v, key %d: value %d is %v", size, key, i, v)
				}
			}
			require.Equal(t, before, src)
			for i := range 100 {
				require.True(t, out[i] == 7 && out[100+n+i] == 7, "%v", size)
			}
		}
	}
}

// TestWarpRanges: over many keys, turn, scales and shear are as warp says, and evenly
// spread.
func TestWarpRanges(t *testing.T) {
	const n = 20_000
	var turns, wide, high, shears []float64
	for key := range uint64(n) {
		w := newAffine(simd.Mix(key))
		// With s the scale: row y is (−sin/sy, cos/sy); row x (cos/sx, sin/sx + shear).
		turn := math.Atan2(-float64(w.yx), float64(w.yy))
		sy := one / math.Hypot(float64(w.yx), float64(w.yy))
		sx := one * math.Cos(turn) / float64(w.xx)
		turns, high, wide = append(turns, turn*180/math.Pi), append(high, sy), append(wide, sx)
		shears = append(shears, float64(w.xy)/one-math.Sin(turn)/sx)
	}
	for name, of := range map[string]struct {
		values    []float64
		low, high float64
		even      bool
	}{
		"turn": {turns, -15, 15, true}, "width": {wide, 0.9, 1.1, true}, "height": {high, 0.9, 1.1, true}, "shear": {shears, -0.2, 0.2, true},
	} {
		span, counts := of.high-of.low, [10]int{}
		for _, v := range of.values {
			share := (v - of.low) / span
			require.Greater(t, share, -0.001, "%s of %v", name, v)
			require.Less(t, share, 1.001, "%s of %v", name, v)
			counts[min(max(int(share*10), 0), 9)]++
		}
		for tenth, count := range counts {
			require.InDelta(t, n/10, count, 220, "%s, tenth %d", name, tenth) // 5 standard deviations
		}
	}
}

// TestWarpKeepsMass: a digit's ink changes by its scale, up to a fifth, and on average
// by next to nothing; its middle stays near.
func TestWarpKeepsMass(t *testing.T) {
	src, dst := make([]float32, 28*28), make([]float32, 28*28)
	for y := 8; y < 20; y++ {
		for x := 10; x < 18; x++ {
			src[y*28+x] = 1
		}
	}
	const mass, n = 12 * 8, 500
	mean := 0.0
	for key := range uint64(n) {
		warp(dst, src, 28, key)
		var sum, right, down float64
		for i, v := range dst {
			sum, right, down = sum+float64(v), right+float64(v)*float64(i%28), down+float64(v)*float64(i/28)
		}
		require.InDelta(t, mass, sum, 0.25*mass)
		require.InDelta(t, 13.5, right/sum, 0.1)
		require.InDelta(t, 13.5, down/sum, 0.1)
		mean += sum / n
	}
	require.InDelta(t, mass, mean, 0.03*mass)
}

// TestWarpAgainstOracle computes the images of some maps in float64.
func TestWarpAgainstOracle(t *testing.T) {
	const width, height = 19, 14
	src := noisyImage(width, height, 3)
	pixel := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= width || y >= height {
			return 0
		}
		return float64(src[y*width+x])
	}
	for key := range uint64(50) {
		w := newAffine(key)
		if key == 0 { // a turn by 90°
			w = affine{xy: one, yx: -one}
		}
		dst := warpedBy(w, src, width)
		for y := range height {
			for x := range width {
				fx, fy := float64(x)-(width-1)/2.0, float64(y)-(height-1)/2.0
				u := (float64(w.xx)*fx+float64(w.xy)*fy)/one + (width-1)/2.0
				v := (float64(w.yx)*fx+float64(w.yy)*fy)/one + (height-1)/2.0
				i, j := math.Floor(u), math.Floor(v)
				a, b := u-i, v-j
				want := (pixel(int(i), int(j))*(1-a)+pixel(int(i)+1, int(j))*a)*(1-b) +
					(pixel(int(i), int(j)+1)*(1-a)+pixel(int(i)+1, int(j)+1)*a)*b
				require.InDelta(t, want, dst[y*width+x], 1e-4, "key %d, pixel %d, %d", key, x, y)
			}
		}
	}
}

// TestWarpTurns: quarter and half turns put the top in the middle of a side and at the
// bottom.
func TestWarpTurns(t *testing.T) {
	src := make([]float32, 9*9)
	src[0*9+4] = 1 // the middle of the top
	require.EqualValues(t, 1, warpedBy(affine{xy: one, yx: -one}, src, 9)[4*9+8]+warpedBy(affine{xy: one, yx: -one}, src, 9)[4*9])
	require.EqualValues(t, 1, warpedBy(affine{xx: -one, yy: -one}, src, 9)[8*9+4], "half a turn")
}

// TestWarpBits pins images down: they have equal bits on all machines, of 32 bits and
// of 64, with every instruction set.
func TestWarpBits(t *testing.T) {
	sum := uint32(0)
	add := func(x []float32) {
		for _, v := range x {
			sum = crc32.Update(sum, crc32.IEEETable, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	}
	for _, size := range append(warpSizes, [2]int{4000, 3}, [2]int{3, 4000}) {
		src := noisyImage(size[0], size[1], 4)
		dst := make([]float32, len(src))
		for key := range uint64(20) {
			warp(dst, src, size[0], simd.Mix(9, key))
			add(dst)
		}
	}
	require.Equal(t, uint32(0xcc5b4c69), sum, "%#x", sum)
}

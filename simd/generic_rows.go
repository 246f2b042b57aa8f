package simd

import "math"

// The pure Go kernels of the row operations. None fuses a multiplication with
// an addition and sums keep the order of lanes, so that every implementation
// gives the same bits.

// lanes are the 16 running sums of a row: element i goes to lane i mod 16.
type lanes [PanelWidth]float32

// fold adds the lanes up: lane i meets i+8, then i+4, i+2 and i+1.
func (s *lanes) fold() float32 {
	a, b := (s[0]+s[8])+(s[4]+s[12]), (s[1]+s[9])+(s[5]+s[13])
	c, d := (s[2]+s[10])+(s[6]+s[14]), (s[3]+s[11])+(s[7]+s[15])
	return (a + c) + (b + d)
}

// sumSquaresF32Generic: sums[i mod 16] += x[i]².
func sumSquaresF32Generic(sums *lanes, x []float32) {
	for i, v := range x {
		sums[i%PanelWidth] += float32(v * v)
	}
}

// dotF32Generic: sums[i mod 16] += x[i]·y[i].
func dotF32Generic(sums *lanes, x, y []float32) {
	for i, v := range x {
		sums[i%PanelWidth] += float32(v * y[i])
	}
}

// scaleF32Generic: dst[i] = s·x[i]. dst may be x.
func scaleF32Generic(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = float32(s * v)
	}
}

// axpyF32Generic: dst[i] += s·x[i].
func axpyF32Generic(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] += float32(s * v)
	}
}

// reluF32Generic: dst[i] = max(x[i], 0), where NaN stays NaN and −0 becomes
// +0. dst may be x.
func reluF32Generic(dst, x []float32) {
	for i, v := range x {
		dst[i] = max(v, 0)
	}
}

// biasReluF32Generic: dst[i] = max(pre[i]+bias[i], 0), where NaN stays NaN and
// −0 becomes +0. dst may be pre or bias.
func biasReluF32Generic(dst, pre, bias []float32) {
	for i := range dst {
		dst[i] = max(pre[i]+bias[i], 0)
	}
}

// stepF32Generic: dst[i] = gain·max(pre[i]+bias[i], 0) + leak·z[i] and
// sums[i mod 16] += dst[i]². dst may be pre, bias or z.
func stepF32Generic(sums *lanes, dst, pre, bias, z []float32, gain, leak float32) {
	for i := range dst {
		v := float32(gain*max(pre[i]+bias[i], 0)) + float32(leak*z[i])
		dst[i] = v
		sums[i%PanelWidth] += float32(v * v)
	}
}

// errorF32Generic turns the pre-activations in dst of a unit that is bounded
// to 0…top, no NaN and at least +0, into the errors of its outputs, where the
// gradient passes: from low, no NaN, to top, bounds included, and for NaN:
//
//	diff   = min(max(dst[i], 0), top) − target[i]
//	sums[i mod 16] += diff²
//	dst[i] = 0 where dst[i] < low or dst[i] > top, else scale·diff
func errorF32Generic(sums *lanes, dst, target []float32, low, top, scale float32) {
	for i, v := range dst {
		diff := min(max(v, 0), top) - target[i]
		sums[i%PanelWidth] += float32(diff * diff)
		if v < low || v > top {
			dst[i] = 0
		} else {
			dst[i] = float32(scale * diff)
		}
	}
}

// expF32Generic: dst[i] = e^(x[i]−shift) and sums[i mod 16] += dst[i], for
// x[i] ≤ shift. dst may be x. See expF32 for the method.
func expF32Generic(sums *lanes, dst, x []float32, shift float32) {
	for i, v := range x {
		e := exp(v - shift)
		dst[i] = e
		sums[i%PanelWidth] += e
	}
}

// Constants of exp: e^x = 2ⁿ·e^r with n the integer nearest x/ln 2 and
// |r| ≤ ln 2/2. ln 2 is split in two so that n·expHigh is exact; the
// polynomial is that of Cephes' expf (Moshier, Methods and Programs for
// Mathematical Functions, 1989), relative error below 2⁻²³.
const (
	expLowest = -87.3 // below, the result would be denormal: it is 0
	expLog2e  = 1.44269504088896341
	expHigh   = 0.693359375
	expLow    = -2.12194440e-4
	expMagic  = 1.5 * (1 << 23) // adding and subtracting it rounds to an integer, ties to even
)

var expTerms = [6]float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}

// exp returns e^x for x ≤ 0 to within two units in the last place, 0 below
// expLowest, and NaN for NaN:
//
//	n = (x·log₂e + magic) − magic
//	r = (x − n·high) − n·low
//	p = ((((c0·r+c1)·r+c2)·r+c3)·r+c4)·r+c5
//	e = ((p·r²) + r) + 1, then n added to its exponent, then x − x
func exp(x float32) float32 {
	if x < expLowest {
		return 0
	}
	shifted := float32(x*expLog2e) + expMagic
	n := shifted - expMagic
	r := float32(x-float32(n*expHigh)) - float32(n*expLow)
	p := expTerms[0]
	for _, c := range expTerms[1:] {
		p = float32(p*r) + c
	}
	e := float32(float32(p*float32(r*r))+r) + 1
	scaled := math.Float32frombits(math.Float32bits(e) + math.Float32bits(shifted)<<23)
	return scaled + (x - x) // a NaN's bits may not survive the line above
}

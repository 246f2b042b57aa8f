package simd

import "math"

// noiseBlock is how many deviates one step of the noise kernels makes.
const noiseBlock = 2 * PanelWidth

// addNormalF32Generic computes dst[i] = x[i] + scale·ε_i, len(x) a multiple of
// 32, by the Box–Muller transform, whose two results lie 16 elements apart:
//
//	for each block b of 32 elements, j in 0…15, i = 32b+j:
//	    h1, h2  = hash(i), hash(i+16)
//	    ε_i     = √(−2·ln u(h1)) · cos θ(h2)
//	    ε_i+16  = √(−2·ln u(h1)) · sin θ(h2)
//
// Nothing is fused, so that every implementation gives the same bits. dst may
// be x.
func addNormalF32Generic(dst, x []float32, low, high uint32, scale float32) {
	for b := 0; b < len(x); b += noiseBlock {
		for j := range PanelWidth {
			i := b + j
			radius := noiseRadius(noiseHash(uint32(i), low, high))
			cos, sin := noiseCircle(noiseHash(uint32(i+PanelWidth), low, high))
			dst[i] = x[i] + float32(scale*float32(radius*cos))
			dst[i+PanelWidth] = x[i+PanelWidth] + float32(scale*float32(radius*sin))
		}
	}
}

// Multipliers of noiseHash: the golden ratio, which spreads the counter, and
// those of triple32, a bijection of 32 bits whose bias is near the least that
// is possible (Wellons, "Prospecting for hash functions", 2018).
const (
	hashStep   = 0x9e3779b9
	hashFirst  = 0xed5ad4bb
	hashSecond = 0xac4c1b51
	hashThird  = 0x31848bab
)

// noiseHash returns the 32 random bits with number i of the stream whose key
// has the halves low and high.
func noiseHash(i, low, high uint32) uint32 {
	h := i*hashStep + low
	h = ((h ^ h>>17) + high) * hashFirst
	h = (h ^ h>>11) * hashSecond
	h = (h ^ h>>15) * hashThird
	return h ^ h>>14
}

// Constants of noiseRadius: the logarithm of Cephes' logf.
const (
	logSqrtHalf = 0x3f3504f3 // bits of √½
	logOne      = 0x3f800000 // bits of 1
	logHigh     = 0.693359375
	logLow      = -2.12194440e-4
)

var logTerms = [9]float32{
	7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
	-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
}

// noiseRadius returns √(−2·ln u) with u = (h/2 | 1)/2³¹, up to 6.56:
//
//	b = bits(float32(h/2 | 1)) + (bits(1) − bits(√½))
//	e = b>>23 − 127 − 31; t = float32 of bits (b & 0x7fffff) + bits(√½), less 1
//	ln u = t + (t³·P(t) + e·low − t²/2) + e·high
func noiseRadius(h uint32) float32 {
	u := float32(int32(h>>1 | 1))
	b := math.Float32bits(u) + (logOne - logSqrtHalf)
	e := float32(int32(b>>23) - (127 + 31))
	t := math.Float32frombits(b&0x7fffff+logSqrtHalf) - 1
	p := logTerms[0]
	for _, c := range logTerms[1:] {
		p = float32(p*t) + c
	}
	square := float32(t * t)
	y := float32(float32(p*t)*square) + float32(e*logLow)
	y -= float32(0.5 * square)
	ln := float32(t+y) + float32(e*logHigh)
	// u = 1 may come out a hair above 0: its root must not be NaN.
	return float32(math.Sqrt(float64(max(float32(-2*ln), 0))))
}

// Constants of noiseCircle: sine and cosine within ±π/4 of Cephes' sinf.
const turn = math.Pi / (1 << 33) // the angle of a 32-bit signed integer that spans a quarter turn

var (
	sinTerms = [3]float32{-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}
	cosTerms = [3]float32{2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2}
)

// noiseCircle returns the cosine and sine of an angle from h: the upper two
// bits choose the quarter turn, the others an angle θ within ±π/4 of it.
//
//	θ = float32(int32(h<<2))·π/2³³, s = θ²
//	sin θ = ((c0·s+c1)·s+c2)·s·θ + θ
//	cos θ = ((k0·s+k1)·s+k2)·s·s − s/2 + 1
func noiseCircle(h uint32) (cos, sin float32) {
	angle := float32(float32(int32(h<<2)) * turn)
	s := float32(angle * angle)
	sin = float32(float32(sinTerms[0]*s)+sinTerms[1]) * s
	sin = float32(float32(sin)+sinTerms[2]) * s
	sin = float32(sin*angle) + angle
	cos = float32(float32(cosTerms[0]*s)+cosTerms[1]) * s
	cos = float32(float32(cos)+cosTerms[2]) * s
	cos = float32(float32(cos*s)-float32(0.5*s)) + 1
	if h>>30&1 != 0 {
		cos, sin = sin, cos
	}
	flip := func(v float32, sign uint32) float32 {
		return math.Float32frombits(math.Float32bits(v) ^ sign&0x80000000)
	}
	return flip(cos, h^h<<1), flip(sin, h)
}

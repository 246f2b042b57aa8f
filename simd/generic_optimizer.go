package simd

import "math"

// adamF32Generic applies one step to each value, with no fused operation so
// that every implementation gives the same bits:
//
//	grad = min(max(g + Decay·w, −Clip), Clip)
//	m    = β1·m + (1−β1)·grad, or 0 where that is less than 2⁻¹⁰⁰
//	v    = β2·v + (1−β2)·grad·grad, likewise
//	w   −= Rate·m / (√v + ε)
//
// So small moments move no weight, but those of weights that rest, which fade,
// would soon be denormal and stay so: then a step takes most CPUs twice as long
// or more.
func adamF32Generic(w, m, v, g []float32, c *AdamStep) { adamAbove(momentFloor, w, m, v, g, c) }

// momentFloor is the least moment that is kept, 2⁻¹⁰⁰.
const momentFloor = 0x1p-100

// adamAbove is adamF32Generic with a floor for the moments' size.
func adamAbove(floor float32, w, m, v, g []float32, c *AdamStep) {
	for i, gi := range g {
		grad := gi + float32(c.Decay*w[i])
		grad = min(max(grad, -c.Clip), c.Clip)
		m[i] = float32(c.Beta1*m[i]) + float32(c.OneMinusBeta1*grad)
		if m[i] > -floor && m[i] < floor {
			m[i] = 0
		}
		v[i] = float32(c.Beta2*v[i]) + float32(float32(c.OneMinusBeta2*grad)*grad)
		if v[i] < floor {
			v[i] = 0
		}
		root := float32(math.Sqrt(float64(v[i])))
		w[i] -= float32(c.Rate*m[i]) / (root + c.Epsilon)
	}
}

// sgdF32Generic applies one step of plain gradient descent to each value,
// with no fused operation:
//
//	w −= Rate·min(max(g + Decay·w, −Clip), Clip)
func sgdF32Generic(w, g []float32, c *SGDStep) {
	for i, gi := range g {
		grad := gi + float32(c.Decay*w[i])
		w[i] -= float32(c.Rate * min(max(grad, -c.Clip), c.Clip))
	}
}

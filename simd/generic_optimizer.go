package simd

import "math"

// adamF32Generic applies one step to each value, with no fused operation so
// that every implementation gives the same bits:
//
//	grad = min(max(g + Decay·w, −Clip), Clip)
//	m    = β1·m + (1−β1)·grad
//	v    = β2·v + (1−β2)·grad·grad
//	w   −= Rate·m / (√v + ε)
func adamF32Generic(w, m, v, g []float32, c *AdamStep) {
	for i, gi := range g {
		grad := gi + float32(c.Decay*w[i])
		grad = min(max(grad, -c.Clip), c.Clip)
		m[i] = float32(c.Beta1*m[i]) + float32(c.OneMinusBeta1*grad)
		v[i] = float32(c.Beta2*v[i]) + float32(float32(c.OneMinusBeta2*grad)*grad)
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
